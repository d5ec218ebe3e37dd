"""Whether a request fits the service model, and what AWS would say if not.

botocore itself checks types, required members and least lengths only. Here patterns, greatest
values and enums are checked too, so that a plan finds offline what the service would refuse. The
words are those of the service; values that may be secret are left out of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import get_close_matches
from typing import Any, Literal

from reconciler.servicemodel.load import Member, ServiceModel, Shape
from reconciler.servicemodel.pattern import matches

Rule = Literal[
    "required", "unknown", "type", "pattern", "minimum", "maximum", "enum", "length", "union"
]
Path = tuple[str | int, ...]

_INTEGERS = frozenset({"integer", "long"})
_NUMBERS = frozenset({"float", "double"})
_LONGEST_SHOWN = 200
"""Characters of a value that a message repeats."""
_MOST_CHOICES = 20
"""Longer lists of allowed values are cut to the nearest ones."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One place where a request does not fit."""

    path: Path
    """Members, keys and indices (from 0) that lead to the place."""
    message: str
    """What AWS says of it, such as `Value 'x' at 'roleArn' failed to satisfy constraint: …`."""
    rule: Rule
    nearest: str | None = None
    """Of an enum, the allowed value that is most like the one that was found; None where none is,
    or where the value may be secret."""


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where the walk stands, and whether messages may repeat the values found there."""

    model: ServiceModel
    path: Path = ()
    place: str = ""
    """The path as the services write it: `inputDataConfig.1.member.channelName`."""
    hidden: bool = False

    def member(self, member: Member) -> _Spot:
        return self._into(member.name, _lower_first(member.name), member.sensitive)

    def item(self, index: int, element: Member) -> _Spot:
        return self._into(index, f"{index + 1}.member", element.sensitive)

    def entry(self, key: str) -> _Spot:
        # Maps are where people put environment variables and credentials: show names only.
        return self._into(key, key, True)

    def _into(self, step: str | int, words: str, hidden: bool) -> _Spot:
        place = f"{self.place}.{words}" if self.place else words
        return _Spot(self.model, (*self.path, step), place, self.hidden or hidden)


def check(model: ServiceModel, operation: str, params: Mapping[str, Any]) -> tuple[Finding, ...]:
    """Return all that is wrong with the parameters of an operation; empty when they fit.

    Raises ModelNotFound when the service has no such operation.
    """
    name = model.operation(operation).input
    if name is None:
        return tuple(_unknown(_Spot(model), {}, params))
    return tuple(_limits(_Spot(model), model.shape(name), params))


def check_answer(
    model: ServiceModel, operation: str, answer: Mapping[str, Any]
) -> tuple[Finding, ...]:
    """Return members of wrong type and unknown members of an answer.

    Nothing else is checked: the service itself leaves out members that its model requires, such
    as ModelArtifacts of a running training job.
    """
    name = model.operation(operation).output
    if name is None:
        return tuple(_unknown(_Spot(model), {}, answer))
    findings = _limits(_Spot(model), model.shape(name), answer)
    return tuple(finding for finding in findings if finding.rule in ("type", "unknown"))


def summary(findings: Iterable[Finding]) -> str:
    """Join findings to the one message in which AWS reports them."""
    messages = [finding.message for finding in findings]
    count = f"{len(messages)} validation error{'s' if len(messages) != 1 else ''} detected"
    return f"{count}: {'; '.join(messages)}"


def _limits(spot: _Spot, shape: Shape, value: Any) -> Iterator[Finding]:
    expected = _expected(shape, value)
    if expected:
        found = "null" if value is None else type(value).__name__
        yield _finding(spot, "type", None, f"Member must be {expected}, not {found}")
        return
    match shape.type:
        case "structure":
            yield from _structure(spot, shape, value)
        case "list":
            yield from _length(spot, shape, len(value), None)
            yield from _items(spot, shape, value)
        case "map":
            yield from _length(spot, shape, len(value), None)
            yield from _entries(spot, shape, value)
        case "string":
            yield from _string(spot, shape, value)
        case "blob" if isinstance(value, bytes | bytearray):
            yield from _length(spot, shape, len(value), None)
        case "integer" | "long" | "float" | "double":
            yield from _number(spot, shape, value)


def _expected(shape: Shape, value: Any) -> str | None:
    """What the value should have been, or None when its type is right."""
    fits: bool
    match shape.type:
        case "structure" | "map":
            fits, words = isinstance(value, Mapping), "a map"
        case "list":
            fits, words = isinstance(value, list | tuple), "a list"
        case "string":
            fits, words = isinstance(value, str), "a string"
        case "boolean":
            fits, words = isinstance(value, bool), "a boolean"
        case "blob":
            fits = isinstance(value, bytes | bytearray | str) or hasattr(value, "read")
            words = "bytes or a file"
        case "timestamp":
            fits = isinstance(value, datetime | int | float | str) and not isinstance(value, bool)
            words = "a time"
        case kind if kind in _INTEGERS:
            fits, words = isinstance(value, int) and not isinstance(value, bool), "an integer"
        case kind if kind in _NUMBERS:
            fits, words = isinstance(value, int | float) and not isinstance(value, bool), "a number"
        case _:
            return None
    return None if fits else words


def _structure(spot: _Spot, shape: Shape, value: Mapping[str, Any]) -> Iterator[Finding]:
    yield from _unknown(spot, shape.members, value)
    for name in shape.required:
        if name not in value:
            inner = spot.member(shape.members[name])
            words = f"Value null at '{inner.place}' failed to satisfy constraint: "
            yield Finding(inner.path, words + "Member must not be null", "required")
    if shape.union and len(value) != 1:
        members = ", ".join(shape.members)
        yield _finding(spot, "union", None, f"Exactly one of these must be set: {members}")
    for name, member in shape.members.items():
        if name in value:
            yield from _limits(spot.member(member), spot.model.shape(member.shape), value[name])


def _unknown(
    spot: _Spot, members: Mapping[str, Member], value: Mapping[str, Any]
) -> Iterator[Finding]:
    for name in value:
        if name not in members:
            place = f" at '{spot.place}'" if spot.place else ""
            yield Finding((*spot.path, name), f"Unknown member '{name}'{place}", "unknown")


def _items(spot: _Spot, shape: Shape, value: Iterable[Any]) -> Iterator[Finding]:
    assert shape.element is not None
    item_shape = spot.model.shape(shape.element.shape)
    for index, item in enumerate(value):
        yield from _limits(spot.item(index, shape.element), item_shape, item)


def _entries(spot: _Spot, shape: Shape, value: Mapping[Any, Any]) -> Iterator[Finding]:
    assert shape.element is not None and shape.key is not None
    key_shape = spot.model.shape(shape.key.shape)
    value_shape = spot.model.shape(shape.element.shape)
    for key, item in value.items():
        inner = spot.entry(str(key))
        yield from _limits(inner, key_shape, key)
        yield from _limits(inner, value_shape, item)


def _string(spot: _Spot, shape: Shape, value: str) -> Iterator[Finding]:
    too_long = False
    for finding in _length(spot, shape, len(value), value):
        too_long = True
        yield finding
    if shape.enum and value not in shape.enum:
        words = f"Member must satisfy enum value set: {_choices(shape.enum, value)}"
        found = _finding(spot, "enum", value, words, shape)
        yield found if _hidden(spot, shape) else replace(found, nearest=_nearest(shape.enum, value))
    # A string of the wrong length gets one message; a huge one never meets a regular expression.
    if shape.pattern and not too_long and not matches(shape.pattern, value):
        words = f"Member must satisfy regular expression pattern: {shape.pattern}"
        yield _finding(spot, "pattern", value, words, shape)


def _length(spot: _Spot, shape: Shape, length: int, shown: str | None) -> Iterator[Finding]:
    if shape.minimum is not None and length < shape.minimum:
        words = f"Member must have length greater than or equal to {shape.minimum}"
        yield _finding(spot, "length", shown, words, shape)
    if shape.maximum is not None and length > shape.maximum:
        words = f"Member must have length less than or equal to {shape.maximum}"
        yield _finding(spot, "length", shown, words, shape)


def _number(spot: _Spot, shape: Shape, value: float) -> Iterator[Finding]:
    if shape.minimum is not None and value < shape.minimum:
        words = f"Member must have value greater than or equal to {shape.minimum}"
        yield _finding(spot, "minimum", value, words, shape)
    if shape.maximum is not None and value > shape.maximum:
        words = f"Member must have value less than or equal to {shape.maximum}"
        yield _finding(spot, "maximum", value, words, shape)


def _finding(
    spot: _Spot, rule: Rule, value: object, constraint: str, shape: Shape | None = None
) -> Finding:
    return Finding(
        spot.path,
        f"{_subject(spot, value, shape)} failed to satisfy constraint: {constraint}",
        rule,
    )


def _subject(spot: _Spot, value: object, shape: Shape | None) -> str:
    hidden = value is None or _hidden(spot, shape)
    place = f" at '{spot.place}'" if spot.place else ""
    return f"Value{place}" if hidden else f"Value '{str(value)[:_LONGEST_SHOWN]}'{place}"


def _hidden(spot: _Spot, shape: Shape | None) -> bool:
    return spot.hidden or (shape is not None and shape.sensitive)


def _nearest(enum: tuple[str, ...], value: str) -> str | None:
    return next(iter(get_close_matches(value, enum, n=1)), None)


def _choices(enum: tuple[str, ...], value: str) -> str:
    """The allowed values; of a long list those that are most like what was written."""
    if len(enum) <= _MOST_CHOICES:
        return f"[{', '.join(enum)}]"
    alike = get_close_matches(value, enum, n=3, cutoff=0.4) or list(enum[:3])
    return f"[{', '.join(alike)}, … {len(enum) - len(alike)} more]"


def _lower_first(name: str) -> str:
    return name[:1].lower() + name[1:]
