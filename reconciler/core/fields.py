"""Fields: one table drives both directions between a spec and the request that launches it.

A kind lists its `Field` rows: our key, AWS's member, and the form of the value. `to_request`
builds the request from a spec's plain values, `from_request` gives back a document. The tables
are also what the reference page and the hints about AWS's own names are made of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Value:
    """The same value on both sides."""


VALUE = Value()


@dataclass(frozen=True, slots=True)
class Unit:
    """A whole number on the wire that people write with its unit."""

    write: Callable[[int], str]
    """Gives the text of a document for the number on the wire."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """A list of name and value on the wire, a map here: tags, metrics. An empty map as value
    stands for none."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Named:
    """A list of structures on the wire, a map by one of their members here: channels, groups."""

    name: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Items:
    """A list of structures on both sides; their order counts."""

    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Each:
    """A list of structures with one member on the wire, a list of its values here: alarms."""

    name: str


Form = Value | Unit | Pairs | Named | Items | Each


@dataclass(frozen=True, slots=True)
class Field:
    """One row: where a value stands in a spec and where in a request."""

    key: str
    """Dotted spec key, such as `compute.volume_size`."""
    member: str
    """Dotted member path of the request, such as `ResourceConfig.VolumeSizeInGB`."""
    form: Form = VALUE


Table = tuple[Field, ...]


class UnknownMembers(ValueError):
    """A request says something that the table has no key for; `paths` are its member paths."""

    def __init__(self, paths: tuple[str, ...]) -> None:
        super().__init__("no key for " + ", ".join(paths))
        self.paths = paths


def to_request(table: Table, spec: Mapping[str, Any]) -> dict[str, Any]:
    """Build the part of a request that a spec's plain values say; what is not set is left out."""
    request: dict[str, Any] = {}
    for field in table:
        value = get(spec, tuple(field.key.split(".")))
        if value is not None:
            put(request, tuple(field.member.split(".")), _sent(field.form, value))
    return request


def from_request(table: Table, request: Mapping[str, Any]) -> dict[str, Any]:
    """Give the document whose `to_request` is `request`; durations and sizes as people write them.

    Raises UnknownMembers for members without a row, ValueError for two items of one name.
    """
    unknown = tuple(_unknown(table, request))
    if unknown:
        raise UnknownMembers(unknown)
    spec: dict[str, Any] = {}
    for field in table:
        value = get(request, tuple(field.member.split(".")))
        if value is not None:
            put(spec, tuple(field.key.split(".")), _written(field.form, value))
    return spec


def locate(table: Table, member: tuple[str | int, ...]) -> Path:
    """Path in a document of a member of the request, or of its nearest parent that has one.

    Items of a list are found by name only, so their path ends at the list; a map's keys are kept.
    """
    names: Path = ()
    for step in member:
        if isinstance(step, int):
            break
        names = (*names, step)
    for field in table:
        path = tuple(field.member.split("."))
        if names[: len(path)] == path:
            rest = names[len(path) :] if isinstance(field.form, Value) else ()
            return (*field.key.split("."), *rest)
    while names:
        inside = [
            tuple(field.key.split("."))
            for field in table
            if tuple(field.member.split("."))[: len(names)] == names
        ]
        if inside:
            return common(inside)
        names = names[:-1]
    return ()


def common(paths: Iterable[Sequence[str]]) -> Path:
    """What all paths begin with."""
    shared: Path = ()
    for steps in zip(*paths, strict=False):
        if len(set(steps)) > 1:
            break
        shared = (*shared, steps[0])
    return shared


def get(values: Mapping[str, Any], path: Path) -> Any:
    """Give the value at a path, or None where there is nothing."""
    found: Any = values
    for step in path:
        if not isinstance(found, Mapping):
            return None
        found = found.get(step)
    return found


def put(values: dict[str, Any], path: Path, value: Any) -> None:
    """Set the value at a path; maps on the way are made."""
    for step in path[:-1]:
        values = values.setdefault(step, {})
    values[path[-1]] = value


def overlay(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Merge by RFC 7386: maps merge, lists and scalars of `above` replace, None removes."""
    merged = dict(below)
    for key, value in above.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, Mapping):
            under = merged.get(key)
            merged[key] = overlay(under if isinstance(under, Mapping) else {}, value)
        else:
            merged[key] = value
    return merged


def aws_names(table: Table) -> dict[str, str]:
    """Give AWS's own name of every member with the last step of our key for it."""
    return {
        member.rpartition(".")[2]: key.rpartition(".")[2]
        for key, member in rows(table)
        if not key.endswith(("*", "[]"))
    }


def rows(table: Table) -> Iterator[tuple[str, str]]:
    """Every key with its member path, those inside lists too: `inputs.*.s3_uri`,
    `InputDataConfig[].DataSource.S3DataSource.S3Uri`."""
    for field in table:
        yield field.key, field.member
        match field.form:
            case Pairs(name, value):
                yield f"{field.key}.*", f"{field.member}[].{name}"
                yield f"{field.key}.*", f"{field.member}[].{value}"
            case Named(name, inner):
                yield f"{field.key}.*", f"{field.member}[].{name}"
                for key, member in rows(inner):
                    yield f"{field.key}.*.{key}", f"{field.member}[].{member}"
            case Items(inner):
                for key, member in rows(inner):
                    yield f"{field.key}[].{key}", f"{field.member}[].{member}"
            case Each(name):
                yield f"{field.key}[]", f"{field.member}[].{name}"


def _sent(form: Form, value: Any) -> Any:
    match form:
        case Pairs(name, content):
            return [
                {name: key} | ({} if item == {} else {content: item}) for key, item in value.items()
            ]
        case Named(name, fields):
            return [{name: key} | to_request(fields, item) for key, item in value.items()]
        case Items(fields):
            return [to_request(fields, item) for item in value]
        case Each(name):
            return [{name: item} for item in value]
    return value


def _written(form: Form, value: Any) -> Any:
    match form:
        case Unit(write):
            return write(value)
        case Pairs(name, content):
            return _by_name(value, name, lambda item: item.get(content, {}))
        case Named(name, fields):
            return _by_name(value, name, lambda item: from_request(fields, _without(item, name)))
        case Items(fields):
            return [from_request(fields, item) for item in value]
        case Each(name):
            return [item[name] for item in value]
    return value


def _by_name(
    items: list[Mapping[str, Any]], name: str, read: Callable[[Mapping[str, Any]], Any]
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for item in items:
        if item[name] in found:
            raise ValueError(f"two items have the {name} {item[name]!r}")
        found[item[name]] = read(item)
    return found


def _without(item: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in item.items() if key != name}


def _unknown(table: Table, request: Mapping[str, Any]) -> Iterator[str]:
    """Member paths of a request that no row covers, as deep as maps of members go."""
    known = {tuple(field.member.split(".")) for field in table}
    groups = {path[:length] for path in known for length in range(1, len(path))}
    waiting: list[tuple[Path, Mapping[str, Any]]] = [((), request)]
    while waiting:
        path, members = waiting.pop()
        for name, value in members.items():
            inner = (*path, name)
            if inner in groups and isinstance(value, Mapping):
                waiting.append((inner, value))
            elif inner not in known:
                yield ".".join(inner)
