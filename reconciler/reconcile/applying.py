"""The journey of apply: passes over what is wanted, recorded and live, until nothing is left.

One pass: observe and join → plan → write intents by compare and swap → upload, read the tip
again, create → record. A pass that loses the swap starts again. With `--wait` passes go on in a
loop, so what was deferred is launched as soon as its inputs are there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from reconciler.core.approval import rows_of
from reconciler.core.join import join_all
from reconciler.core.live import Phase
from reconciler.core.lock import path_of
from reconciler.core.plan import Action, Change, Plan, Standing
from reconciler.core.ports import Cloud, Records, TipMoved
from reconciler.core.record import Record, State
from reconciler.core.resource import live_name
from reconciler.errors import PlanChanged
from reconciler.reconcile.approving import Approvals, hold_unapproved
from reconciler.reconcile.carrying import Carrier
from reconciler.reconcile.context import Context, OutcomeLine, Report
from reconciler.reconcile.events import EventType
from reconciler.reconcile.messages import commit_message
from reconciler.reconcile.planning import View, launchable, read, view
from reconciler.reconcile.progressing import ended_lines, tell_notes, tell_progress

MOST_TRIES = 8
"""Passes that may lose the swap in a row before a command gives up."""

_Value = TypeVar("_Value")


@dataclass(slots=True)
class _Journey:
    """What one apply has seen and done so far."""

    lock: Records | None = None
    """As the last pass left it: what ended since, whoever recorded it, ended in this journey."""
    outcomes: dict[str, OutcomeLine] = field(default_factory=dict)
    recorded: dict[str, None] = field(default_factory=dict)
    repaired: dict[str, None] = field(default_factory=dict)
    plan: Plan | None = None

    def wrote(self, environment: str, before: Records, after: Records) -> tuple[str, ...]:
        """Note the lock files that a write changed."""
        changed = tuple(
            path_of(environment, name) for name in after if after[name] != before.get(name)
        )
        self.recorded.update(dict.fromkeys(changed))
        return changed


def apply(
    context: Context,
    *,
    names: Sequence[str] = (),
    wait: bool = False,
    timeout: float | None = None,
    approved: str | None = None,
) -> Report:
    """Carry out the plan; with `wait`, until every run has ended or `timeout` seconds passed.

    Raises PlanChanged when the digest of what would be done now does not begin with `approved`.
    """
    _, desired = read(context, names=names)
    cloud = context.checked_cloud(desired.environment)
    context.tell(
        EventType.STARTED,
        format="reconciler/events/v1",
        environment=desired.environment.name,
        commit=desired.revision.commit,
    )
    journey = _Journey()
    timed_out = not _finished(
        context, cloud, names, journey, wait=wait, timeout=timeout, approved=approved
    )
    return Report(
        environment=desired.environment,
        plan=journey.plan,
        outcomes=tuple(journey.outcomes.values()),
        recorded=tuple(journey.recorded),
        mutating_calls=cloud.mutating_calls,
        timed_out=timed_out,
        interrupted=context.clock.interrupted(),
        repaired=tuple(journey.repaired),
    )


def _finished(
    context: Context,
    cloud: Cloud,
    names: Sequence[str],
    journey: _Journey,
    *,
    wait: bool,
    timeout: float | None,
    approved: str | None,
) -> bool:
    """Make passes; False when the time is over and runs go on."""
    deadline = float("inf") if timeout is None else context.clock.monotonic() + timeout
    while True:
        seen = _pass(context, cloud, names, journey, approved)
        if approved is not None and context.approvals is None:
            # What follows has to be what was agreed to as well.
            context = replace(context, approvals=_agreed(seen.plan))
        approved = None
        if not wait or context.clock.interrupted() or not _goes_on(seen, names, journey):
            return True
        if context.clock.monotonic() >= deadline:
            return False
        context.clock.sleep(context.poll_seconds)


def _agreed(plan: Plan) -> Approvals:
    rows = tuple(rows_of(plan))
    return lambda _: rows


def _pass(
    context: Context,
    cloud: Cloud,
    names: Sequence[str],
    journey: _Journey,
    approved: str | None,
) -> View:
    """One pass; tried again when somebody else wrote in between."""

    def once() -> View:
        seen = launchable(context, cloud, names=names)
        if approved is not None and not seen.plan.digest.startswith(approved):
            raise PlanChanged(
                f"the plan is {seen.plan.digest[:8]} now, {approved[:8]} was approved",
                advice=f"look at it again: reconciler plan -e {context.environment}",
            )
        if context.approvals is not None:
            seen = replace(seen, plan=hold_unapproved(seen.plan, context.approvals))
        _carry_out(context, cloud, seen, names, journey)
        return seen

    return _while_others_write(once)


def _while_others_write(once: Callable[[], _Value]) -> _Value:
    """Do it, and do it anew when somebody else wrote in between."""
    for _ in range(MOST_TRIES - 1):
        try:
            return once()
        except TipMoved:
            continue
    return once()


def _carry_out(
    context: Context, cloud: Cloud, seen: View, names: Sequence[str], journey: _Journey
) -> None:
    carrier = Carrier(context, cloud, seen, tuple(names))
    prepared = carrier.prepare()
    before = seen.snapshot.records
    lock = context.store.write(
        context.environment,
        lambda records: join_all(records, prepared),
        message=commit_message("Intend", seen.plan, before, prepared),
        tip=seen.snapshot.tip,
    )
    journey.wrote(context.environment, before, lock)
    _tell_repairs(context, seen, journey)
    _tell_plan(context, seen, journey)
    for line in ended_lines(before if journey.lock is None else journey.lock, lock, context):
        journey.outcomes[line.physical_name] = line
    journey.lock = lock
    tell_progress(context, seen, before)
    try:
        carrier.carry_out()
    finally:
        _record(context, carrier.results_joined(lock), lock, seen, journey)
    for line in carrier.lines():
        journey.outcomes[line.physical_name] = line


def _record(
    context: Context,
    results: Mapping[str, Record],
    lock: Records,
    seen: View,
    journey: _Journey,
) -> None:
    if not results:
        return
    after = context.store.write(
        context.environment,
        lambda records: join_all(records, results),
        message=commit_message("Record", seen.plan, lock, results),
    )
    paths = journey.wrote(context.environment, lock, after)
    if paths:
        context.tell(EventType.RECORDED, message=", ".join(paths), paths=list(paths))


def _tell_repairs(context: Context, seen: View, journey: _Journey) -> None:
    """Tell what others had done to the lock, now that it is put right."""
    for finding in seen.snapshot.findings:
        journey.repaired[finding] = None
        context.tell(EventType.REPAIRED, message=finding)


def _tell_plan(context: Context, seen: View, journey: _Journey) -> None:
    """Tell a plan once; of later passes only what they do."""
    first = journey.plan is None
    journey.plan = seen.plan
    if first or seen.plan.changes:
        context.tell(
            EventType.PLANNED,
            message=f"{len(seen.plan.changes)} to do",
            changes=len(seen.plan.changes),
            digest=seen.plan.digest,
        )
        tell_notes(context, seen.plan)


def _goes_on(seen: View, names: Sequence[str], journey: _Journey) -> bool:
    """Whether another pass could do or learn something."""
    if any(_moves(change, journey) for change in seen.plan.changes):
        return True
    moving = {
        physical_name
        for name, record in seen.records.items()
        if not names or name in names
        for physical_name, run in record.runs.items()
        if run.state is State.LAUNCHED
    }
    left = {n.physical_name for n in seen.plan.notes if n.standing is Standing.ORPHANED}
    left |= {found.physical_name for found in seen.unseen if not found.ends_later}
    return bool(moving - left) or _is_busy(seen)


def _moves(change: Change, journey: _Journey) -> bool:
    """Whether a change has an end of its own; of those in place only one of what keeps its name
    has, which is brought back to an earlier configuration."""
    if change.action is not Action.UPDATE:
        return True
    outcome = journey.outcomes.get(change.physical_name)
    stable = change.target is not None and change.target.resource.kind.stable
    return stable and outcome is not None and outcome.ok


def _is_busy(seen: View) -> bool:
    """Whether SageMaker is at work on something that keeps its name and that we wait for."""
    waiting = {
        n.name for n in seen.plan.notes if n.standing in (Standing.DEFERRED, Standing.RUNNING)
    }
    environment = seen.desired.environment
    looks = [
        seen.live.get(live_name(resource.kind, environment, name, ""))
        for name, resource in seen.desired.resources.items()
        if name in waiting and resource.kind.stable
    ]
    return any(look is not None and look.phase is Phase.PROGRESSING for look in looks)


def refresh(context: Context, *, names: Sequence[str] = ()) -> Report:
    """Record what is live; launch nothing."""
    _, desired = read(context, names=names)
    cloud = context.checked_cloud(desired.environment)
    journey = _Journey()

    def once() -> tuple[View, Records]:
        seen = view(context, cloud, names=names)
        chosen = {n: r for n, r in seen.records.items() if not names or n in names}
        lock = context.store.write(
            context.environment,
            lambda records: join_all(records, chosen),
            message=commit_message(
                "Record", replace(seen.plan, changes=()), seen.snapshot.records, chosen
            ),
            # Of two looks at one end by different prices, the second has to see the first.
            tip=seen.snapshot.tip,
        )
        return seen, lock

    seen, lock = _while_others_write(once)
    before = seen.snapshot.records
    journey.wrote(context.environment, before, lock)
    _tell_repairs(context, seen, journey)
    for line in ended_lines(before, lock, context):
        journey.outcomes[line.physical_name] = line
    return Report(
        environment=desired.environment,
        plan=replace(seen.plan, changes=()),
        outcomes=tuple(journey.outcomes.values()),
        recorded=tuple(journey.recorded),
        mutating_calls=cloud.mutating_calls,
        repaired=tuple(journey.repaired),
    )
