"""Under way: the runs of other content that a launch beside them leaves alone.

It tells and never steers: a new version stops no run of an older one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from reconciler.core.pricing import asked_instances, cost_of, longest_seconds
from reconciler.core.record import Record, Run, State
from reconciler.core.spending import amount_in_cost


@dataclass(frozen=True, slots=True)
class UnderWay:
    """One run that goes on."""

    physical_name: str
    version: int
    seconds: int | None
    """Since it was created; it may have waited for instances."""
    most_seconds: int | None
    """The longest time that it may take."""
    amount: Decimal | None
    """US dollars that it can have cost so far; None where that is not known."""


def under_way(
    record: Record | None, digest: str, prices: Mapping[str, Decimal], now: str | None
) -> tuple[UnderWay, ...]:
    """The runs of a record that go on and are not of the content `digest`; `now` is UTC."""
    runs = record.runs.items() if record else ()
    return tuple(
        _told(name, run, prices, now)
        for name, run in runs
        if run.state is State.LAUNCHED and run.digest != digest
    )


def _told(name: str, run: Run, prices: Mapping[str, Decimal], now: str | None) -> UnderWay:
    seconds = _seconds_since(str((run.how or {}).get("created", "")), now)
    request = run.request or {}
    most = longest_seconds(request) if "StoppingCondition" in request else None
    return UnderWay(name, run.version, seconds, most, _amount(run, prices, seconds))


def _amount(run: Run, prices: Mapping[str, Decimal], seconds: int | None) -> Decimal | None:
    if seconds is None:
        return None
    return amount_in_cost(cost_of(seconds, asked_instances(run.request or {}), prices))


def _seconds_since(created: str, now: str | None) -> int | None:
    """Seconds from one time to another; None where one of them is not known."""
    try:
        lasted = datetime.fromisoformat(now or "") - datetime.fromisoformat(created)
    except (ValueError, TypeError):
        return None
    return max(0, int(lasted.total_seconds()))
