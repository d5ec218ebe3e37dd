"""Looking: where each resource stands, and which run is its newest. Nothing is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reconciler.core.kind import Kind
from reconciler.core.plan import Change, Note, Standing
from reconciler.core.record import Record, Run, State
from reconciler.core.resource import live_name
from reconciler.core.shortfall import lacks_artifact, shortfalls
from reconciler.errors import ReconcilerError
from reconciler.reconcile.context import Context
from reconciler.reconcile.planning import View, read, view


class NothingRecorded(ReconcilerError):
    """No run of that name and version is in the lock."""


@dataclass(frozen=True, slots=True)
class StatusLine:
    """Where one run stands; or a resource that has none."""

    name: str
    kind: str
    version: int | None
    physical_name: str | None
    state: State | None
    """None when it was never launched."""
    status: str | None = None
    """SageMaker's own word, where somebody looked."""
    stage: str | None = None
    seconds: float | None = None
    """How long it ran, or has run so far; once known."""
    metrics: Mapping[str, str] = field(default_factory=dict)
    artifact_uri: str | None = None
    gates: Mapping[str, Any] | None = None
    """The verdict of the gates, once there is one."""
    reason: str | None = None
    standing: str | None = None
    """What the plan says about it: `in sync`, `launch`, `stale`, …"""
    word: str | None = None
    """The state in the words of its kind: `in service`, `created`, `deleted`; None without one."""
    deleted: bool = False
    shortfalls: tuple[str, ...] = ()
    """What a completed run did not leave: its artifact, a metric."""
    lacks_artifact: bool = False


def status(
    context: Context, *, names: Sequence[str] = (), every: bool = False, offline: bool = False
) -> tuple[StatusLine, ...]:
    """One line for each resource's newest run; with `every`, one for each run in the lock."""
    known = read(context, names=names)
    cloud = None if offline else context.checked_cloud(known[1].environment)
    seen = view(context, cloud, names=names, known=known)
    return tuple(_lines(context, seen, names, every))


def _lines(context: Context, seen: View, names: Sequence[str], every: bool) -> Iterator[StatusLine]:
    notes = seen.plan.notes
    orphans = {note.physical_name for note in notes if note.standing is Standing.ORPHANED}
    items: list[Change | Note] = [*seen.plan.changes, *notes]
    # What is done now comes first, and what follows it last.
    standings = {
        item.name: _standing(item) for item in reversed(items) if item.physical_name not in orphans
    }
    versions = {name: resource.version for name, resource in seen.desired.resources.items()}
    kinds = {name: resource.kind.name for name, resource in seen.desired.resources.items()}
    for name in sorted({*seen.records, *versions}):
        if names and name not in names:
            continue
        record = seen.records.get(name)
        runs = _runs(record, every) if record else []
        if record is None or not runs:
            yield StatusLine(
                name,
                kinds.get(name, record.kind if record else ""),
                versions.get(name),
                physical_name=None,
                state=None,
                standing=standings.get(name),
            )
            continue
        for physical_name, _ in runs:
            told = Standing.ORPHANED if physical_name in orphans else standings.get(name)
            yield _line(seen, record, physical_name, told, context.kinds[record.kind])


def _runs(record: Record, every: bool) -> list[tuple[str, Run]]:
    ordered = sorted(record.runs.items(), key=lambda pair: (pair[1].version, pair[1].attempt))
    if every:
        return ordered
    last = record.last_run()
    moving = [pair for pair in ordered if pair[1].state is State.LAUNCHED and pair != last]
    return [*moving, last] if last else ordered[-1:]


def _standing(item: Change | Note) -> str:
    return item.action.value if isinstance(item, Change) else item.standing.value


def _line(
    view: View, record: Record, physical_name: str, standing: str | None, kind: Kind
) -> StatusLine:
    run = record.runs[physical_name]
    name = live_name(kind, view.desired.environment, record.name, physical_name)
    # What a stable name shows is of its last run, or of one that moves.
    newest = (physical_name, run) == record.last_run() or run.state is State.LAUNCHED
    seen = view.live.get(name) if newest or not kind.stable else None
    absent = newest and name in view.live and seen is None
    return StatusLine(
        name=record.name,
        kind=record.kind,
        version=run.version,
        physical_name=physical_name,
        state=run.state,
        status=seen.status if seen else None,
        stage=seen.stage if seen else None,
        seconds=run.seconds if run.state.ended or not seen else seen.training_seconds,
        metrics=seen.metrics if seen and not run.metrics else (run.metrics or {}),
        artifact_uri=(run.artifact or {}).get("uri"),
        gates=run.gates,
        reason=run.reason,
        standing=standing,
        word=_word(run, kind, newest=newest, absent=absent),
        deleted=run.is_gone,
        shortfalls=shortfalls(run, kind),
        lacks_artifact=lacks_artifact(run, kind),
    )


def _word(run: Run, kind: Kind, *, newest: bool, absent: bool) -> str:
    if run.is_gone:
        return "deleted"
    if run.state is not State.COMPLETED or kind.makes_artifact:
        return run.state.value
    if absent:
        return "not there"
    if not kind.stable:
        return "created"
    return "in service" if newest else "replaced"


def run_of(context: Context, name: str, version: int | None) -> tuple[str, Record, Run]:
    """The newest run of a resource, or the one that answers a version."""
    snapshot, _ = read(context, names=[name])
    record = snapshot.records.get(name)
    physical_name = None
    if record is not None:
        last = record.last_run()
        physical_name = record.run_of_version(version) if version else last and last[0]
    if record is None or physical_name is None or physical_name not in record.runs:
        versions = ", ".join(str(known) for known in sorted(record.versions)) if record else ""
        raise NothingRecorded(
            f"no run of {name}{f'@{version}' if version else ''} is recorded in"
            f" {context.environment}",
            advice=f"recorded versions: {versions}"
            if versions
            else f"see: reconciler status -e {context.environment}",
        )
    return physical_name, record, record.runs[physical_name]
