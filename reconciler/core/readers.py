"""Readers: how a request of AWS's becomes the values of a spec, as far as kinds do it alike.

A kind that can be imported has one `Reader` (the table is `reconciler.kinds.readers.READERS`);
`core/importing.py` makes a document of what it reads.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.core.call import Call
from reconciler.core.environment import Environment
from reconciler.core.fields import Path, Table, UnknownMembers, from_request, get, put, rows
from reconciler.core.importing import Request, said
from reconciler.core.kind import Finding, Kind
from reconciler.core.ownership import PREFIX

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Opened:
    """What somebody gave, taken apart."""

    params: Mapping[str, Any]
    """The request of the reader's operation."""
    name: str | None = None
    """Name of the thing that keeps it, where it has one beside that of the request."""
    values: Mapping[str, Any] = field(default_factory=dict)
    """What other calls beside it say, as values of a spec; None for what they do not say, though
    the request does. A document says them itself: the request cannot tell what it inherits."""
    calls: tuple[Call, ...] = ()
    """Those other calls."""
    lost: tuple[str, ...] = ()
    """Members of theirs that no document can say."""
    refused: tuple[Finding, ...] = ()
    """What AWS would refuse of them."""


@dataclass(frozen=True, slots=True)
class Reader:
    """How requests of one operation become documents of a kind."""

    kind: Kind
    operation: str
    name_member: str
    """Member that holds the name, such as `ModelName`."""
    marks: frozenset[str]
    """Members by which what somebody gave is known to be for this reader."""
    table: Table
    kept: frozenset[Path]
    """Keys that a document says itself, whatever it inherits."""
    read: Callable[[Mapping[str, Any], str, Environment], Values | tuple[Finding, ...]]
    """Values of a spec for a request and a name, or all that AWS would refuse of it."""
    comparable: Callable[[str, Mapping[str, Any]], Request]
    """A request less what every launch has its own of; where it says its name within, a given name
    stands instead."""
    opened: Callable[[Mapping[str, Any]], Opened] = Opened


def without_own(params: Mapping[str, Any], name_member: str) -> Request:
    """A request less its name and the reconciler's tags."""
    found: Request = said({key: value for key, value in params.items() if key != name_member})
    if "Tags" in found:
        kept = [tag for tag in found["Tags"] if not tag["Key"].startswith(PREFIX)]
        found = said({**found, "Tags": kept})
    return found


def known_values(table: Table, request: Mapping[str, Any]) -> Values:
    """The values of all members that have keys; the tag `owner` is the key of that name."""
    values: Values = {}
    for member, value in request.items():
        try:
            found = from_request(table, {member: value})
        except UnknownMembers as error:
            found = _known(table, member, value, error.paths)
        except (KeyError, ValueError):
            # Two items of one name, or one without, which a map cannot hold; AWS may take them.
            continue
        values = _joined(values, found)
    owner = (values.get("tags") or {}).pop("owner", None)
    return {**values, **({"owner": owner} if owner is not None else {})}


def _known(table: Table, member: str, value: Any, unknown: tuple[str, ...]) -> Values:
    """The values of a member less what has no key; nothing where that is inside a list."""
    request = {member: value}
    for path in unknown:
        steps = tuple(path.split("."))
        if get(request, steps) is None:
            return {}
        put(request, steps, None)
    return from_request(table, said(request)) if said(request) else {}


def _joined(left: Values, right: Values) -> Values:
    joined = dict(left)
    for key, value in right.items():
        under = joined.get(key)
        both = isinstance(under, dict) and isinstance(value, dict)
        joined[key] = _joined(dict(under or {}), value) if both else value
    return joined


def in_members(finding: Finding, table: Table) -> Finding:
    """A finding that begins with the member of the request which its key stands for."""
    keys = [step for step in finding.path if isinstance(step, str)]
    for length in range(len(keys), 0, -1):
        wanted = keys[:length]
        for key, member in rows(table):
            steps = key.replace("[]", ".*").split(".")[:length]
            if len(steps) == length and all(
                step in ("*", key) for step, key in zip(steps, wanted, strict=True)
            ):
                exact = len(key.replace("[]", ".*").split(".")) == length
                named = member if exact else member.partition(".")[0]
                return Finding(finding.code, f"`{named}`: {finding.message}", (), finding.help)
    return Finding(finding.code, finding.message, (), finding.help)
