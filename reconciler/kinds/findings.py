"""Findings: how rules of all kinds say what is missing and what excludes what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import BaseModel, ValidationError

from reconciler.core.kind import Finding

Path = tuple[str | int, ...]
"""Where a value stands in a document."""

Required = tuple[tuple[str, tuple[str, ...]], ...]
"""Dotted paths of groups, `*` for any key or index, each with the keys that a group must have."""


def exactly_one(part: BaseModel, keys: Iterable[str], path: Path) -> Iterator[Finding]:
    """E202 when none or several of the keys are given."""
    keys = tuple(keys)
    if any(getattr(part, key) is not None for key in keys):
        yield from at_most_one(part, keys, path)
        return
    where = f"`{'.'.join(map(str, path))}` needs" if path else "the job needs"
    yield Finding("E202", f"{where} exactly one of {_choice(keys)}", path)


def at_most_one(part: BaseModel, keys: Iterable[str], path: Path) -> Iterator[Finding]:
    """E202 when several of the keys are given."""
    keys = tuple(keys)
    given = [key for key in keys if getattr(part, key) is not None]
    if len(given) > 1:
        both = " and ".join(f"`{key}`" for key in given)
        yield Finding(
            "E202", f"{both} exclude each other", (*path, given[-1]), f"keep one of {_choice(keys)}"
        )


def _choice(keys: Iterable[str]) -> str:
    return ", ".join(f"`{key}`" for key in keys)


def missing(path: Path, help_text: str | None = None) -> Finding:
    """E102 for a path."""
    return Finding("E102", f"`{'.'.join(map(str, path))}` is missing", path, help_text)


def required(part: BaseModel, table: Required) -> Iterator[Finding]:
    """E102 for each group that is given without a key that it must have."""
    for where, keys in table:
        for path, group in groups(part, tuple(where.split("."))):
            for key in keys:
                if getattr(group, key) is None:
                    yield missing((*path, key))


def groups(part: Any, where: tuple[str, ...], path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every group that stands at a path in which `*` is any key or index."""
    if part is None:
        return
    if not where:
        yield path, part
    elif where[0] != "*":
        yield from groups(getattr(part, where[0]), where[1:], (*path, where[0]))
    else:
        items: Iterable[tuple[str | int, Any]] = (
            part.items() if isinstance(part, dict) else enumerate(part)
        )
        for key, item in items:
            yield from groups(item, where[1:], (*path, key))


def invalid(error: ValidationError) -> Iterator[Finding]:
    """E103 for each value that a spec refused; without the value, which may be a secret."""
    for detail in error.errors(include_url=False, include_input=False):
        yield Finding("E103", detail["msg"].removeprefix("Value error, "), tuple(detail["loc"]))
