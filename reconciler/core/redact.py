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
    """A spec's content in which the values of every container's `env` (and of an `Environment`
    override) are fingerprints. Idempotent."""
    redacted = dict(content)
    if isinstance(content.get("env"), Mapping):
        redacted["env"] = _hide(content["env"])
    containers = content.get("containers")
    if isinstance(containers, list):
        redacted["containers"] = [
            fingerprints(item) if isinstance(item, Mapping) else item for item in containers
        ]
    overrides = content.get("api_overrides")
    if isinstance(overrides, Mapping):
        redacted["api_overrides"] = without_environment(overrides)
    return redacted


def without_environment(params: Mapping[str, Any]) -> dict[str, Any]:
    """A request in which every `Environment` has its keys only, as the lock keeps it."""
    return {key: _without(key, value) for key, value in params.items()}


def with_environment(params: Mapping[str, Any], rendered: Mapping[str, Any]) -> dict[str, Any]:
    """A request of the lock with the values of every `Environment` of the same one rendered."""
    return {key: _with(key, value, rendered.get(key)) for key, value in params.items()}


def _without(key: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return _hide(value) if key == "Environment" else without_environment(value)
    return [_without("", item) for item in value] if isinstance(value, list) else value


def _with(key: str, value: Any, rendered: Any) -> Any:
    if isinstance(value, Mapping) and isinstance(rendered, Mapping):
        return dict(rendered) if key == "Environment" else with_environment(value, rendered)
    if isinstance(value, list) and isinstance(rendered, list) and len(value) == len(rendered):
        return [_with("", *pair) for pair in zip(value, rendered, strict=True)]
    return value


def _hide(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: value if _is_hidden(value) else fingerprint(key, value)
        for key, value in values.items()
    }


def _is_hidden(value: object) -> bool:
    return isinstance(value, str) and value.startswith("sha256:") and len(value) == 15
