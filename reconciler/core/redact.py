"""Fingerprints in place of the values of the container's environment.

They may be anything, tokens too, so they never reach the lock, a plan or a log; a fingerprint
still tells whether a value changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any


def fingerprint(key: str, value: object) -> str:
    """`sha256:` and eight hex digits over key and value."""
    return "sha256:" + hashlib.sha256(f"{key}={value}".encode()).hexdigest()[:8]


def fingerprints(content: Mapping[str, Any]) -> dict[str, Any]:
    """A spec's content in which the values of `env` (and of an `Environment` override) are
    fingerprints. Idempotent."""
    redacted = dict(content)
    if isinstance(content.get("env"), Mapping):
        redacted["env"] = _hide(content["env"])
    overrides = content.get("api_overrides")
    if isinstance(overrides, Mapping) and isinstance(overrides.get("Environment"), Mapping):
        redacted["api_overrides"] = {**overrides, "Environment": _hide(overrides["Environment"])}
    return redacted


def without_environment(params: Mapping[str, Any]) -> dict[str, Any]:
    """A request in which `Environment` has its keys only, as the lock keeps it."""
    if "Environment" not in params:
        return dict(params)
    return {**params, "Environment": _hide(params["Environment"])}


def _hide(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: value if _is_hidden(value) else fingerprint(key, value)
        for key, value in values.items()
    }


def _is_hidden(value: object) -> bool:
    return isinstance(value, str) and value.startswith("sha256:") and len(value) == 15
