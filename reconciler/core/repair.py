"""Repair: what the lock says when only the reconciler's own commits count.

A lock is what the reconciler committed. Whatever else happened to its files (edited, removed,
added, rolled back, lost in a merge) is a finding, and the record is the join of the versions that
the reconciler committed. Where all is well, no older version has to be read for this.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import takewhile

from reconciler.core.join import join
from reconciler.core.record import Record


@dataclass(frozen=True, slots=True)
class Touch:
    """One commit that wrote or removed the file of one record."""

    path: str
    blob: str | None
    """Git's id of what was written; None when the file was removed."""
    commit: str
    author: str
    """`Name <address>`: hostile text."""
    ours: bool
    """Whether the reconciler made the commit."""


def of_path(touches: Iterable[Touch]) -> dict[str, list[Touch]]:
    """The touches of each path, in the order in which they came."""
    sorted_out: dict[str, list[Touch]] = {}
    for touch in touches:
        sorted_out.setdefault(touch.path, []).append(touch)
    return sorted_out


def newest_version(touches: Sequence[Touch]) -> str | None:
    """Blob of the newest version that the reconciler committed; `touches` of one path, newest
    first. A removal is no version: the reconciler removes only what it never wrote."""
    return next((touch.blob for touch in touches if touch.ours and touch.blob), None)


def versions(touches: Iterable[Touch]) -> tuple[str, ...]:
    """Blobs of all versions that the reconciler committed, each once."""
    return tuple(dict.fromkeys(touch.blob for touch in touches if touch.ours and touch.blob))


def restored(known: Iterable[Record]) -> Record | None:
    """The record that knows what any of its versions knew; None if there is no version."""
    records = list(known)
    return reduce(join, records) if records else None


def findings(path: str, touches: Sequence[Touch]) -> tuple[str, ...]:
    """What others did to a file since the reconciler last wrote it, in words; `touches` are
    those of the path, newest first."""
    newest = newest_version(touches)
    since = list(takewhile(lambda touch: not (touch.ours and touch.blob), touches))
    deeds = tuple(
        f"{path}: {_deed(touch, newest)} in {touch.commit[:10]} by {touch.author}"
        for touch in since
        if not touch.ours
    )
    return deeds or (f"{path}: not as the reconciler last recorded it; its branch was set back",)


def _deed(touch: Touch, newest: str | None) -> str:
    if touch.blob is None:
        return "removed"
    return "added" if newest is None else "changed"


def expected(touches: Iterable[Touch]) -> Mapping[str, str]:
    """Blob of the newest version of each path that has one; `touches` newest first."""
    found = {path: newest_version(group) for path, group in of_path(touches).items()}
    return {path: blob for path, blob in found.items() if blob is not None}
