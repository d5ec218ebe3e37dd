"""A launch above a quota never starts, and launches that are above it together wait."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from reconciler.core.call import Call
from reconciler.core.checks import Verdict
from reconciler.core.plan import Action, Change
from reconciler.core.record import Record, Run, State
from tests.support.ahead import LARGE, XLARGE, Account, Answer, job, looked_up, quota, quotas, told

TRAINING = "ml.m5.large for training job usage"


def endpoint(*variants: Mapping[str, Any], **params: Any) -> Change:
    call = Call("CreateEndpointConfig", {"ProductionVariants": list(variants), **params})
    return Change(Action.LAUNCH, "Endpoint", "live", None, "live", "0" * 64, calls=(call,))


def running(count: int, *, state: State = State.LAUNCHED) -> Record:
    """A record of a job on so many ml.m5.large."""
    request = {"ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": count}}
    run = Run(state, 1, 1, "1" * 64, request=request)
    return Record("TrainingJob", "other", "prod", runs={"other-1": run})


@pytest.mark.parametrize(
    ("allowed", "others", "verdict", "said"),
    [
        (5.0, 0, Verdict.GOOD, f"{TRAINING}: 5 of 5"),
        (9.0, 4, Verdict.GOOD, f"{TRAINING}: 5 of 9, 4 more are in use by our own runs"),
        (8.0, 4, Verdict.WARNING, f"{TRAINING}: 8 allowed, 5 asked for, 4 more are in use"),
        (3.0, 0, Verdict.WARNING, f"{TRAINING}: 3 allowed, 5 asked for"),
        (2.0, 0, Verdict.BAD, f"{TRAINING}: 2 allowed, 5 asked for; churn (3) can never start"),
        (0.0, 0, Verdict.BAD, "churn (3), twin (2) can never start"),
    ],
)
def test_a_quota_is_held_against_each_launch_and_against_all_with_what_runs(
    allowed: float, others: int, verdict: Verdict, said: str
) -> None:
    launches = [
        job(name, InstanceType="ml.m5.large", InstanceCount=count)
        for name, count in (("churn", 3), ("twin", 2))
    ]
    records = (running(others),) if others else ()
    account = Account(ListServiceQuotas=quotas(training=allowed))
    [found] = looked_up(account, *launches, records=records)
    assert (found.name, found.verdict) == ("quota", verdict) and said in found.message
    if verdict is not Verdict.GOOD:
        assert found.advice and "Service Quotas console (L-1A2B3C4D)" in found.advice


def test_what_has_ended_uses_up_nothing() -> None:
    account = Account(ListServiceQuotas=quotas(training=1.0))
    ended = tuple(running(8, state=s) for s in State if s is not State.LAUNCHED)
    assert told(looked_up(account, job(), records=ended)) == [(Verdict.GOOD, f"{TRAINING}: 1 of 1")]


@pytest.mark.parametrize(
    ("change", "drawn"),
    [
        (job(spot=True), ["ml.m5.large for spot training job usage: 1 of 99"]),
        (
            job(
                InstanceGroups=[
                    {**LARGE, "InstanceCount": 2, "InstanceGroupName": "a"},
                    {**LARGE, "InstanceCount": 1, "InstanceGroupName": "b"},
                    {**XLARGE, "InstanceCount": 4, "InstanceGroupName": "c"},
                ]
            ),
            [f"{TRAINING}: 3 of 99", "ml.m5.xlarge for training job usage: 4 of 99"],
        ),
        (
            job(InstancePreferences=[LARGE, XLARGE], InstanceCount=2),
            [f"{TRAINING}: 2 of 99", "ml.m5.xlarge for training job usage: 2 of 99"],
        ),
        (
            job(**LARGE, InstanceCount=2, KeepAlivePeriodInSeconds=600),
            [f"{TRAINING}: 2 of 99", "ml.m5.large for training warm pool usage: 2 of 99"],
        ),
        (
            endpoint(
                {"VariantName": "a", **LARGE, "InitialInstanceCount": 2},
                {"VariantName": "b", "ServerlessConfig": {"MemorySizeInMB": 1024}},
                ShadowProductionVariants=[{**LARGE, "VariantName": "c"}],
            ),
            ["ml.m5.large for endpoint usage: 3 of 99"],
        ),
    ],
)
def test_each_way_to_ask_for_instances_draws_on_its_own_quotas(
    change: Change, drawn: list[str]
) -> None:
    uses = ("training job", "spot training job", "training warm pool", "endpoint")
    types = ("ml.m5.large", "ml.m5.xlarge")
    listed = [quota(f"{type_} for {use} usage", 99.0) for type_ in types for use in uses]
    account = Account(ListServiceQuotas={"Quotas": listed})
    assert told(looked_up(account, change)) == [(Verdict.GOOD, message) for message in drawn]


def test_what_needs_no_instances_of_a_quota_asks_for_none() -> None:
    """Serverless jobs, and capacity that a training plan has paid for."""
    plan = "arn:aws:sagemaker:eu-west-1:444455556666:training-plan/p"
    account = Account()
    assert looked_up(account, job(VolumeSizeInGB=30), job(**LARGE, TrainingPlanArn=plan)) == []
    assert account.sent == []


def test_without_a_warm_pool_a_job_still_runs() -> None:
    """The default of that quota is 0."""
    account = Account(ListServiceQuotas=quotas(training=2.0, warm=0.0))
    found = looked_up(account, job(**LARGE, InstanceCount=1, KeepAlivePeriodInSeconds=600))
    assert [f.verdict for f in found] == [Verdict.GOOD, Verdict.WARNING]
    assert found[1].advice and "not kept warm" in found[1].advice


def test_pages_are_read_until_all_is_found_over_empty_ones() -> None:
    empty: Answer = {"Quotas": [], "NextToken": "a"}
    pages: list[Answer] = [empty, {**quotas(training=3.0), "NextToken": "b"}, quotas()]
    account = Account(ListServiceQuotas=pages)
    assert told(looked_up(account, job())) == [(Verdict.GOOD, f"{TRAINING}: 1 of 3")]
    assert [call.params.get("NextToken") for call in account.sent] == [None, "a"]


def test_a_quota_that_is_nowhere_is_not_a_quota_of_nothing() -> None:
    """Service Quotas leaves out those of which it knows the default only."""
    account = Account(ListServiceQuotas={**quotas(), "NextToken": "more"})
    assert told(looked_up(account, job())) == [
        (Verdict.NOT_CHECKED, f"Service Quotas tells none: {TRAINING}")
    ]
    assert len(account.sent) == 40
