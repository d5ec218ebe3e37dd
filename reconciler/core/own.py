"""A document's own values in a form that the lock can keep and give back exactly.

JSON would lose the characters of a number (`1e-1`, `0x10`), and they reach the container; so a
number whose text is not its plain form is kept as `{"$number": "1e-1"}`.
"""

from __future__ import annotations

from typing import Any

from reconciler.core.scalars import Float, Integer

_MARK = "$number"


def pack(value: Any) -> Any:
    """Plain values of a document → JSON values."""
    if isinstance(value, dict):
        return {key: pack(child) for key, child in value.items()}
    if isinstance(value, list):
        return [pack(child) for child in value]
    if isinstance(value, Integer):
        return int(value) if value.text == str(int(value)) else {_MARK: value.text}
    if isinstance(value, Float):
        return {_MARK: value.text}
    return value


def unpack(value: Any) -> Any:
    """The inverse of `pack`."""
    if isinstance(value, dict):
        if value.keys() == {_MARK}:
            return _number(value[_MARK])
        return {key: unpack(child) for key, child in value.items()}
    if isinstance(value, list):
        return [unpack(child) for child in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return Integer(value)
    return value


def _number(text: str) -> Integer | Float:
    try:
        return Integer(int(text, 0), text)
    except ValueError:
        return Float(float(text), text)
