"""Fuses: an environment's bounds on how much one apply may do at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from reconciler.core.budget import Month
from reconciler.core.desired import Desired
from reconciler.core.environment import Limits
from reconciler.core.plan import BEYOND_LIMITS, Action, Change, Note, held_back
from reconciler.core.pricing import amount_in, dollars
from reconciler.core.record import Record, State

DEFAULT_STOP_PERCENT = 30
ALWAYS_ALLOWED_STOPS = 3
"""A small repository may stop so many runs whatever share they are."""


def blow(
    changes: Sequence[Change],
    records: Mapping[str, Record],
    desired: Desired,
    month: Month | None,
) -> tuple[list[Change], list[Note]]:
    """The changes that may be carried out, and a note for each one that a bound holds back; without
    a `month` no spending is bounded.

    All launches (or all stops) are held together: which of them are the intended ones is not for
    the reconciler to choose.
    """
    limits = desired.environment.limits
    stops = _no_documents(desired) or _too_many_stops(changes, records, limits)
    ends = {Action.STOP: stops, Action.DELETE: _no_documents(desired)}
    launches = _too_many_launches(changes, limits) or _too_dear(changes, month)
    reasons = {Action.LAUNCH: launches, **ends}
    told = [(c, None if _is_free(c) else reasons.get(c.action)) for c in changes]
    kept = [change for change, reason in told if reason is None]
    held = [_held(change, reason) for change, reason in told if reason is not None]
    return kept, held


def _is_free(change: Change) -> bool:
    """Whether it launches what has no run to pay for: a model, or how an endpoint is set up."""
    if change.action is not Action.LAUNCH or change.target is None:
        return False
    return not change.target.resource.kind.paid_runs


def _too_many_launches(changes: Sequence[Change], limits: Limits) -> str | None:
    count = sum(c.action is Action.LAUNCH and not _is_free(c) for c in changes)
    if limits.max_launches is None or count <= limits.max_launches:
        return None
    launches = "1 launch" if count == 1 else f"{count} launches at once"
    return f"{launches}, `limits.max_launches` allows {limits.max_launches}"


def _too_dear(changes: Sequence[Change], month: Month | None) -> str | None:
    bounds = [amount_in(change.cost_bound) for change in changes if change.cost_bound]
    planned = sum(bounds, Decimal(0))
    if month is None or month.limit is None or not bounds or month.room_for(planned):
        return None
    return (
        f"{dollars(month.spent)} were spent in {month.month}, runs under way may cost"
        f" {dollars(month.promised)} and these launches {dollars(planned)} more,"
        f" `limits.max_monthly_cost_usd` allows {dollars(Decimal(month.limit))}"
    )


def _no_documents(desired: Desired) -> str | None:
    """An empty folder is more often a mistake than a wish."""
    if desired.resources or desired.elsewhere or desired.unsound:
        return None
    return "no document is left under jobs/, so nothing is stopped"


def _too_many_stops(
    changes: Sequence[Change], records: Mapping[str, Record], limits: Limits
) -> str | None:
    count = _count(changes, Action.STOP)
    running = sum(
        run.state is State.LAUNCHED for record in records.values() for run in record.runs.values()
    )
    percent = DEFAULT_STOP_PERCENT if limits.max_stop_percent is None else limits.max_stop_percent
    if count <= max(ALWAYS_ALLOWED_STOPS, running * percent / 100):
        return None
    return (
        f"{count} of {running} running jobs would be stopped, `limits.max_stop_percent`"
        f" allows {percent} %"
    )


def _count(changes: Sequence[Change], action: Action) -> int:
    return sum(change.action is action for change in changes)


def _held(change: Change, reason: str) -> Note:
    advice = "raise the limit in the environment's document in a commit of its own"
    return held_back(change, reason, code=BEYOND_LIMITS, help=advice)
