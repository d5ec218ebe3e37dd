"""Reference: every key that people may write, read from the schema that editors use.

`reconciler explain` and docs/reference/fields.md are made of it, so that command, page and editor
say the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.core.fields import Table, common, rows

NAME = "NAME"
"""Stands in paths for a name of one's own: `inputs.NAME.s3_uri`."""

ITEM = "[]"
"""Stands in paths for an item of a list: `containers[].image`."""

SHARED = ("Defaults", "Runtime")
"""Documents whose keys are those of the kinds that inherit them."""

_OTHERS = ("Environment", *SHARED)
_OWN = frozenset({"apiVersion", "kind", "name", "environments", f"environments.{NAME}"})
"""Keys that documents of `SHARED` have beside them."""

_BLOCK = f"environments.{NAME}."
_INDEX = re.compile(r"\.?\[[0-9]*\]")

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a document."""

    path: str
    """With `NAME` for names of one's own and `[]` for items of lists."""
    meaning: str
    schema: Schema
    """What a value may be; nothing in it refers to a definition, and null is left out."""


def documents(whole: Schema) -> tuple[str, ...]:
    """Every kind of document that a schema is for, resources first."""
    return tuple(sorted(whole["properties"]["kind"]["enum"], key=_OTHERS.__contains__))


def keys(whole: Schema, document: str) -> Iterator[Key]:
    """Every key of a document, a map before what is in it; blocks of environments, which repeat
    them, and what defaults and runtimes share are left out."""
    yield from _keys(whole, Key("", "", _root(whole, document)), document)


def _keys(whole: Schema, above: Key, document: str) -> Iterator[Key]:
    for step, part in _below(above.schema).items():
        key = _key(whole, above, step, part)
        if document in SHARED and key.path not in _OWN:
            continue
        yield key
        if not key.path.startswith("environments"):
            yield from _keys(whole, key, document)


def find(whole: Schema, document: str, path: str) -> Key | None:
    """The key at a path in which any word may stand for `NAME`, and `[]` may be left out."""
    found = Key("", "", _root(whole, document))
    words = _INDEX.sub(f".{ITEM}", path).split(".")
    for index, word in enumerate(words):
        below = _below(found.schema)
        if ITEM in below and NAME not in below and word != ITEM:
            found = _key(whole, found, ITEM, below[ITEM])
            below = _below(found.schema)
        step = word if word in below else NAME
        if step not in below:
            return None
        found = _key(whole, found, step, below[step])
        last = index == len(words) - 1
        if step == NAME != word and last and word in _below(found.schema):
            return None  # `inputs.file_system`: the name of the channel was forgotten
    return None if document in SHARED and found.path not in _OWN else found


def members(table: Table, path: str) -> tuple[str, ...]:
    """AWS's members for a key; for a map of keys, the structures that theirs are in."""
    path = path.removeprefix(_BLOCK)
    known = [(key.replace("*", NAME), member) for key, member in rows(table)]
    exact = dict.fromkeys(member for key, member in known if key == path)
    if exact:
        return tuple(exact)
    groups: dict[str, list[tuple[str, ...]]] = {}
    for key, member in known:
        if key.startswith((f"{path}.", path + ITEM)):
            steps = tuple(member.split("."))
            groups.setdefault(steps[0], []).append(steps[:-1] or steps)
    return tuple(".".join(common(inside)) for inside in groups.values())


def _root(whole: Schema, document: str) -> Schema:
    definition: Schema = whole["definitions"][document]
    return {**definition, "properties": {**definition["properties"], **whole["properties"]}}


def _key(whole: Schema, above: Key, step: str, part: Schema) -> Key:
    schema = _plain(whole, part)
    path = f"{above.path}.{step}" if above.path and step != ITEM else above.path + step
    described = [one for one in (schema, *schema.get("anyOf", ())) if "description" in one]
    return Key(path, described[0]["description"] if described else above.meaning, schema)


def _below(schema: Schema) -> dict[str, Schema]:
    """What is right below a value: keys, `NAME` of a map by name, `[]` of a list."""
    found: dict[str, Schema] = {}
    for option in schema.get("anyOf", (schema,)):
        entries = option.get("additionalProperties", False)
        found |= option.get("properties", {})
        found |= {NAME: {} if entries is True else entries} if entries is not False else {}
        found |= {ITEM: option["items"]} if "items" in option else {}
    return found


def _plain(whole: Schema, part: Schema) -> Schema:
    """A part in which nothing at its top refers to a definition, and without null."""
    while "$ref" in part:
        target: Any = whole
        for step in part["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        part = {**target, **{key: value for key, value in part.items() if key != "$ref"}}
    if "anyOf" in part:
        options = [_plain(whole, option) for option in part["anyOf"]]
        return {**part, "anyOf": [one for one in options if one.get("type") != "null"]}
    found = dict(part)
    if isinstance(part.get("type"), list):
        found["type"] = next(kind for kind in part["type"] if kind != "null")
    if "enum" in part:
        found["enum"] = [choice for choice in part["enum"] if choice is not None]
    for inner in ("additionalProperties", "items"):
        if isinstance(part.get(inner), Mapping):
            found[inner] = _plain(whole, part[inner])
    return found
