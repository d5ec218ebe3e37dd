"""Approval: what a plan shows of each thing that an apply may start, end or change.

Whoever approved the plan approved these rows. They go along with it as JSON and, shortened and
hidden, in the comment on a pull request.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reconciler.core.plan import Action, Change, Note, Plan, Standing

RUNNING = "running"
"""The word for what may be launched again if it fails."""
DEFERRED = {
    Action.LAUNCH: "deferred",
    Action.STOP: "deferred stop",
    Action.DELETE: "deferred delete",
}
"""The word for what is due later, by what is done then."""


@dataclass(frozen=True, slots=True)
class Approved:
    """One row of a plan that was approved."""

    action: str
    """Value of an `Action`; `deferred` for what was going to be launched after its inputs or when a
    limit lets it, `deferred delete` for what that replaces, `running` for what may get another
    attempt."""
    kind: str
    name: str
    version: int | None
    digest: str = ""
    """Digest of the content, or its first 16 digits or more; empty where it was not known."""
    change_digest: str = ""
    """`Change.change_digest`, or its first 16 digits or more; empty for a deferred one."""
    cost_bound: str | None = None
    """The most that it was going to cost, such as `$1.11`."""
    images: tuple[str, ...] = ()
    """`sha256:…` of its images, or their first 16 digits or more; empty text for one that the
    plan could not tell."""
    attempts: int = 1
    """How often the content was going to be launched at most."""
    terms: str = ""
    """`Resource.terms`, or its first 16 digits or more."""
    shown: int = 0
    """Since when its pull request shows it, in seconds of Unix time; 0 where there is none."""
    late: bool = False
    """Whether that was after the pull request was approved."""


def rows_of(plan: Plan) -> Iterator[Approved]:
    """A row of each change, of what waits, and of what runs and may run again."""
    yield from map(_row_of_change, plan.changes)
    for note in plan.notes:
        if note.may_be_due:
            waits = note.standing in (Standing.DEFERRED, Standing.HELD)
            yield _row_of_note(note, DEFERRED[note.then] if waits else RUNNING)


def _row_of_change(change: Change) -> Approved:
    return Approved(
        change.action.value,
        change.kind,
        change.name,
        change.version,
        change.digest,
        change.change_digest,
        change.cost_bound,
        images=tuple(image.digest or "" for image in change.images),
        attempts=change.attempts,
        terms=change.terms,
    )


def _row_of_note(note: Note, word: str) -> Approved:
    return Approved(
        word,
        note.kind,
        note.name,
        note.version,
        note.digest,
        cost_bound=note.cost_bound,
        attempts=note.attempts,
        terms=note.terms,
    )
