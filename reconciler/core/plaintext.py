"""Bytes to text that a reviewer sees as it is: bounded, UTF-8, nothing hidden in it.

Stands before `core/document.py`.
"""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.core.scalars import HOSTILE
from reconciler.errors import InvalidDocuments, Place, Problem

MAX_BYTES = 256 * 1024
MAX_PROBLEMS = 20
"""After so many problems the rest of a document is not read."""

SPLIT = "split the document, or keep the data in a file that the job reads"


def decode(data: bytes, path: str) -> str:
    """Give the text of a document without byte order mark and carriage returns.

    Raises InvalidDocuments: E003 over MAX_BYTES, E004 for what is not UTF-8 or not visible.
    """
    if len(data) > MAX_BYTES:
        message = f"the document has {len(data)} bytes; at most {MAX_BYTES} are read"
        raise InvalidDocuments((Problem("E003", message, Place(path, 1, 1), SPLIT),))
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig", "replace").split("\n")
        place = Place(path, len(before), len(before[-1]) + 1)
        problem = Problem("E004", "this is not UTF-8 text", place, "save the file as UTF-8")
        raise InvalidDocuments((problem,)) from error
    problems = tuple(_hostile_characters(text, path))
    if problems:
        raise InvalidDocuments(problems)
    return text


def hostile_character(character: str, place: Place) -> Problem:
    """Say that a character is not allowed."""
    message = f"the character U+{ord(character):04X} is not allowed: it can hide what is written"
    return Problem("E004", message, place, "remove it")


def _hostile_characters(text: str, path: str) -> Iterator[Problem]:
    for number, match in enumerate(HOSTILE.finditer(text), 1):
        column = match.start() - text.rfind("\n", 0, match.start())
        line = text.count("\n", 0, match.start()) + 1
        yield hostile_character(match[0], Place(path, line, column))
        if number == MAX_PROBLEMS:
            return
