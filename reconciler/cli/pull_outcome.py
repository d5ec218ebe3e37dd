"""What became of a pull request: of each row of its plan, and of what ran or is held beside.

It follows from the lock and the report of an apply; `cli.reporting` tells it. What a row is about
is its content, by digest: another version of the same name is the matter of another pull request.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.core.approval import Approved
from reconciler.core.ports import Records
from reconciler.core.record import Record, Run, State
from reconciler.core.spending import Spent, attempts_at, spent
from reconciler.kinds import KINDS
from reconciler.render.markdown_outcome import OutcomeEntry

_DELETIONS = ("delete", "deferred delete")
"""Actions of approved rows that take something away."""

_PAID = ("launch", "deferred", "adopt")
"""Those whose run was paid for by them; what is used again was paid for before."""


@dataclass(frozen=True, slots=True)
class _Subject:
    """One content of one resource."""

    name: str
    version: int | None
    digest: str
    """Its digest, or its first 16 digits or more; empty where it is not known."""
    action: str = "launch"
    """That of its approved row."""
    cost_bound: str | None = None

    def is_of(self, digest: str, version: object) -> bool:
        """Whether this is the content of a digest or, where none is known, of a version."""
        if self.digest and digest:
            return digest.startswith(self.digest)
        return version == self.version


@dataclass(frozen=True, slots=True)
class Known:
    """What is known after an apply."""

    records: Records
    report: Mapping[str, Any]
    """`reconciler/report/v1`."""

    @property
    def notes(self) -> Sequence[Mapping[str, Any]]:
        """The notes of the last plan."""
        plan = self.report["plan"]
        return plan["notes"] if plan else ()

    @property
    def held(self) -> Sequence[Mapping[str, Any]]:
        """Those that say what is held."""
        return [note for note in self.notes if note["code"]]

    def outcome(
        self, number: int, rows: Iterable[Approved], held: Iterable[Mapping[str, Any]]
    ) -> Iterator[OutcomeEntry]:
        """What became of the rows of a pull request's plan, and of what else ran for it, or is
        `held` (notes) and came with it."""
        subjects = [
            _Subject(row.name, row.version, row.digest, row.action, row.cost_bound) for row in rows
        ]
        for other in (*self._launched_for(number), *map(_subject_of, held)):
            same = (s for s in subjects if s.name == other.name)
            if not any(subject.is_of(other.digest, other.version) for subject in same):
                subjects.append(other)
        for subject in sorted(subjects, key=lambda s: (s.name, s.version or 0)):
            entry = self._entry(subject)
            if entry is not None:
                yield entry

    def _launched_for(self, number: int) -> Iterator[_Subject]:
        """The last run of each resource that was launched for a pull request."""
        for name, record in self.records.items():
            asked = [run for run in record.runs.values() if pull_request_of(run) == number]
            if asked:
                last = max(asked, key=lambda run: (run.version, run.attempt))
                yield _Subject(name, last.version, last.digest)

    def _entry(self, subject: _Subject) -> OutcomeEntry | None:
        """None for a row that nothing is known of."""
        record = self.records.get(subject.name)
        run = _run_of(record, subject)
        note = self._note_on(subject)
        held = note is not None and bool(note["code"])
        deletes = subject.action in _DELETIONS
        waits = deletes and run is not None and not run.is_gone
        said = [*_said(note if held or waits or run is None else None), *self._failed(subject)]
        instead = None if run or said else self._instead(subject)
        if run is None and not said and instead is None:
            return None
        return OutcomeEntry(
            subject.name,
            subject.version,
            run=run,
            message="; ".join(said),
            held=held,
            deletes=deletes,
            superseded_by=instead,
            cost_bound=subject.cost_bound,
            spent=_spent(record, run) if record and run and subject.action in _PAID else None,
        )

    def _note_on(self, subject: _Subject) -> Mapping[str, Any] | None:
        """What the plan says of a content; that it is held before anything else."""
        found = [
            note for note in self.notes
            if note["name"] == subject.name and subject.is_of(note["digest"], note["version"])
        ]  # fmt: skip
        return min(found, key=lambda note: not note["code"], default=None)

    def _failed(self, subject: _Subject) -> Iterator[str]:
        """What failed without an end."""
        for row in self.report["outcomes"]:
            if (row["name"], row["version"]) == (subject.name, subject.version) and (
                row["state"] in (None, State.INTENT.value)
            ):
                yield row["message"]

    def _instead(self, subject: _Subject) -> str | None:
        """What the documents ask for in the place of a content that never ran; None if nothing."""
        plan = self.report["plan"] or {"changes": (), "notes": ()}
        asked = [*plan["changes"], *(n for n in plan["notes"] if n["standing"] != "orphaned")]
        versions = [row["version"] for row in asked if row["name"] == subject.name]
        known = [version for version in versions if version is not None]
        if not known:
            return None
        newest = max(known)
        return "other content" if newest == subject.version else f"version {newest}"


def pull_request_of(run: Run) -> int | None:
    """Number of the pull request that a run was launched for, as far as its record tells."""
    number = (run.who or {}).get("pull_request")
    return number if isinstance(number, int) else None


def _spent(record: Record, run: Run) -> Spent | None:
    """None for a kind whose runs are not what is paid."""
    paid = record.kind in KINDS and KINDS[record.kind].paid_runs
    return spent(attempts_at(record, run)) if paid else None


def _subject_of(note: Mapping[str, Any]) -> _Subject:
    return _Subject(note["name"], note["version"], note["digest"])


def _said(note: Mapping[str, Any] | None) -> Iterator[str]:
    if note is not None:
        yield f"{note['code']}: {note['message']}" if note["code"] else note["message"]


def _run_of(record: Record | None, subject: _Subject) -> Run | None:
    """The run of a content: the one that answers the version, else the last attempt."""
    if record is None:
        return None
    answer = record.run_of_version(subject.version) if subject.version is not None else None
    same = {
        name: run
        for name, run in record.runs.items()
        if run.digest.startswith(subject.digest) and (subject.digest or name == answer)
    }
    if answer in same:
        return same[answer]
    return max(same.values(), key=lambda run: run.attempt, default=None)
