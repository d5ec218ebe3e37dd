"""Shapes of AWS's service model, and the keys of a spec, as paths that a table can be held to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from botocore import xform_name
from pydantic import BaseModel

from reconciler.core.fields import Table, rows
from reconciler.servicemodel.load import ServiceModel

_TAILS = (
    *("_in_milliseconds", "_in_seconds", "_in_minutes", "_in_mb", "_in_gb"),
    "_config",
)


def leaves(model: ServiceModel, shape: str, path: str = "") -> Iterator[str]:
    """Member paths that hold a value: scalars, maps, lists of scalars."""
    found = model.shape(shape)
    if found.type == "structure":
        for name, member in found.members.items():
            yield from leaves(model, member.shape, f"{path}.{name}" if path else name)
    elif found.type == "list" and found.element:
        inner = model.shape(found.element.shape)
        if inner.type == "structure":
            yield from leaves(model, found.element.shape, f"{path}[]")
        else:
            yield path
    else:
        yield path


def members_of(model: ServiceModel, operation: str) -> set[str]:
    """All member paths of an operation's input that hold a value."""
    shape = model.operation(operation).input
    assert shape
    return set(leaves(model, shape))


def key_of(member: str) -> str:
    """Our key for a member, by rule: `MaxWaitTimeInSeconds` → `max_wait_time`, without `Enable`,
    `Config`, and the unit, which the value carries."""
    key: str = xform_name(member).removeprefix("enable_")
    for tail in _TAILS:
        key = key.removesuffix(tail)
    return key


def keys_without_field(table: Table, spec: type[BaseModel]) -> list[str]:
    """Keys of a table that the spec does not have."""
    schema = spec.model_json_schema()
    return [key for key, _ in rows(table) if not _has(schema, key)]


def _has(schema: dict[str, Any], key: str) -> bool:
    nodes = [schema]
    for name in key.replace("[]", ".[]").split("."):
        nodes = [inner for node in nodes for inner in _step(node, name, schema)]
    return bool(nodes)


def _step(node: dict[str, Any], name: str, schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    inner = {"*": node.get("additionalProperties") or node.get("items"), "[]": node.get("items")}
    found = inner.get(name, node.get("properties", {}).get(name))
    if isinstance(found, dict):
        yield from _resolved(found, schema["$defs"])
    elif found is True:
        yield {}


def _resolved(node: dict[str, Any], definitions: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "$ref" in node:
        yield from _resolved(definitions[node["$ref"].rpartition("/")[2]], definitions)
    elif "anyOf" in node:
        for option in node["anyOf"]:
            yield from _resolved(option, definitions)
    else:
        yield node
