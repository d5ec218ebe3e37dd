"""Taking over: a job that somebody else launched becomes ours, on purpose.

Its document has been written; here its tags and its record follow, so that the document finds a run
of its content and nothing is launched. The job keeps its name, which no digest made.
"""

from __future__ import annotations

from dataclasses import replace

from reconciler.core import ownership
from reconciler.core.call import Call
from reconciler.core.join import join_all
from reconciler.core.launching import intent, request
from reconciler.core.live import Observation
from reconciler.core.lock import path_of
from reconciler.core.plan import Action, Change
from reconciler.core.progress import advance
from reconciler.core.record import Record, Run, State
from reconciler.core.resource import Revision, Target
from reconciler.errors import ReconcilerError
from reconciler.reconcile.context import Context, OutcomeLine, Report
from reconciler.reconcile.observing import Looker
from reconciler.reconcile.stopping import NotOurs


class CannotTakeOver(ReconcilerError):
    """The job is not there, or the document does not ask for it."""


def take_over(context: Context, target: Target, physical_name: str, revision: Revision) -> Report:
    """Tag a job as ours and record it as the run of a target. Safe to repeat.

    Raises CannotTakeOver, or NotOurs for a job that carries another repository's tags.
    """
    resource = target.resource
    cloud = context.checked_cloud(resource.environment)
    looker = Looker(cloud, context.kinds)
    seen = looker.look_at_run(resource.kind, physical_name)
    if seen is None:
        raise CannotTakeOver(f"there is no {resource.kind.name} {physical_name} on SageMaker")
    call = request(target, physical_name, revision)
    differing = resource.kind.same(call, seen)
    if differing:
        raise CannotTakeOver(
            f"{physical_name} is not what the document asks for: it differs in"
            f" {', '.join(differing)}"
        )
    cloud.send(_tags(target, seen, revision))
    run = _run(context, target, physical_name, revision)
    seen, artifact, _ = looker.with_artifact(seen)
    run = advance(run, seen, resource.environment, artifact)
    empty = Record(resource.kind.name, target.name, resource.environment.name)
    record = empty.with_run(physical_name, run).answering(resource.version, physical_name)
    context.store.write(
        context.environment,
        lambda records: join_all(records, {target.name: record}),
        message=f"Take over {target.name} {resource.version}: {physical_name}",
    )
    line = OutcomeLine(
        target.name, record.kind, run.version, physical_name, run.state, "taken over", True, run
    )
    paths = (path_of(context.environment, target.name),)
    return Report(resource.environment, None, (line,), paths, cloud.mutating_calls)


def _run(context: Context, target: Target, physical_name: str, revision: Revision) -> Run:
    """The run as it is recorded. What was really sent is not known, so it has no request."""
    resource = target.resource
    change = Change(
        action=Action.ADOPT,
        kind=resource.kind.name,
        name=target.name,
        version=resource.version,
        physical_name=physical_name,
        digest=target.digest,
        target=target,
    )
    call = request(target, physical_name, revision)
    noted = {**context.recorded_by, "adopted": True, "taken_over": True}
    run = intent(change, call, revision, recorded=noted)
    return replace(run, state=State.LAUNCHED, request=None)


def _tags(target: Target, seen: Observation, revision: Revision) -> Call:
    """The call that puts our tags on it. Raises NotOurs if another repository's are there."""
    tags, resource = seen.tags or {}, target.resource
    others = tags.get(ownership.REPOSITORY) is not None
    if others and not ownership.is_ours(tags, target.name, resource.environment, revision):
        raise NotOurs(
            f"{seen.physical_name} belongs to {tags[ownership.REPOSITORY]}:"
            f" {tags.get(ownership.NAME)} in {tags.get(ownership.ENVIRONMENT)}",
            advice="take its tags off there first, if it shall change hands",
        )
    ours = ownership.tags_for(target, revision)
    pairs = [
        {"Key": key, "Value": value}
        for key, value in sorted(ours.items())
        if key.startswith(ownership.PREFIX)
    ]
    return Call("AddTags", {"ResourceArn": seen.arn, "Tags": pairs})
