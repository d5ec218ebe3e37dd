"""Content: what a resolved spec asks for, as plain values that have one text and hence one digest.

Stands between the specs of the kinds and `core/resource.py`, which hashes what this gives.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from pydantic import BaseModel

from reconciler.core.kind import Spec
from reconciler.core.scalars import Float, Integer, RefusedScalar, read_plain

NOT_CONTENT = frozenset({"name", "version", "runtime"})
"""Keys that say which resource it is and whence it inherits, not what runs."""


class AsWritten:
    """Marks a field of a spec whose scalars may be of any type and keep their characters.

    There `0.1` and `"0.1"` mean different things to a container, so `content` tells them apart.
    """


AS_WRITTEN: Final = AsWritten()


def content(spec: Spec, in_place: Iterable[str]) -> dict[str, Any]:
    """Give what reaches the run: text, whole numbers, booleans, lists and maps, as far as set.

    Dotted keys of `in_place` are left out. A number with a fraction is its text as written; where
    a field may hold any scalar, a text that reads like a number is in JSON quotes.
    """
    values: dict[str, Any] = _plain(spec, as_written=False)
    for key in (*NOT_CONTENT, *in_place):
        _remove(values, tuple(key.split(".")))
    return values


def _plain(value: Any, *, as_written: bool) -> Any:
    if isinstance(value, BaseModel):
        return _fields(value)
    if isinstance(value, Mapping):
        return {
            key: _plain(item, as_written=as_written)
            for key, item in value.items()
            if as_written or item is not None
        }
    if isinstance(value, list | tuple):
        return [_plain(item, as_written=as_written) for item in value]
    return _scalar(value, as_written=as_written)


def _fields(model: BaseModel) -> dict[str, Any]:
    fields = type(model).model_fields
    given = {name: getattr(model, name) for name in fields if name in model.model_fields_set}
    return {
        name: _plain(value, as_written=AS_WRITTEN in fields[name].metadata)
        for name, value in given.items()
        if value is not None
    }


def _scalar(value: Any, *, as_written: bool) -> Any:
    if isinstance(value, Float):
        return value.text
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, Integer):
        return int(value) if value.text == str(int(value)) else value.text
    if as_written and isinstance(value, str) and _reads_otherwise(value):
        return json.dumps(value, ensure_ascii=False)
    return value


def _reads_otherwise(text: str) -> bool:
    """Whether a text would be taken for a number, or for one of these quoted texts."""
    if text.startswith('"'):
        return True
    try:
        return isinstance(read_plain(text), int | float)
    except RefusedScalar:
        return False


def _remove(values: dict[str, Any], path: tuple[str, ...]) -> None:
    """Remove the value at a path, and maps that hold nothing any more because of it."""
    if len(path) > 1:
        inner = values.get(path[0])
        if not isinstance(inner, dict):
            return
        _remove(inner, path[1:])
        if inner:
            return
    values.pop(path[0], None)
