"""What the runs of a month cost together, and may still cost."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from reconciler.core.budget import Month, month_to_date
from reconciler.core.record import Record, Run, State

PRICES = {"ml.m5.large": Decimal("2")}
REQUEST = {
    "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 3},
    "StoppingCondition": {"MaxRuntimeInSeconds": 1800},
}
"""At most $3.00."""


def run(state: State, ended: str | None = None, amount: str | None = None) -> Run:
    return Run(
        state=state,
        version=1,
        attempt=1,
        digest="d",
        request=REQUEST,
        how={"ended": ended} if ended else None,
        cost={"amount": amount} if amount else None,
    )


def month(*runs: Run, kind: str = "TrainingJob", **more: Any) -> Month:
    record = Record(kind, "churn", "prod", {}, {f"churn-{i}": r for i, r in enumerate(runs)})
    return month_to_date([record], PRICES, "2026-11-25T12:00:00Z", limit=None, **more)


@pytest.mark.parametrize(
    ("found", "spent", "promised"),
    [
        (run(State.COMPLETED, "2026-11-01T00:00:00Z", "1.250000"), "1.25", "0"),
        (run(State.FAILED, "2026-11-30T23:59:59Z", "0.500000"), "0.5", "0"),
        (run(State.STOPPED, "2026-10-31T23:59:59Z", "0.500000"), "0", "0"),
        # Of what nobody knows the cost, the most that it can be counts.
        (run(State.COMPLETED, "2026-11-01T00:00:00Z", "unknown"), "3", "0"),
        (run(State.COMPLETED, "2026-11-01T00:00:00Z"), "3", "0"),
        (run(State.LAUNCHED), "0", "3"),
        (run(State.INTENT), "0", "3"),
        (run(State.WITHDRAWN), "0", "0"),
        (run(State.REFUSED), "0", "0"),
        (replace(run(State.LAUNCHED), request=None), "0", "0"),
    ],
)
def test_what_ended_in_the_month_is_spent_and_what_is_under_way_is_promised(
    found: Run, spent: str, promised: str
) -> None:
    expected = Month("2026-11", Decimal(spent), Decimal(promised), None)
    assert month(found) == expected
    assert month(found, kind="Model") == Month("2026-11", Decimal(0), Decimal(0), None)


def test_an_intent_that_is_planned_again_is_not_counted_twice() -> None:
    both = month(run(State.INTENT), run(State.INTENT), without={"churn-1"})
    assert both.promised == Decimal(3)


@pytest.mark.parametrize(("limit", "fits"), [(None, True), (10, True), (9, False), (0, False)])
def test_a_month_has_room_up_to_its_limit(limit: int | None, fits: bool) -> None:
    ended = run(State.COMPLETED, "2026-11-01T00:00:00Z", "4.000000")
    found = replace(month(ended, run(State.LAUNCHED)), limit=limit)
    assert found.committed == Decimal(7) and found.room_for(Decimal(3)) is fits
