"""Layers to one document: the nearer one wins, and every value keeps the place it came from.

Stands between `core/document.py` and the models: environment, defaults, runtime and job are merged
by RFC 7386 (maps merge, lists replace, null removes). What differs between kinds comes in as
`MergeRules`: which keys exclude each other, what a short form stands for, where null is a value.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reconciler.core.nodes import Entry, MapNode, Node, ScalarNode
from reconciler.errors import Place

Pattern = tuple[str, ...]
"""A path in which `*` stands for any one key: `("inputs", "*")`."""

_ANY = "*"
_PLAIN_KEY = re.compile(r"[A-Za-z0-9_:/-]+")


@dataclass(frozen=True, slots=True)
class Exclusive:
    """Keys of one map of which a nearer layer's member removes the members of farther layers."""

    where: Pattern
    """The map; `()` is the document itself."""
    keys: frozenset[str]


@dataclass(frozen=True, slots=True)
class ShortForm:
    """A text at `where` stands for the map with this text under `key`."""

    where: Pattern
    key: str


@dataclass(frozen=True, slots=True)
class MergeRules:
    """What the kinds say about merging their documents."""

    exclusive: tuple[Exclusive, ...] = ()
    short_forms: tuple[ShortForm, ...] = ()
    null_is_value: tuple[Pattern, ...] = (("hyperparameters",),)
    """Maps in which a null of the job's own body is a value and removes nothing."""


NO_RULES = MergeRules(null_is_value=())
"""RFC 7386 and nothing else."""


@dataclass(frozen=True, slots=True)
class _Value:
    """What one layer holds at some path."""

    entry: Entry
    own: bool
    """Whether the layer is the job's own body."""


def merge(
    layers: Sequence[MapNode], rules: MergeRules = NO_RULES, *, body: int | None = -1
) -> MapNode:
    """Merge layers, the farthest first, into one map; the work is linear in their size.

    `body` is the index of the layer that is the job's own body, in which `rules.null_is_value`
    counts; None when there is none. Nothing is left of a removed key. A merged map has the place
    of the nearest layer that has it. Raises ValueError for no layers.
    """
    if not layers:
        raise ValueError("there is nothing to merge")
    own = None if body is None else range(len(layers))[body]
    values = [
        _Value(Entry(layer.place, expand(layer, rules)), index == own)
        for index, layer in enumerate(layers)
    ]
    return _merge_maps(values, (), rules)


def expand(node: MapNode, rules: MergeRules) -> MapNode:
    """Write short forms out; the parts of the long form stand at the place of the short one."""
    for form in rules.short_forms:
        expanded = _expand(node, form.where, form.key)
        if isinstance(expanded, MapNode):
            node = expanded
    return node


def origins(node: Node) -> dict[str, Place]:
    """Give the place of every value by its dotted path; a list is one value, so is an empty map."""
    found: dict[str, Place] = {}
    waiting: list[tuple[Pattern, Node]] = [((), node)]
    while waiting:
        path, current = waiting.pop()
        if isinstance(current, MapNode) and current.entries:
            below = [((*path, key), entry.node) for key, entry in current.entries.items()]
            waiting.extend(reversed(below))
        else:
            found[dotted(path)] = current.place
    return found


def dotted(path: Sequence[str | int]) -> str:
    """Write a path as people do: `inputs.train.s3_uri`, `subnets[0]`, `tags."a.b"`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            key = step if _PLAIN_KEY.fullmatch(step) else json.dumps(step, ensure_ascii=False)
            text += f".{key}" if text else key
    return text


def _expand(node: Node, where: Pattern, key: str) -> Node:
    if not where:
        if isinstance(node, ScalarNode) and isinstance(node.value, str):
            return MapNode(node.place, {key: Entry(node.place, node)})
        return node
    if not isinstance(node, MapNode):
        return node
    entries = {
        name: Entry(entry.key_place, _expand(entry.node, where[1:], key))
        if where[0] in (_ANY, name)
        else entry
        for name, entry in node.entries.items()
    }
    return MapNode(node.place, entries)


def _merge_maps(values: Sequence[_Value], path: Pattern, rules: MergeRules) -> MapNode:
    """Merge the values of one map; each of their nodes is a map."""
    exclusive = [rule.keys for rule in rules.exclusive if _matches(rule.where, path)]
    by_key: dict[str, list[_Value]] = {}
    for value in values:
        entries = _entries(value)
        for keys in exclusive:
            _drop_farther(by_key, entries, keys)
        for key, entry in entries.items():
            by_key.setdefault(key, []).append(_Value(entry, value.own))
    merged: dict[str, Entry] = {}
    for key, found in by_key.items():
        node = _merge_values(found, (*path, key), rules)
        if node is not None:
            merged[key] = Entry(found[-1].entry.key_place, node)
    return MapNode(values[-1].entry.node.place, merged)


def _merge_values(values: Sequence[_Value], path: Pattern, rules: MergeRules) -> Node | None:
    """Merge what layers say of one value; None when it is removed."""
    first = len(values)
    while first and isinstance(values[first - 1].entry.node, MapNode):
        first -= 1
    if first < len(values):
        return _merge_maps(values[first:], path, rules)
    nearest = values[-1]
    if not _is_null(nearest.entry.node) or (nearest.own and _null_is_value(path, rules)):
        return nearest.entry.node
    return None


def _drop_farther(
    by_key: dict[str, list[_Value]], entries: Mapping[str, Entry], keys: frozenset[str]
) -> None:
    """Drop what farther layers gave for the other members of an exclusive set."""
    given = {key for key in keys if key in entries and not _is_null(entries[key].node)}
    if given:
        for key in keys - given:
            by_key.pop(key, None)


def _entries(value: _Value) -> Mapping[str, Entry]:
    node = value.entry.node
    return node.entries if isinstance(node, MapNode) else {}


def _is_null(node: Node) -> bool:
    return isinstance(node, ScalarNode) and node.value is None


def _null_is_value(path: Pattern, rules: MergeRules) -> bool:
    return any(
        len(path) > len(where) and _matches(where, path[: len(where)])
        for where in rules.null_is_value
    )


def _matches(pattern: Pattern, path: Pattern) -> bool:
    return len(pattern) == len(path) and all(
        step in (_ANY, key) for step, key in zip(pattern, path, strict=True)
    )
