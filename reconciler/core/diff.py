"""Diff: which fields of a document differ. The only place that knows deepdiff."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.core.merge import dotted
from reconciler.core.plan import FieldChange
from reconciler.errors import Place

Path = tuple[str, ...]
Difference = tuple[Path, Any, Any]


def compare(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    *,
    places: Mapping[str, Place] | None = None,
) -> tuple[FieldChange, ...]:
    """Fields that differ, sorted by path; `places` says where each value is written now."""
    if before == after:
        return ()
    found = [
        FieldChange(dotted(path), old, new, _nearest(path, places or {}))
        for path, old, new in _differences(dict(before), dict(after))
    ]
    return tuple(sorted(found, key=lambda change: change.path))


def _differences(before: dict[str, Any], after: dict[str, Any]) -> Iterator[Difference]:
    # deepdiff is slow to import and on equal subtrees, so only what differs reaches it; with its
    # default threshold it would report a whole map as one change.
    from deepdiff import DeepDiff

    keys = [key for key in {*before, *after} if before.get(key) != after.get(key)]
    tree = DeepDiff(
        {key: before[key] for key in keys if key in before},
        {key: after[key] for key in keys if key in after},
        view="tree",
        threshold_to_diff_deeper=0,
    )
    found = {_path_of(node): node for category in tree.values() for node in category}
    for path in found:
        yield from _leaves(path, _at(before, path), _at(after, path))


def _path_of(node: Any) -> Path:
    """Where a difference is. One inside a list is told as the whole list: an index says nothing
    to people."""
    path: Path = ()
    for step in node.path(output_format="list"):
        if isinstance(step, int):
            break
        path = (*path, step)
    return path


def _at(value: Any, path: Path) -> Any:
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _leaves(path: Path, before: Any, after: Any) -> Iterator[Difference]:
    """A map that came or went is told field by field."""
    whole = before if after is None else after if before is None else None
    if not isinstance(whole, dict) or not whole:
        yield path, before, after
        return
    for key in whole:
        yield from _leaves((*path, key), _at(before, (key,)), _at(after, (key,)))


def _nearest(path: Path, places: Mapping[str, Place]) -> Place | None:
    while path:
        if dotted(path) in places:
            return places[dotted(path)]
        path = path[:-1]
    return None
