"""The runs that a new version leaves alone."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from reconciler.core.plan import Action
from reconciler.core.record import Record, Run, State
from reconciler.core.under_way import UnderWay, under_way
from tests.support.story import Story
from tests.test_scenarios import BASE

PRICES = {"ml.m5.large": Decimal("0.24")}
NOW = "2026-11-25T12:00:00Z"
RUN = Run(
    state=State.LAUNCHED,
    version=6,
    attempt=1,
    digest="a" * 64,
    how={"created": "2026-11-25T11:30:00Z"},
    request={
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 2},
        "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
    },
)
TOLD = UnderWay("churn-aa", 6, 1800, 3600, Decimal("0.24"))


def found(run: Run, *, digest: str = "b" * 64, now: str | None = NOW) -> tuple[UnderWay, ...]:
    record = Record("TrainingJob", "churn", "prod", {6: {"churn-aa": 1}}, {"churn-aa": run})
    return under_way(record, digest, PRICES, now)


@pytest.mark.parametrize(
    ("run", "told"),
    [
        (RUN, TOLD),
        (replace(RUN, how=None), replace(TOLD, seconds=None, amount=None)),
        (replace(RUN, how={"created": "?"}), replace(TOLD, seconds=None, amount=None)),
        (replace(RUN, request=None), replace(TOLD, most_seconds=None, amount=None)),
        (replace(RUN, how={"created": "2026-11-25T13:00:00Z"}),
         replace(TOLD, seconds=0, amount=Decimal(0))),
    ],
)  # fmt: skip
def test_time_and_cost_so_far_are_told_as_far_as_they_are_known(run: Run, told: UnderWay) -> None:
    assert found(run) == (told,)


def test_a_price_that_is_not_listed_is_no_amount() -> None:
    resources = {"ResourceConfig": {"InstanceType": "ml.p4d.24xlarge", "InstanceCount": 1}}
    (told,) = found(replace(RUN, request=resources))
    assert told.amount is None and told.most_seconds is None and told.seconds == 1800


def test_what_ended_or_is_the_same_content_is_not_beside_it() -> None:
    assert found(RUN, digest="a" * 64) == ()
    assert found(replace(RUN, state=State.COMPLETED)) == ()
    assert found(replace(RUN, state=State.INTENT)) == ()
    assert under_way(None, "b" * 64, PRICES, NOW) == ()


def test_a_new_version_tells_the_run_that_goes_on_and_its_approval_does_not_bind_it() -> None:
    story = Story(BASE, "prod")
    story.apply("running")
    newer = BASE["jobs/churn.yaml"].replace("version: 1", "version: 2").replace("100", "200")
    story.write({"jobs/churn.yaml": newer})
    (change,) = story.plan(now="2026-11-25T12:10:00Z").changes
    (later,) = story.plan(now="2026-11-25T12:20:00Z").changes
    assert change.action is Action.LAUNCH
    assert [(run.version, run.seconds) for run in change.under_way] == [(1, 600)]
    assert change.under_way != later.under_way
    assert change.change_digest == later.change_digest
