"""The edit of `promote`: `environments.ENV.version` in a document, however that is written.

`environments` may be absent, a list of names, or a map, each in lines or in brackets. A list
becomes a map item by item, so that comments stay with the names they are about. What is new is
written first, where the start of the map is known; its end may be lines below.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.cli.edit import (
    BY_HAND,
    Edit,
    NotEditable,
    Source,
    Splice,
    Step,
    after,
    below_version,
    edited,
    instead,
    number_at,
)
from reconciler.core.documents import Documents, Parsed
from reconciler.core.nodes import Entry, ListNode, MapNode, ScalarNode
from reconciler.errors import Place
from reconciler.render.yaml import scalar_text

_DASH = re.compile(r"-[ ]+$")


def pinned(
    documents: Documents, document: Parsed, environment: str, version: int, members: Sequence[str]
) -> Edit | None:
    """The document with a version pinned for an environment; None if it says so already.

    `members` are the environments that it belongs to now; where it does not name them itself they
    are written too, so that it goes on belonging to them. Raises NotEditable.
    """
    before = _pin_of(document, environment)
    if before == version:
        return None
    source = Source(documents.texts[document.path])
    return edited(
        documents,
        document,
        list(_splices(document, source, environment, version, members)),
        [Step(environment, before, version)],
        lambda old: {**old, "environments": _meant(old, environment, version, members)},
    )


def _pin_of(document: Parsed, environment: str) -> int | None:
    block = _block(document, environment)
    if block is None or "version" not in block.entries:
        return None
    return number_at(block, "version", document.path)[0]


def _block(document: Parsed, environment: str) -> MapNode | None:
    entry = document.node.entries.get("environments")
    named = entry.node if entry and isinstance(entry.node, MapNode) else None
    inner = named.entries.get(environment) if named else None
    return inner.node if inner and isinstance(inner.node, MapNode) else None


def _meant(
    old: Mapping[str, Any], environment: str, version: int, members: Sequence[str]
) -> dict[str, Any]:
    """`environments` as it shall read afterwards."""
    named = old.get("environments", list(members))
    blocks = dict(named) if isinstance(named, dict) else {name: {} for name in named}
    return {**blocks, environment: {**blocks.get(environment, {}), "version": version}}


def _splices(
    document: Parsed, source: Source, environment: str, version: int, members: Sequence[str]
) -> Iterator[Splice]:
    entry = document.node.entries.get("environments")
    if entry is None:
        yield _all_new(document, source, environment, version, members)
    elif isinstance(entry.node, ListNode):
        yield from _list_to_map(entry, entry.node, source, environment, version)
    elif isinstance(entry.node, MapNode):
        inner = entry.node.entries.get(environment)
        if inner is None:
            yield _first(entry, entry.node, source, _pin(environment, version))
        elif isinstance(inner.node, MapNode) and "version" in inner.node.entries:
            yield instead(number_at(inner.node, "version", document.path)[1], str(version))
        elif isinstance(inner.node, MapNode):
            yield _first(inner, inner.node, source, f"version: {version}")


def _all_new(
    document: Parsed, source: Source, environment: str, version: int, members: Sequence[str]
) -> Splice:
    """`environments` on a line of its own below `version`."""
    others = [f"{scalar_text(name)}: {{}}" for name in members if name != environment]
    blocks = ", ".join([*others, _pin(environment, version)])
    return below_version(document, source, f"environments: {{{blocks}}}")


def _pin(environment: str, version: int) -> str:
    return f"{scalar_text(environment)}: {{version: {version}}}"


def _first(entry: Entry, node: MapNode, source: Source, text: str) -> Splice:
    """A new entry before all others of the map that stands under a key."""
    if source.is_flow(node):
        more = ", " if node.entries else ""
        return Splice(node.place.line, node.place.column + 1, 0, text + more)
    return source.below(entry.key_place.line, node.place.column - 1, text)


def _list_to_map(
    entry: Entry, node: ListNode, source: Source, environment: str, version: int
) -> Iterator[Splice]:
    names = [item.value for item in node.items if isinstance(item, ScalarNode)]
    new = _pin(environment, version)
    flow = source.is_flow(node)
    if flow:
        more = ", " if names else ""
        yield instead(_one(node.place), "{" if environment in names else "{" + new + more)
        yield instead(_closing(node, source), "}")
    elif environment not in names:
        yield source.below(entry.key_place.line, node.place.column + 1, new)
    for item in node.items:
        pin = isinstance(item, ScalarNode) and item.value == environment
        if not flow:
            yield _undashed(item.place, source)
        yield after(item.place, f": {{version: {version}}}" if pin else ": {}")


def _one(place: Place) -> Place:
    """The first character of a place."""
    return Place(place.path, place.line, place.column)


def _undashed(item: Place, source: Source) -> Splice:
    """Two spaces in the place of the dash before an item: the keys of a map, one below the other,
    and further in than a list that stands right below its key."""
    dash = _DASH.search(source.line(item.line)[: item.column - 1])
    if dash is None:
        raise NotEditable(f"{item}: its `-` stands on another line", advice=BY_HAND)
    return Splice(item.line, dash.start() + 1, dash.end() - dash.start(), "  ")


def _closing(node: ListNode, source: Source) -> Place:
    """The bracket that ends a list: between it and the last item are only spaces, commas and
    comments."""
    last = node.items[-1].place if node.items else _one(node.place)
    line, start = last.line, last.column - 1 + last.width
    while (found := source.line(line)[start:].partition("#")[0].find("]")) < 0:
        line, start = line + 1, 0
    return Place(node.place.path, line, start + found + 1)
