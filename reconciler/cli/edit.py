"""Edits of documents in place: a few characters are put in, every other byte stays.

A command says what is to stand where; `edited` makes the new text and holds it against what was
meant by reading it again, before anything is written.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reconciler.cli.names import unknown_name
from reconciler.core.document import read
from reconciler.core.documents import Documents, Parsed
from reconciler.core.nodes import MapNode, Node, ScalarNode, place_of, plain
from reconciler.core.scalars import Integer
from reconciler.errors import InvalidDocuments, Place, ReconcilerError
from reconciler.render.inert import inert
from reconciler.render.theme import Theme

BY_HAND = "edit the document by hand"


class NotEditable(ReconcilerError):
    """The value cannot be written where it stands."""


@dataclass(frozen=True, slots=True)
class Step:
    """One value that an edit writes."""

    what: str
    """What it is, in a word; empty for the version, which people see beside the name."""
    before: object
    """None where there was none."""
    after: object


@dataclass(frozen=True, slots=True)
class Edit:
    """A document with some values written."""

    name: str
    path: str
    steps: tuple[Step, ...]
    text: bytes


@dataclass(frozen=True, slots=True)
class Splice:
    """A stretch of one line, and what stands there instead. Line and column count from 1."""

    line: int
    column: int
    width: int
    text: str


class Source:
    """The lines of a document, as places of the reader count them."""

    def __init__(self, data: bytes) -> None:
        text = data.decode("utf-8")
        self._mark = "\ufeff" if text.startswith("\ufeff") else ""
        self._lines = text.removeprefix(self._mark).splitlines(keepends=True)
        self._line_end = "\r\n" if self._lines and self._lines[0].endswith("\r\n") else "\n"

    def line(self, number: int) -> str:
        """A line without its end."""
        return self._lines[number - 1].rstrip("\r\n")

    def is_flow(self, node: Node) -> bool:
        """Whether a map or list is written in brackets."""
        return self.line(node.place.line)[node.place.column - 1] in "{["

    def below(self, line: int, indent: int, text: str) -> Splice:
        """A new line below another one."""
        end = len(self.line(line)) + 1
        return Splice(line, end, 0, self._line_end + " " * indent + text)

    def spliced(self, splices: Sequence[Splice]) -> bytes:
        """The whole text with all splices made; at most one puts something in at one point."""
        lines = list(self._lines)
        # From the end, so that places stay true; at one point what replaces comes before what is
        # put in.
        for splice in sorted(splices, key=_position, reverse=True):
            line, start = lines[splice.line - 1], splice.column - 1
            lines[splice.line - 1] = line[:start] + splice.text + line[start + splice.width :]
        return (self._mark + "".join(lines)).encode("utf-8")


def _position(splice: Splice) -> tuple[int, int, int]:
    return splice.line, splice.column, splice.width


def instead(place: Place, text: str) -> Splice:
    """Something else in a place."""
    return Splice(place.line, place.column, place.width, text)


def after(place: Place, text: str) -> Splice:
    """Something right after a place."""
    return Splice(place.line, place.column + place.width, 0, text)


def edited(
    documents: Documents,
    document: Parsed,
    splices: Sequence[Splice],
    steps: Sequence[Step],
    meant: Callable[[dict[str, Any]], Mapping[str, Any]],
) -> Edit:
    """The document with the splices made; `meant` gives its plain values from those of today.

    Raises NotEditable when the new text, read again, would say anything else.
    """
    before = documents.texts[document.path]
    text = Source(before).spliced(splices)
    try:
        said = plain(read(text, document.path))
    except InvalidDocuments:
        said = None
    if said != meant(plain(read(before, document.path))):
        raise NotEditable(
            f"{document.path} is written in a way that cannot be edited in place", advice=BY_HAND
        )
    return Edit(str(document.name), document.path, tuple(steps), text)


def raised(documents: Documents, name: str, recorded: int) -> Edit:
    """The document of a resource with the next `version`: one above its own, and above the highest
    `recorded` one where it was lowered.

    Raises UnknownName, NotEditable if it says no version, InvalidDocuments if it cannot be read.
    """
    document = find(documents, name)
    number, place = version_of(document)
    following = max(number, recorded) + 1
    splices = [instead(place, str(following))]
    steps = [Step("", number, following)]
    return edited(documents, document, splices, steps, lambda old: {**old, "version": following})


def find(documents: Documents, name: str) -> Parsed:
    """The document of a resource. Raises UnknownName, or InvalidDocuments if it cannot be read."""
    if name in documents.resources:
        return documents.resources[name]
    if documents.problems and (documents.broken or name in documents.refused):
        raise InvalidDocuments(documents.problems)
    raise unknown_name(name, documents.resources)


def version_of(document: Parsed) -> tuple[int, Place]:
    """The version of a document and where it stands. Raises NotEditable if it says none."""
    if "version" not in document.node.entries:
        raise NotEditable(
            f"{document.path} says no version", advice="write `version: 1` below `name:`"
        )
    return number_at(document.node, "version", document.path)


def below_version(document: Parsed, source: Source, text: str) -> Splice:
    """A new entry of the document right below its version. Raises NotEditable if it says none."""
    place = version_of(document)[1]
    if source.is_flow(document.node):
        return after(place, f", {text}")
    indent = document.node.entries["version"].key_place.column - 1
    return source.below(place.line, indent, text)


def number_at(node: MapNode, key: str, path: str) -> tuple[int, Place]:
    """A whole number from 1 under a key. Raises NotEditable for anything else."""
    value = node.entries[key].node
    if not isinstance(value, ScalarNode) or not isinstance(value.value, Integer) or value.value < 1:
        line = place_of(node, (key,), key=True).line
        raise NotEditable(
            f"{path}:{line}: `{key}` is not a whole number from 1",
            advice=f"write one, such as `{key}: 1`",
        )
    return int(value.value), value.place


def steps_text(edit: Edit, theme: Theme) -> str:
    """`digits 3 → 4, run – → 2  jobs/digits.yaml` and a newline."""
    signs = theme.symbols
    steps = (
        f"{step.what} {signs.absent if step.before is None else step.before}"
        f" {signs.arrow} {step.after}"
        for step in edit.steps
    )
    told = ", ".join(step.strip() for step in steps)
    return f"{edit.name} {inert(told)}  {inert(edit.path)}\n"


def write_all(root: Path, edits: Sequence[Edit]) -> None:
    """Write the documents of all edits; `root` is the top folder of the repository."""
    for edit in edits:
        replace_file(root / edit.path, edit.text)


def replace_file(path: Path, text: bytes) -> None:
    """Write a file so that it holds either the old content or the new, never a part."""
    staging = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        staging.write_bytes(text)
        staging.chmod(path.stat().st_mode)
        staging.replace(path)
    finally:
        staging.unlink(missing_ok=True)
