"""Edits of documents in place: one scalar is replaced, every other byte stays."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from reconciler.cli.names import unknown_name
from reconciler.core.document import read
from reconciler.core.documents import Documents, Parsed
from reconciler.core.nodes import Entry, MapNode, ScalarNode, node_at, plain
from reconciler.core.scalars import Integer
from reconciler.errors import InvalidDocuments, Place, ReconcilerError


class NotEditable(ReconcilerError):
    """The value cannot be raised where it stands."""


@dataclass(frozen=True, slots=True)
class Edit:
    """A document with its version raised."""

    name: str
    path: str
    before: int
    after: int
    text: bytes


def raised(documents: Documents, name: str) -> Edit:
    """The document of a resource with `version` one higher.

    Raises UnknownName, NotEditable if it says no version, InvalidDocuments if it cannot be read.
    """
    document = _find(documents, name)
    entry = document.node.entries.get("version")
    if entry is None:
        raise NotEditable(
            f"{document.path} says no version", advice="write `version: 1` below `name:`"
        )
    number, place = _number(entry, document.path)
    before = documents.texts[document.path]
    after = _replaced(before, place, str(number + 1))
    if not _only_version_rose(before, after, document.path, number + 1):
        raise NotEditable(f"{place}: the version cannot be raised in place", advice="edit it")
    return Edit(name, document.path, number, number + 1, after)


def replace_file(path: Path, text: bytes) -> None:
    """Write a file so that it holds either the old content or the new, never a part."""
    staging = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        staging.write_bytes(text)
        staging.chmod(path.stat().st_mode)
        staging.replace(path)
    finally:
        staging.unlink(missing_ok=True)


def _find(documents: Documents, name: str) -> Parsed:
    if name in documents.resources:
        return documents.resources[name]
    if documents.problems and (documents.broken or name in documents.refused):
        raise InvalidDocuments(documents.problems)
    raise unknown_name(name, documents.resources)


def _number(entry: Entry, path: str) -> tuple[int, Place]:
    node = entry.node
    if not isinstance(node, ScalarNode) or not isinstance(node.value, Integer) or node.value < 1:
        raise NotEditable(
            f"{path}:{entry.key_place.line}: `version` is not a whole number from 1",
            advice="write one, such as `version: 1`",
        )
    return int(node.value), node.place


def _replaced(text: bytes, place: Place, number: str) -> bytes:
    """The text with the stretch of one line replaced; ends of lines stay as they are."""
    lines = text.decode("utf-8").splitlines(keepends=True)
    line = lines[place.line - 1]
    start = place.column - 1
    lines[place.line - 1] = line[:start] + number + line[start + place.width :]
    return "".join(lines).encode("utf-8")


def _only_version_rose(before: bytes, after: bytes, path: str, version: int) -> bool:
    """Whether the edit did what it should, by reading both texts again."""
    old, new = read(before, path), read(after, path)
    expected = {**_plain(old), "version": version}
    found = node_at(new, ("version",))
    return found is not None and _plain(new) == expected


def _plain(node: MapNode) -> dict[str, object]:
    return dict(plain(node))
