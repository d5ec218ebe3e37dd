"""Progress of runs, for a person who waits: what moved, what ended."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.core.gates import failed, gates_failed
from reconciler.core.kind import Kind
from reconciler.core.plan import Plan, Standing
from reconciler.core.ports import Records
from reconciler.core.record import Run, State
from reconciler.core.shortfall import shortfalls
from reconciler.reconcile.context import Context, OutcomeLine
from reconciler.reconcile.events import EventType
from reconciler.reconcile.planning import View


def ended_lines(before: Records, after: Records, context: Context) -> Iterator[OutcomeLine]:
    """An outcome (and an event) for each run that this pass saw end."""
    for name, record in after.items():
        for physical_name, run in record.runs.items():
            earlier = before[name].runs.get(physical_name) if name in before else None
            if not run.state.ended or (earlier is not None and earlier.state.ended):
                continue
            message = _ending(run, context.kinds[record.kind])
            data = {
                "state": run.state.value,
                "reason": run.reason,
                "artifact": (run.artifact or {}).get("uri"),
                "metrics": dict(run.metrics or {}),
                "seconds": (run.how or {}).get("training_seconds"),
                "physical_name": physical_name,
            }
            context.tell(EventType.ENDED, name, version=run.version, message=message, **data)
            ok = run.state is State.COMPLETED and not failed(run.gates)
            yield OutcomeLine(
                name, record.kind, run.version, physical_name, run.state, message, ok, run
            )


def _ending(run: Run, kind: Kind) -> str:
    if run.state is not State.COMPLETED:
        return f"{run.state.value}: {run.reason}" if run.reason else run.state.value
    if failed(run.gates):
        return f"completed, {gates_failed(run.gates)}"
    if not kind.makes_artifact:
        return "in service" if kind.stable else "created"
    lacking = shortfalls(run, kind)
    return "completed" + (f", but {', and '.join(lacking)}" if lacking else "")


def tell_progress(context: Context, seen: View, before: Records) -> None:
    """An event for each run that is under way."""
    for physical_name, observation in seen.live.items():
        if observation is None:
            continue
        for name, record in seen.records.items():
            run = record.runs.get(physical_name)
            if run is not None and run.state is State.LAUNCHED:
                context.tell(
                    EventType.PROGRESS,
                    name,
                    version=run.version,
                    message=observation.stage or observation.status,
                    status=observation.status,
                    stage=observation.stage,
                    metrics=dict(observation.metrics),
                    started=observation.times.get("started"),
                    created=observation.times.get("created"),
                    limit_seconds=_limit(run),
                    physical_name=physical_name,
                )


def tell_notes(context: Context, plan: Plan) -> None:
    """An event for each resource that waits or is held back."""
    for note in plan.notes:
        if note.standing is Standing.DEFERRED:
            context.tell(EventType.WAITING, note.name, version=note.version, message=note.message)
        elif note.code or note.standing is Standing.CONFLICT:
            context.tell(
                EventType.HELD,
                note.name,
                version=note.version,
                message=note.message,
                code=note.code,
                help=note.help,
            )


def _limit(run: Run) -> int | None:
    condition = (run.request or {}).get("StoppingCondition", {})
    value = condition.get("MaxRuntimeInSeconds")
    return value if isinstance(value, int) else None
