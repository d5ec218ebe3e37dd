"""What is stale in an environment by the documents of the working tree, and because of what."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from reconciler.core.desired import resolve
from reconciler.core.documents import Documents
from reconciler.core.files import Files
from reconciler.core.lock import named_elsewhere
from reconciler.core.plan import Note, Standing
from reconciler.core.planner import make_plan
from reconciler.core.ports import Records
from reconciler.errors import Problem
from reconciler.kinds import KINDS

_FOLDERS = re.compile(r"(?:code|data): (?P<folders>.+) moved")
_FILE = re.compile(r".* changed in (?P<file>.+):[0-9]+|(?P<gone>.+) is no longer inherited")
_INPUT = re.compile(r"input (?P<input>.+) moved")


def stale_notes(
    documents: Documents, files: Files, environment: str, records: Records
) -> tuple[tuple[Note, ...], tuple[Problem, ...]]:
    """Notes on all stale resources, and the problems that hide whether others are.

    The documents are those of the working tree: what was raised there already is not stale.
    """
    desired = resolve(documents, files, environment, KINDS)
    elsewhere = named_elsewhere(desired, files)
    plan = make_plan(desired, records, {}, KINDS, offline=True, elsewhere=elsewhere)
    stale = tuple(note for note in plan.notes if note.standing is Standing.STALE)
    return stale, plan.problems


def names_cause(note: Note, cause: str) -> bool:
    """Whether a file, a folder or an input is among what made a resource stale.

    A file counts where a folder that holds it moved, and a folder where a file in it did.
    """
    wanted = posixpath.normpath(cause)
    return any(
        found == wanted or _below(wanted, found) or _below(found, wanted)
        for text in note.causes
        for found in _named(text)
    )


def _named(cause: str) -> Iterator[str]:
    """What a cause of `core.staleness.causes` names."""
    if folders := _FOLDERS.fullmatch(cause):
        yield from map(posixpath.normpath, folders["folders"].split(", "))
    elif file := _FILE.fullmatch(cause):
        yield file["file"] or file["gone"]
    elif moved := _INPUT.fullmatch(cause):
        yield moved["input"]


def _below(path: str, folder: str) -> bool:
    return folder == "." or path.startswith(f"{folder}/")
