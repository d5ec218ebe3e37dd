"""Stopping and deleting: the only place that ends anything, and the guard before it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from reconciler.core import ownership
from reconciler.core.environment import Environment
from reconciler.core.live import Phase
from reconciler.core.lock import path_of
from reconciler.core.plan import Change, Plan
from reconciler.core.ports import Cloud, Records
from reconciler.core.record import Record, Run, State
from reconciler.core.resource import Revision, live_name
from reconciler.errors import ReconcilerError
from reconciler.reconcile.context import Context, OutcomeLine, Report
from reconciler.reconcile.observing import Looker
from reconciler.reconcile.planning import read


class NotOurs(ReconcilerError):
    """The thing under a recorded name does not carry our tags and digest."""

    code = "E312"


class NothingToStop(ReconcilerError):
    """There is no run of that name and version that could be stopped."""


def stop_ours(
    physical_name: str,
    record: Record,
    cloud: Cloud,
    context: Context,
    *,
    environment: Environment,
    revision: Revision,
    unless: Callable[[], bool] = lambda: False,
) -> None:
    """Stop a recorded run whose tags say that it is ours with the recorded digest.

    Raises NothingToStop or NotOurs.
    """
    kind = context.kinds[record.kind]
    seen = Looker(cloud, context.kinds).look(kind, physical_name, tags=True)
    if seen is None or seen.phase is not Phase.PROGRESSING:
        raise NothingToStop(f"{physical_name} is not running on SageMaker")
    ours = ownership.is_ours(seen.tags, record.name, environment, revision)
    if not ours or (seen.tags or {}).get(ownership.DIGEST) != record.runs[physical_name].digest:
        raise NotOurs(
            f"{physical_name} does not carry this repository's tags and digest; it was not stopped",
            advice="see who owns it: aws sagemaker list-tags --resource-arn " + seen.arn,
        )
    if unless():
        raise NothingToStop(f"{physical_name} is wanted again; it was not stopped")
    cloud.send(kind.stop(physical_name))


def delete_ours(change: Change, record: Record, cloud: Cloud, context: Context, plan: Plan) -> str:
    """Delete what a change names, if its tags say that it is ours. Absent is as good as deleted.

    Gives in words what is gone: of a thing that was replaced, only its old form is. Raises
    NotOurs. There is no such change for a training job.
    """
    kind = context.kinds[record.kind]
    looker = Looker(cloud, context.kinds)
    name = live_name(kind, plan.environment, record.name, change.physical_name)
    in_service = kind.stable and change.calls == kind.delete_live(name)
    seen = (
        looker.look(kind, name, tags=True)
        if in_service
        else looker.look_at_run(kind, change.physical_name)
    )
    noun = "configuration" if kind.stable else kind.name.lower()
    told = "deleted" if in_service else f"old {noun} {change.physical_name} deleted"
    if seen is None:
        return told
    if not ownership.is_ours(seen.tags, record.name, plan.environment, plan.revision):
        raise NotOurs(f"{name} does not carry this repository's tags; it was not deleted")
    for call in change.calls:
        cloud.send(call)
    return told


def stop(
    context: Context, name: str, version: int | None = None, *, by: str | None = None
) -> Report:
    """Stop the running run of a resource (of one version of it), and record `by` whom; None
    records nobody. The lock learns of the end by the next look. Raises NothingToStop or NotOurs;
    a lock that cannot be written is an outcome."""
    snapshot, desired = read(context, names=[name])
    record = snapshot.records.get(name)
    found = _running(record, version) if record else None
    if record is not None and not context.kinds[record.kind].paid_runs:
        raise NothingToStop(
            f"{name} is of the kind {record.kind}, which does not stop",
            advice="it ends with its document: `on_delete: delete`",
        )
    if record is None or found is None:
        what = f"{name}@{version}" if version else name
        raise NothingToStop(
            f"no running run of {what} is recorded in {context.environment}",
            advice=f"see what is: reconciler status -e {context.environment}",
        )
    physical_name, run = found
    cloud = context.checked_cloud(desired.environment)
    stop_ours(
        physical_name,
        record,
        cloud,
        context,
        environment=desired.environment,
        revision=desired.revision,
    )
    recorded, trouble = _recorded_who(context, record, physical_name, by) if by else ((), "")
    message = "asked to stop" + (f"; who asked is not recorded: {trouble}" if trouble else "")
    line = OutcomeLine(
        name, record.kind, run.version, physical_name, run.state, message, not trouble, run
    )
    return Report(desired.environment, None, (line,), recorded, cloud.mutating_calls)


def _recorded_who(
    context: Context, record: Record, physical_name: str, by: str
) -> tuple[tuple[str, ...], str]:
    """Write into a run who stopped it, unless somebody else was first; gives the lock's file, and
    why it could not be written."""
    name = record.name

    def told(records: Records) -> Records:
        run = records[name].runs[physical_name]
        who = run.who or {}
        who = {**who, "stopped_by": who.get("stopped_by", by)}
        return {**records, name: records[name].with_run(physical_name, replace(run, who=who))}

    message = f"Record who stopped {name}: {physical_name}"
    try:
        context.store.write(context.environment, told, message=message)
    except ReconcilerError as error:
        # The call was sent: an error in its place would say that it was not.
        return (), str(error)
    return (path_of(context.environment, name),), ""


def _running(record: Record, version: int | None) -> tuple[str, Run] | None:
    running = [
        (name, run)
        for name, run in record.runs.items()
        if run.state is State.LAUNCHED and version in (None, run.version)
    ]
    return max(running, key=lambda pair: (pair[1].version, pair[1].attempt), default=None)
