"""The most that a job can cost, and what a run did cost."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from reconciler.core.plan import Action, Change
from reconciler.core.pricing import (
    UnknownPrice,
    billed_instances,
    cost_bound,
    cost_of,
    dollars,
    hourly_of_variants,
    recomputed,
)

PRICES = {"small": Decimal("0.23"), "gpu": Decimal("5.672"), "free": Decimal(0)}


def request(hours: int | None = 1, **members: Any) -> dict[str, Any]:
    limits = {} if hours is None else {"MaxRuntimeInSeconds": hours * 3600}
    return {"StoppingCondition": limits, **members}


def one(name: str, count: int = 1, **members: Any) -> dict[str, Any]:
    return {"InstanceType": name, "InstanceCount": count, **members}


@pytest.mark.parametrize(
    ("asked", "bound"),
    [
        (request(ResourceConfig=one("small")), "0.23"),
        (request(3, ResourceConfig=one("small", 4)), "2.76"),
        (request(None, ResourceConfig=one("small")), "5.52"),
        (request(ResourceConfig=one("free", 9)), "0"),
        (request(ResourceConfig=one("small", 0)), "0"),
        (request(672, ResourceConfig=one("gpu", 10_000)), "38115840"),
        (request(ResourceConfig=one("small", KeepAlivePeriodInSeconds=1800)), "0.345"),
        (request(ResourceConfig={"InstanceGroups": [one("small", 2), one("gpu", 1)]}), "6.132"),
        (request(ResourceConfig={"InstancePreferences": [one("small", 8), one("gpu")]}), "5.672"),
        (request(ResourceConfig={"InstancePreferences": [{"InstanceType": "small"}]}), "0.23"),
        (
            request(
                ResourceConfig={
                    "InstanceCount": 4,
                    "InstancePreferences": [{"InstanceType": "small"}],
                }
            ),
            "0.92",
        ),
        (
            {
                "StoppingCondition": {"MaxRuntimeInSeconds": 3600, "MaxWaitTimeInSeconds": 7200},
                "EnableManagedSpotTraining": True,
                "ResourceConfig": one("small"),
            },
            "0.46",
        ),
        (
            request(
                ResourceConfig=one("small"),
                DebugRuleConfigurations=[{"InstanceType": "gpu"}, {"RuleEvaluatorImage": "x"}],
            ),
            "5.902",
        ),
    ],
)
def test_instances_times_price_times_the_longest_time(asked: dict[str, Any], bound: str) -> None:
    """Groups add up, of preferences the dearest counts, spot counts while it waits."""
    assert cost_bound(asked, PRICES) == Decimal(bound)


@pytest.mark.parametrize(
    "asked",
    [
        request(ResourceConfig="small"),
        request(ResourceConfig=one("small", "2")),  # type: ignore[arg-type]
        request(ResourceConfig={"InstanceGroups": ["small"]}),
        request(ResourceConfig={"InstancePreferences": {"small": 1}}),
        request(ResourceConfig=one("small", KeepAlivePeriodInSeconds="1h")),
        request(ResourceConfig=one("small"), DebugRuleConfigurations=["gpu"]),
        {"ResourceConfig": one("small"), "StoppingCondition": 5},
        {"ResourceConfig": one("small"), "StoppingCondition": {"MaxRuntimeInSeconds": "1h"}},
    ],
)
def test_a_request_of_another_form_has_no_bound(asked: dict[str, Any]) -> None:
    """People write it under `api_overrides`; that it is wrong is told by the service model."""
    with pytest.raises(UnknownPrice):
        cost_bound(asked, PRICES)


@pytest.mark.parametrize(
    ("resources", "unknown"),
    [
        (one("other"), ("other",)),
        ({"InstanceGroups": [one("small"), one("b"), one("a")]}, ("a", "b")),
        ({"InstancePreferences": [one("small"), one("other")]}, ("other",)),
        ({}, ()),
    ],
)
def test_a_price_that_is_not_listed_leaves_no_bound(
    resources: dict[str, Any], unknown: tuple[str, ...]
) -> None:
    """Whoever limits the cost has to refuse then."""
    with pytest.raises(UnknownPrice) as caught:
        cost_bound(request(ResourceConfig=resources), PRICES)
    assert caught.value.types == unknown


@pytest.mark.parametrize(
    ("amount", "shown"),
    [("0", "$0.00"), ("1.101", "$1.11"), ("1.11", "$1.11"), ("38115840", "$38,115,840.00")],
)
def test_an_amount_is_rounded_up_to_the_cent(amount: str, shown: str) -> None:
    """A bound below the amount would be none."""
    assert dollars(Decimal(amount)) == shown


@pytest.mark.parametrize(
    ("variants", "hourly"),
    [
        ([{"InstanceType": "ml.m5.large", "InitialInstanceCount": 3}], "0.6"),
        ([{"InstanceType": "ml.m5.large"}, {"InstanceType": "ml.g5.xlarge"}], "2.2"),
        ([{"InstanceType": "ml.m5.large"}, {"InstanceType": "ml.p4d.24xlarge"}], None),
        ([{"ServerlessConfig": {"MemorySizeInMB": 4096}}], None),
        ([], None),
    ],
)
def test_an_endpoint_costs_its_instances_each_hour(
    variants: list[dict[str, Any]], hourly: str | None
) -> None:
    prices = {"ml.m5.large": Decimal("0.2"), "ml.g5.xlarge": Decimal(2)}
    found = hourly_of_variants({"ProductionVariants": variants}, prices)
    assert found == (None if hourly is None else Decimal(hourly))


def test_an_approval_binds_the_bound_where_there_is_one() -> None:
    """What a plan says that a launch may cost is what was agreed to."""
    launch = Change(Action.LAUNCH, "TrainingJob", "churn", 1, "churn-0123456789", "0" * 64)
    cheap, dear = replace(launch, cost_bound="$1.11"), replace(launch, cost_bound="$1.12")
    assert len({launch.change_digest, cheap.change_digest, dear.change_digest}) == 3


def told(**resources: Any) -> dict[str, Any]:
    """Members of DescribeTrainingJob's answer by their path."""
    return {"RoleArn": "r"} | {f"ResourceConfig.{key}": value for key, value in resources.items()}


@pytest.mark.parametrize(
    ("answer", "billed"),
    [
        (told(**one("small", 4)), {"small": 4}),
        (told(InstanceType="small", InstanceCount=None), {"small": 1}),
        (
            told(InstanceGroups=[one("small", 2), one("gpu"), one("small", 3)]),
            {"small": 5, "gpu": 1},
        ),
        (told(SelectedInstanceType="gpu", SelectedInstanceCount=2), {"gpu": 2}),
        (told(**one("gpu", 2), TrainingPlanArn="arn:aws:plan"), {}),
        (told(), {}),
        ({}, {}),
    ],
)
def test_a_job_is_billed_for_what_it_got(answer: dict[str, Any], billed: dict[str, int]) -> None:
    """Groups add up, of preferences the selected one counts, a plan was paid for already."""
    assert billed_instances(answer) == billed


@pytest.mark.parametrize(
    ("seconds", "instances", "amount"),
    [
        (3600, {"small": 1}, "0.230000"),
        (2064, {"small": 3}, "0.395600"),
        (1, {"gpu": 1}, "0.001576"),
        (900, {"small": 4, "gpu": 1}, "1.648000"),
        (0, {"gpu": 8}, "0.000000"),
        (3600, {"free": 9}, "0.000000"),
        (2_419_200, {"gpu": 10_000}, "38115840.000000"),
    ],
)
def test_a_cost_is_the_billed_time_of_every_instance_at_its_price(
    seconds: int, instances: dict[str, int], amount: str
) -> None:
    """And can be computed again from the record alone, with the digits that were written."""
    cost = cost_of(seconds, instances, PRICES)
    assert (cost["billable_seconds"], cost["amount"]) == (seconds, amount)
    assert cost["instances"] == instances
    assert cost["hourly"] == {name: str(PRICES[name]) for name in instances}
    assert recomputed(cost) == amount


@pytest.mark.parametrize("instances", [{}, {"other": 1}, {"small": 1, "other": 1}])
def test_a_cost_without_every_price_is_unknown(instances: dict[str, int]) -> None:
    """Never a guess, and never the part of it that is known."""
    cost = cost_of(60, instances, PRICES)
    assert cost == {"billable_seconds": 60, "amount": "unknown"}
    assert recomputed(cost) == "unknown"


@pytest.mark.parametrize(
    "parts",
    [
        {"hourly": [7]},
        {"hourly": {"small": "x"}},
        {"hourly": {"small": {}}},
        {"hourly": {"gpu": "1"}},
        {"instances": None},
        {"instances": {"small": "1"}},
        {"billable_seconds": 10**40},
        {"billable_seconds": "60"},
    ],
)
def test_a_cost_that_no_reconciler_writes_is_told_as_such(parts: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="no cost can be computed"):
        recomputed({**cost_of(60, {"small": 1}, PRICES), **parts})
