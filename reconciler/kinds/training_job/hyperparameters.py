"""How hyperparameters are written on the wire, where every value is text.

Two forms: JSON, which AWS's training toolkit decodes (script mode; the rule of the SageMaker
Python SDK v2), and bare text, which built-in algorithms and plain containers read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from reconciler.core.scalars import written

_JSON_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")


def as_json(hyperparameters: Mapping[str, Any]) -> dict[str, str]:
    """Write values as the toolkit decodes them; a number keeps its characters, text is quoted."""
    return {key: _top(value, json_text(value)) for key, value in hyperparameters.items()}


def as_text(hyperparameters: Mapping[str, Any]) -> dict[str, str]:
    """Write values as they stand in the document; lists and maps are JSON."""
    return {
        key: json_text(value) if isinstance(value, list | dict) else written(value)
        for key, value in hyperparameters.items()
    }


def json_text(value: Any) -> str:
    """Write JSON in which numbers keep their characters, where JSON can hold them."""
    if isinstance(value, Mapping):
        items = (f"{json.dumps(key)}: {json_text(item)}" for key, item in value.items())
        return "{" + ", ".join(items) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(json_text(item) for item in value) + "]"
    text = getattr(value, "text", None)
    if isinstance(text, str) and _JSON_NUMBER.fullmatch(text):
        return text
    return json.dumps(value)


def _top(value: Any, text: str) -> str:
    """A number at the top keeps its characters even where they are not JSON, such as `.5`."""
    own = getattr(value, "text", None)
    return own if isinstance(own, str) else text
