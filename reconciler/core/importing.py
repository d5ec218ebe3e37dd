"""Importing: from a request back to the shortest document that gives it.

A kind reads the request into the values of a spec. Here they become a document below what the
folder and the environment give already: tried on the real way from a document to its request, so
that what is left out is known to be inherited, and what is written is known to be enough.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.core.building import build_resource, inherited
from reconciler.core.document import read
from reconciler.core.documents import Documents, Parsed
from reconciler.core.environment import Environment
from reconciler.core.fields import Named, Pairs, Path, Table
from reconciler.core.files import Files
from reconciler.core.header import HEADER
from reconciler.core.kind import Kind
from reconciler.core.launching import request
from reconciler.core.nodes import MapNode, from_plain, plain
from reconciler.core.resource import Target, digest_of
from reconciler.errors import InvalidDocuments, Place

_Body = dict[str, Any]
Request = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Bench:
    """A place in the repository where a new document is tried before it is written."""

    documents: Documents
    files: Files
    environment: Environment
    kind: Kind
    path: str
    """Where the document will lie."""

    def inherited(self, name: str) -> _Body:
        """What a document of that name inherits here, as plain values."""
        parsed = self._parsed({"name": name})
        values: _Body = plain(inherited(parsed, self.documents, self.environment, self.kind))
        return values

    def request(self, body: Mapping[str, Any]) -> Request:
        """The request that a document comes to. Raises InvalidDocuments when it is wrong, or takes
        its inputs from other documents."""
        return self._request(self._parsed(body))

    def request_of_text(self, text: bytes) -> Request:
        """The request that a document's text comes to. Raises InvalidDocuments when it is wrong."""
        node = read(text, self.path)
        body = {key: entry for key, entry in node.entries.items() if key not in HEADER}
        return self._request(Parsed(self.path, "", self.kind.name, MapNode(node.place, body)))

    def _request(self, parsed: Parsed) -> Request:
        kinds = {self.kind.name: self.kind}
        resource = build_resource(parsed, self.documents, self.files, self.environment, kinds)
        if resource.references:
            raise InvalidDocuments(())
        target = Target(resource, digest_of(resource, {}), ())
        call = request(target, target.physical_name(), self.documents.revision)
        return dict(call.params)

    def _parsed(self, body: Mapping[str, Any]) -> Parsed:
        node = from_plain(body, Place(self.path, 1, 1))
        assert isinstance(node, MapNode)
        return Parsed(self.path, "", self.kind.name, node)


def patch(below: Mapping[str, Any], wanted: Mapping[str, Any]) -> _Body:
    """What has to be laid over `below` by RFC 7386 to get `wanted`; null removes.

    What both say alike is in it too: `shortest` finds out what may go.
    """
    found: _Body = {key: None for key in below if key not in wanted}
    for key, value in wanted.items():
        under = below.get(key)
        if isinstance(under, Mapping) and isinstance(value, Mapping):
            found[key] = patch(under, value)
        else:
            found[key] = value
    return found


def shortest(body: _Body, enough: Callable[[_Body], bool], kept: frozenset[Path]) -> _Body:
    """Leave out every value without which the document is still enough, but for those in `kept`."""
    for path in _paths(body, (), kept):
        tried = _without(body, path)
        if tried is not None and enough(tried):
            body = tried
    return body


def corrections(table: Table, wanted: Request, given: Request) -> dict[str, Any]:
    """What has to be laid over `given` to get `wanted`; a list that differs is replaced."""
    names = {field.member: field.form.name for field in table
             if isinstance(field.form, Named | Pairs)}  # fmt: skip
    return dict(_corrections(wanted, given, names, ""))


def differences(table: Table, wanted: Request, given: Request) -> tuple[str, ...]:
    """Member paths in which two requests differ, such as `ResourceConfig.InstanceType`."""
    return tuple(_leaves(corrections(table, wanted, given), ""))


def said(value: Any) -> Any:
    """A request without null and empty lists and maps: they say nothing in it."""
    if isinstance(value, Mapping):
        kept = {key: said(item) for key, item in value.items()}
        return {key: item for key, item in kept.items() if item not in (None, {}, [])}
    if isinstance(value, list | tuple):
        return [said(item) for item in value]
    return value


def complete(
    bench: Bench,
    table: Table,
    body: _Body,
    wanted: Request,
    comparable: Callable[[Mapping[str, Any]], Request],
) -> _Body:
    """The document with `api_overrides` for what its other keys cannot say.

    Raises InvalidDocuments when the document is wrong.
    """
    missing = corrections(table, wanted, comparable(bench.request(body)))
    if not missing:
        return body
    return {**body, "api_overrides": missing}


def _corrections(
    wanted: Mapping[str, Any], given: Mapping[str, Any], names: Mapping[str, str], path: str
) -> Iterator[tuple[str, Any]]:
    for key in {**given, **wanted}:
        member = f"{path}.{key}" if path else key
        want, have = wanted.get(key), given.get(key)
        if _ordered(want, names.get(member)) == _ordered(have, names.get(member)):
            continue
        if isinstance(want, Mapping) and isinstance(have, Mapping):
            yield key, dict(_corrections(want, have, names, member))
        else:
            yield key, want


def _ordered(value: Any, name: str | None) -> Any:
    """A list of named things in the order of their names: theirs says nothing."""
    if name is None or not isinstance(value, Sequence):
        return value
    return sorted(value, key=lambda item: json.dumps([item.get(name), item], sort_keys=True))


def _leaves(tree: Mapping[str, Any], path: str) -> Iterator[str]:
    for key, value in tree.items():
        member = f"{path}.{key}" if path else key
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, member)
        else:
            yield member


def _paths(body: Mapping[str, Any], path: Path, kept: frozenset[Path]) -> Iterator[Path]:
    """Every path, a map before what is in it, and again after it: it may be empty by then."""
    for key, value in body.items():
        here = (*path, key)
        if here in kept:
            continue
        yield here
        if isinstance(value, Mapping) and value:
            yield from _paths(value, here, kept)
            yield here


def _without(body: _Body, path: Path) -> _Body | None:
    """The document less one value; None where it is gone already."""
    key, *rest = path
    if key not in body:
        return None
    if not rest:
        return {name: value for name, value in body.items() if name != key}
    if not isinstance(body[key], Mapping):
        return None
    inner = _without(body[key], tuple(rest))
    return None if inner is None else {**body, key: inner}
