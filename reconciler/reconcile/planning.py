"""The journey of plan: read desired and lock, look at what is not settled, decide. Read-only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from reconciler.core.basis import basis_of
from reconciler.core.desired import Desired, load
from reconciler.core.live import Live
from reconciler.core.lock import named_elsewhere
from reconciler.core.looks import names_to_look_at
from reconciler.core.plan import Change, Plan, Standing
from reconciler.core.planner import make_plan
from reconciler.core.ports import Cloud, Records, Snapshot
from reconciler.reconcile.context import Context
from reconciler.reconcile.observing import Looker, Unseen, sweep
from reconciler.reconcile.pinning import pinned
from reconciler.reconcile.preflight import preflight

_CALM = frozenset({Standing.IN_SYNC, Standing.RUNNING, Standing.ORPHANED})


@dataclass(frozen=True, slots=True)
class View:
    """All that one pass knows: what is wanted, recorded and live, and the plan from it."""

    snapshot: Snapshot
    desired: Desired
    records: Records
    """The lock with what was seen joined in."""
    live: Live
    plan: Plan
    unseen: tuple[Unseen, ...] = ()
    """Runs that ended, and whose end is not recorded: S3 did not show their artifacts."""


def read(context: Context, *, names: Sequence[str] = ()) -> tuple[Snapshot, Desired]:
    """Documents and lock of one moment."""
    snapshot = context.store.snapshot(context.environment)
    return snapshot, load(snapshot.files, context.environment, context.kinds, tried=names)


def view(
    context: Context,
    cloud: Cloud | None,
    *,
    names: Sequence[str] = (),
    known: tuple[Snapshot, Desired] | None = None,
) -> View:
    """Read (unless `known` was, for the same names), look (unless `cloud` is None), and plan."""
    snapshot, desired = known or read(context, names=names)
    elsewhere = named_elsewhere(desired, snapshot.files)
    records: Records = snapshot.records
    live: Live = {}
    unseen: tuple[Unseen, ...] = ()
    if cloud is not None:
        looker = Looker(cloud, context.kinds)
        wanted = names_to_look_at(desired, records, context.kinds, elsewhere)
        if not records:
            records = sweep(looker, desired, context.recorded_by)
        live = looker.observe(wanted)
        records, unseen = looker.advanced(records, live, desired)
    plan = make_plan(
        desired,
        records,
        live,
        context.kinds,
        names=names,
        offline=cloud is None,
        elsewhere=elsewhere,
        now=context.clock.now(),
    )
    return View(snapshot, desired, records, live, _with_unseen(plan, unseen, names), unseen)


def _with_unseen(plan: Plan, unseen: Sequence[Unseen], names: Sequence[str]) -> Plan:
    """The plan that says of these runs why they are not recorded as ended, not that they go on."""
    told = {u.physical_name: u.note for u in unseen if not names or u.record.name in names}
    kept = [n for n in plan.notes if n.standing not in _CALM or n.physical_name not in told]
    return replace(plan, notes=(*kept, *told.values()))


def launchable(
    context: Context,
    cloud: Cloud,
    *,
    names: Sequence[str] = (),
    known: tuple[Snapshot, Desired] | None = None,
) -> View:
    """A view whose plan holds the very calls that are sent: its images are pinned."""
    seen = view(context, cloud, names=names, known=known)
    return replace(seen, plan=pinned(seen.plan, seen.records, cloud))


def plan(
    context: Context,
    *,
    names: Sequence[str] = (),
    offline: bool = False,
    looks_ahead: bool = False,
) -> Plan:
    """What apply would do now. With `offline` nothing is asked of AWS; with `looks_ahead` also what
    launches need there."""
    if offline:
        return _with_basis(view(context, None, names=names))
    known = read(context, names=names)
    cloud = context.checked_cloud(known[1].environment)
    seen = launchable(context, cloud, names=names, known=known)
    made = _with_basis(seen)
    if made.environment.local or not looks_ahead:
        return made
    return replace(made, preflight=preflight(made.changes, cloud, seen.records.values()))


def _with_basis(seen: View) -> Plan:
    """The plan of a view, and what all that it would do, or lets wait, follows from."""
    plan = seen.plan
    due = [
        item
        for item in plan.decided
        if isinstance(item, Change) or item.standing is Standing.DEFERRED
    ]
    found = [(item.name, item.paths) for item in due]
    return replace(plan, basis=basis_of(plan.environment.name, found, seen.records))
