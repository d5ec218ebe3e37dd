"""Evidence: what speaks against the lock. Each function compares values and gives findings.

Four witnesses, each by itself: who committed a file (`foreign_touches`), what the file knew before
(`losses`), the record's own parts (`core/consistency.py`), SageMaker and S3 (`contradictions`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from reconciler.core import ownership
from reconciler.core.call import Call
from reconciler.core.deployment import CURRENT, PENDING
from reconciler.core.environment import Environment
from reconciler.core.join import regressions
from reconciler.core.kind import Kind
from reconciler.core.live import Observation
from reconciler.core.ports import StoredObject
from reconciler.core.pricing import billed_instances
from reconciler.core.progress import ENDS, advance
from reconciler.core.record import Record, Run, State
from reconciler.core.repair import Touch
from reconciler.core.resource import Revision

MALFORMED = (TypeError, ValueError, AttributeError, KeyError)
"""What comes of comparing values of another form than the reconciler writes."""


class Witness(StrEnum):
    """What speaks against the lock."""

    AUTHOR = "author"
    """Somebody else than the reconciler committed the file."""
    HISTORY = "history"
    """An earlier commit of the file knew more, or knew otherwise."""
    RECORD = "record"
    """The file contradicts itself, or is not what the reconciler writes."""
    LIVE = "live"
    """SageMaker or S3 says otherwise."""


@dataclass(frozen=True, slots=True, order=True)
class AuditFinding:
    """One thing in the lock that something speaks against."""

    path: str
    """File of the lock."""
    witness: Witness
    message: str
    """One line; may hold hostile text."""
    run: str | None = None
    """Physical name of the run it is about."""
    commit: str | None = None
    """Commit it is about; None for the file as it lies here."""
    put_right: str | None = None
    """Later commit that left the file as the reconciler knows it: the finding is history."""


def written_by_us(touches: Iterable[Touch]) -> frozenset[tuple[str, str | None]]:
    """Path and blob of every version that the reconciler committed."""
    return frozenset((touch.path, touch.blob) for touch in touches if touch.ours and touch.blob)


def foreign_touches(touches: Iterable[Touch]) -> Iterator[AuditFinding]:
    """Commits that wrote a file of the lock and are not the reconciler's.

    A merge that brings on what the reconciler wrote on another branch is none: its bytes are the
    reconciler's. That such bytes are older than what was there is told by `losses`.
    """
    touches = tuple(touches)
    written = written_by_us(touches)
    for touch in touches:
        if not touch.ours and (touch.path, touch.blob) not in written:
            deed = "written" if touch.blob else "removed"
            yield AuditFinding(
                touch.path,
                Witness.AUTHOR,
                f"{deed} by {touch.author}, not by the reconciler",
                commit=touch.commit,
            )


@dataclass(frozen=True, slots=True)
class Version:
    """A file of the lock as one commit left it."""

    commit: str | None
    """None: as it lies in the working tree."""
    record: Record | None
    """None where the file was removed."""
    ours: bool
    """Whether the reconciler wrote these bytes, in this commit or in another one."""


def losses(path: str, versions: Sequence[Version]) -> Iterator[AuditFinding]:
    """What versions of a file lost or changed of what the reconciler wrote; oldest version first.

    Each is held against the newest one before it that is the reconciler's: what puts a loss right
    is none.
    """
    known: Record | None = None
    gone = False
    for version in versions:
        lost: tuple[str, ...] = ()
        if version.record is not None:
            lost = _lost(known, version.record) if known else ()
            known = version.record if version.ours else known
        elif known and not gone:
            lost = ("the record is gone",)
        gone = version.record is None
        for what in lost:
            yield AuditFinding(path, Witness.HISTORY, what, commit=version.commit)


def settled(
    finding: AuditFinding, versions: Sequence[Version], order: Mapping[str, int]
) -> AuditFinding:
    """The finding with the commit that put it right, if one did.

    `versions` are those of its file, oldest first; `order` ranks the commits of the whole lock,
    oldest lowest. Right is what the reconciler wrote and lost nothing of what it knew before; a
    file of which it knew nothing is right once it is gone.
    """
    if finding.commit is None:
        return finding
    at = order[finding.commit]
    ranked = [(order[version.commit], version) for version in versions if version.commit]
    known = [v.record for rank, v in ranked if rank < at and v.ours and v.record]
    for rank, version in ranked:
        if rank > at and _is_right(known[-1] if known else None, version):
            return replace(finding, put_right=version.commit)
    return finding


def _is_right(known: Record | None, version: Version) -> bool:
    if version.record is None:
        return known is None
    return version.ours and (known is None or not _lost(known, version.record))


def _lost(before: Record, after: Record) -> tuple[str, ...]:
    silent = (
        f"run {name}: in_place changed without a new revision"
        for name, run in before.runs.items()
        if name in after.runs and _moved_in_place(run.in_place, after.runs[name].in_place)
    )
    return (*regressions(before, after), *silent)


def _moved_in_place(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> bool:
    """Whether what can change in place did so, but not as the reconciler changes it."""
    if before is None or before == after:
        return False
    return after is None or after["revision"] <= before["revision"]


def wants_proof(run: Run) -> bool:
    """Whether SageMaker must know a run as ours: it was launched, is not in conflict, and we did
    not delete it."""
    known = run.state.rank > 0 and run.state is not State.CONFLICT and run.how is not None
    return known and not run.is_gone


def contradictions(
    record: Record,
    physical_name: str,
    seen: Observation | None,
    stored: StoredObject | None,
    *,
    kind: Kind,
    environment: Environment,
    revision: Revision,
) -> Iterator[str]:
    """In what a run's record differs from a look at it now, in words; nothing if it is proven.

    `seen` is what has the run's own name, with its tags; `stored` is what S3 holds under the URI
    that SageMaker tells.
    """
    run = record.runs[physical_name]
    if seen is None:
        yield "SageMaker does not know it"
        return
    yield from _owner(record, run, seen, environment, revision)
    if run.request is not None:
        call = Call(f"Create{kind.name}", run.request)
        yield from (f"request.{path} differs" for path in kind.same(call, seen))
    if kind.stable:
        # How it stands is told by what serves it.
        yield from _different("how.arn", (run.how or {}).get("arn"), seen.arn)
        return
    state = ENDS.get(seen.phase)
    if run.state.ended and run.state is not state:
        yield f"state is recorded as {run.state}, SageMaker says {seen.status}"
        return
    yield from _told_again(run, seen, stored, environment)


def service_contradictions(
    record: Record, live_name: str, seen: Observation | None, kind: Kind
) -> Iterator[str]:
    """In what a record differs from what is in service now, of a kind that keeps its live name.

    Only the run that was asked for last is spoken of: the ones before it were replaced.
    """
    last = record.last_run()
    if last is None:
        return
    name, run = last
    if seen is None:
        if run.state is State.COMPLETED:
            yield f"{live_name} should serve it, SageMaker does not know {live_name}"
        return
    state = ENDS.get(kind.of_run(name, seen).phase)
    serving = (seen.fields.get(CURRENT), seen.fields.get(PENDING))
    if run.state is State.COMPLETED and name not in serving:
        yield f"{live_name} should serve it, SageMaker says it serves {serving[0]}"
    elif run.state.ended and state is not None and run.state is not state:
        yield f"state is recorded as {run.state}, SageMaker says {live_name} is {seen.status}"


def _owner(
    record: Record, run: Run, seen: Observation, environment: Environment, revision: Revision
) -> Iterator[str]:
    tags = seen.tags or {}
    wanted = ownership.owner_tags(record.name, environment, revision)
    for key, value in {**wanted, ownership.DIGEST: run.digest}.items():
        if tags.get(key) != value:
            yield f"tag {key} should be {value}, SageMaker says {tags.get(key, 'nothing')}"


_TOLD = ("reason", "outcome", "metrics", "artifact", "gates", "how")
"""Sections of a run that follow from a look."""


def _told_again(
    run: Run, seen: Observation, stored: StoredObject | None, environment: Environment
) -> Iterator[str]:
    """What the reconciler would record today, compared with what it recorded.

    Only what is recorded is asked for: the next look adds what is not there yet.
    """
    blank = replace(
        run,
        state=State.LAUNCHED,
        reason=None,
        outcome=None,
        gates=None,
        artifact=None,
        metrics=None,
        how=None,
        cost=None,
    )
    again = advance(blank, seen, environment, stored)
    if run.artifact and not again.artifact:
        yield f"S3 holds nothing under {seen.artifact_uri or run.artifact.get('uri')}"
    for name in _TOLD:
        if name != "artifact" or again.artifact:
            yield from _different(name, getattr(run, name), getattr(again, name))
    # The prices are those of their day, and the amount follows from them; the rest is SageMaker's.
    cost = run.cost or {}
    yield from _different(
        "cost.billable_seconds", cost.get("billable_seconds"), seen.billable_seconds
    )
    yield from _different("cost.instances", cost.get("instances"), billed_instances(seen.fields))


def _different(path: str, recorded: Any, told: Any) -> Iterator[str]:
    if recorded is None or recorded == told:
        return
    if isinstance(recorded, Mapping) and isinstance(told, Mapping):
        for key, value in recorded.items():
            yield from _different(f"{path}.{key}", value, told.get(key))
    else:
        now = "unknown" if told is None else told
        yield f"{path} is recorded as {recorded}, now it is {now}"
