"""Nodes: the values of a document, each with the place where it was written.

`core/document.py` makes them from text, `core/merge.py` from layers; a model's error finds its line
with `place_of`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.core.scalars import Float, Integer, Scalar
from reconciler.errors import Place


@dataclass(frozen=True, slots=True)
class ScalarNode:
    """One value."""

    place: Place
    value: Scalar


@dataclass(frozen=True, slots=True)
class ListNode:
    """Values in their order."""

    place: Place
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """What stands under one key of a map, and where the key stands."""

    key_place: Place
    node: Node


@dataclass(frozen=True, slots=True)
class MapNode:
    """Entries by key, in the order they were written."""

    place: Place
    entries: Mapping[str, Entry]


Node = ScalarNode | ListNode | MapNode
NodePath = tuple[str | int, ...]
"""The way from a node to one below it: keys of maps, indices of lists."""


def plain(node: Node) -> Any:
    """Give dicts, lists and scalars without places; numbers keep their text."""
    if isinstance(node, MapNode):
        return {key: plain(entry.node) for key, entry in node.entries.items()}
    if isinstance(node, ListNode):
        return [plain(item) for item in node.items]
    return node.value


def from_plain(value: Any, place: Place) -> Node:
    """Build nodes, all at one place, from dicts with text keys, lists, tuples and scalars.

    Raises TypeError for anything else.
    """
    if isinstance(value, Mapping):
        entries = {key: Entry(place, from_plain(item, place)) for key, item in value.items()}
        return MapNode(place, entries)
    if isinstance(value, list | tuple):
        return ListNode(place, tuple(from_plain(item, place) for item in value))
    if value is None or isinstance(value, bool | str | Integer | Float):
        return ScalarNode(place, value)
    if isinstance(value, int):
        return ScalarNode(place, Integer(value))
    if isinstance(value, float):
        return ScalarNode(place, Float(value))
    raise TypeError(f"a document cannot hold a {type(value).__name__}")


def node_at(root: Node, path: NodePath) -> Node | None:
    """Give the node at a path, or None when there is none."""
    node: Node | None = root
    for step in path:
        node = _child(node, step)
    return node


def place_of(root: Node, path: NodePath, *, key: bool = False) -> Place:
    """Give the place of the value at a path, or with `key` of the key that it stands under.

    Where the path leads on to what is not there, the place is the key of the deepest node that is.
    """
    node, key_place = root, root.place
    for step in path:
        child = _child(node, step)
        if child is None:
            return key_place
        key_place = child.place
        if isinstance(node, MapNode):
            key_place = node.entries[str(step)].key_place
        node = child
    return key_place if key else node.place


def _child(node: Node | None, step: str | int) -> Node | None:
    if isinstance(node, MapNode) and isinstance(step, str):
        entry = node.entries.get(step)
        return entry.node if entry else None
    if isinstance(node, ListNode) and isinstance(step, int) and 0 <= step < len(node.items):
        return node.items[step]
    return None
