"""What a run cost is written once, when it is first seen to have ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import pytest

from reconciler.core.environment import Environment
from reconciler.core.join import join, regressions
from reconciler.core.live import Observation, Outcome, Phase
from reconciler.core.progress import advance
from reconciler.core.record import Record, Run, State, dumps, loads

RUN = Run(state=State.LAUNCHED, version=1, attempt=1, digest="d" * 64)
PRICES = {"ml.m5.xlarge": Decimal("0.2300")}
COST = {
    "billable_seconds": 2064,
    "instances": {"ml.m5.xlarge": 2},
    "hourly": {"ml.m5.xlarge": "0.2300"},
    "amount": "0.263733",
}
UNKNOWN = {"billable_seconds": 2064, "amount": "unknown"}
SEEN = Observation(
    physical_name="churn-0123456789",
    arn="arn:aws:sagemaker:eu-west-1:444455556666:training-job/churn-0123456789",
    phase=Phase.READY,
    status="Completed",
    outcome=Outcome.DONE,
    fields={"ResourceConfig.InstanceType": "ml.m5.xlarge", "ResourceConfig.InstanceCount": 2},
    training_seconds=7000,
    billable_seconds=2064,
)


def where(prices: Mapping[str, Decimal] | None = None) -> Environment:
    environment = Environment(name="prod", bucket="acme-ml")
    return environment.model_copy(update={"prices": prices})


def ended(prices: Mapping[str, Decimal] | None = None, run: Run = RUN) -> Run:
    return advance(run, SEEN, where(prices), None)


@pytest.mark.parametrize(
    ("prices", "cost"),
    [(PRICES, COST), (None, UNKNOWN), ({}, UNKNOWN), ({"ml.g5.xlarge": Decimal(1)}, UNKNOWN)],
)
def test_a_run_that_ends_has_its_cost_by_the_prices_of_that_day(
    prices: Mapping[str, Decimal] | None, cost: Mapping[str, object]
) -> None:
    """Spot's saving is in the billed time, which is less than the training time."""
    assert ended(prices).cost == cost


@pytest.mark.parametrize(
    ("phase", "outcome"),
    [(Phase.FAILED, Outcome.ALGORITHM), (Phase.STOPPED, Outcome.STOPPED)],
)
def test_a_run_that_failed_or_was_stopped_cost_as_much(phase: Phase, outcome: Outcome) -> None:
    run = advance(RUN, replace(SEEN, phase=phase, outcome=outcome), where(PRICES), None)
    assert run.cost == COST


def test_a_run_that_goes_on_or_was_not_billed_has_no_cost() -> None:
    moving = replace(SEEN, phase=Phase.PROGRESSING, outcome=None)
    assert advance(RUN, moving, where(PRICES), None).cost is None
    assert advance(RUN, replace(SEEN, billable_seconds=None), where(PRICES), None).cost is None


@pytest.mark.parametrize("first", [PRICES, None])
@pytest.mark.parametrize("later", [PRICES, None, {"ml.m5.xlarge": Decimal(9)}])
def test_later_prices_change_no_amount(
    first: Mapping[str, Decimal] | None, later: Mapping[str, Decimal] | None
) -> None:
    """What is unknown stays so, too: the prices of that day are not known any more."""
    run = ended(first)
    assert ended(later, run).cost == run.cost


def record(run: Run) -> Record:
    return Record("TrainingJob", "churn", "prod", {1: {"churn-dd": 1}}, {"churn-dd": run})


def test_a_cost_reads_back_as_it_was_written() -> None:
    made = record(ended(PRICES))
    assert loads(dumps(made), "x") == made


@pytest.mark.parametrize("other", [None, {"ml.m5.xlarge": Decimal("0.46")}])
def test_two_that_know_different_prices_join_in_any_order(
    other: Mapping[str, Decimal] | None,
) -> None:
    """Whichever was written first stays: the other one is refused as a change."""
    a, b = record(ended(PRICES)), record(ended(other))
    assert join(a, b) == join(b, a)
    assert join(join(a, b), b) == join(a, b) == join(a, join(a, b))
    assert any("cost.amount was set and changed" in lost for lost in regressions(b, a))
    assert any("cost.amount was set and changed" in lost for lost in regressions(a, b))
