"""What launches need on AWS is looked up for the reviewer, and nothing is decided by it: roles and
inputs here; keys, networks and quotas have tests of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reconciler.adapters.clock import SystemClock
from reconciler.core.call import Call
from reconciler.core.checks import Verdict
from reconciler.core.plan import Action, Plan
from reconciler.errors import (
    AccessDenied,
    NoCredentials,
    NotThere,
    ReconcilerError,
    ServiceError,
    Throttled,
    Unanswered,
)
from reconciler.reconcile.planning import plan as make_plan
from reconciler.reconcile.preflight import preflight
from tests.support import ahead
from tests.support.checkout import Checkout
from tests.support.story import Story
from tests.test_scenarios import BASE

ROLE = "arn:aws:iam::444455556666:role/ml-training"
TRUST = {"Statement": {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}}}
QUOTA = "ml.m5.xlarge for training job usage"
DENIED = AccessDenied("op", "AccessDenied", "no")


class Account:
    """An account that holds a role, some data and a quota, or does not let us look."""

    def __init__(self, **answers: Mapping[str, Any] | ServiceError) -> None:
        self.answers: dict[str, Mapping[str, Any] | ServiceError] = {
            "GetRole": {"Role": {"Arn": ROLE, "AssumeRolePolicyDocument": TRUST}},
            "ListObjectsV2": {"KeyCount": 1},
            "ListServiceQuotas": {"Quotas": [{"QuotaName": QUOTA, "Value": 4.0}]},
            **answers,
        }
        self.sent: list[Call] = []

    def send(self, call: Call) -> Mapping[str, Any]:
        self.sent.append(call)
        answer = self.answers[call.operation]
        if isinstance(answer, ServiceError):
            raise answer
        return answer


@pytest.fixture
def plan() -> Plan:
    """Two jobs of one role and one input; the second also waits for nothing else."""
    twin = BASE["jobs/churn.yaml"].replace("name: churn", "name: twin").replace("100", "7")
    return Story({**BASE, "jobs/twin.yaml": twin}, "prod").plan()


def looked_up(plan: Plan, account: Account) -> list[tuple[str, Verdict]]:
    """What comes before the quotas, which have tests of their own."""
    found = preflight(plan.changes, account)  # type: ignore[arg-type]
    return [(check.name, check.verdict) for check in found if check.name != "quota"]


def test_each_role_and_each_input_is_looked_up_once(plan: Plan) -> None:
    account = Account()
    assert looked_up(plan, account) == [("role", Verdict.GOOD), ("input", Verdict.GOOD)]
    assert [call.operation for call in account.sent] == [
        "GetRole",
        "ListObjectsV2",
        "ListServiceQuotas",
    ]
    assert account.sent[1].params == {"Bucket": "acme-ml", "Prefix": "churn/", "MaxKeys": 1}


@pytest.mark.parametrize(
    ("answers", "role", "data"),
    [
        ({"ListObjectsV2": {"KeyCount": 0}}, Verdict.GOOD, Verdict.WARNING),
        ({"ListObjectsV2": DENIED, "GetRole": DENIED}, Verdict.NOT_CHECKED, Verdict.NOT_CHECKED),
        ({"ListObjectsV2": Throttled("op", "Slow", "x")}, Verdict.GOOD, Verdict.NOT_CHECKED),
        ({"ListObjectsV2": NotThere("op", "NoSuchBucket", "x")}, Verdict.GOOD, Verdict.BAD),
        ({"GetRole": ServiceError("op", "NoSuchEntity", "x")}, Verdict.BAD, Verdict.GOOD),
        ({"GetRole": {"Role": {"Arn": ROLE}}}, Verdict.BAD, Verdict.GOOD),
        ({"GetRole": {"Role": {"Arn": ROLE + "2"}}}, Verdict.BAD, Verdict.GOOD),
    ],
)
def test_what_is_not_there_and_what_nobody_may_see_are_two_things(
    plan: Plan, answers: dict[str, Any], role: Verdict, data: Verdict
) -> None:
    assert looked_up(plan, Account(**answers)) == [("role", role), ("input", data)]


def test_what_the_launch_brings_itself_is_not_looked_for(tmp_path: Path) -> None:
    """Uploads come with the launch, and artifacts were seen when they were recorded."""
    job = BASE["jobs/churn.yaml"].replace(
        "{train: s3://acme-ml/churn/}", "{train: {path: data/churn}}"
    )
    story = Story({**BASE, "jobs/churn.yaml": job, "data/churn/a.csv": "1\n"}, "prod")
    assert looked_up(story.plan(), Account()) == [("role", Verdict.GOOD)]


@pytest.mark.parametrize(
    "error",
    [
        lambda operation: AccessDenied(operation, "AccessDeniedException", "no"),
        lambda operation: Unanswered(operation, "EndpointConnectionError", "no"),
        lambda operation: NoCredentials(f"{operation}: expired", advice="log in"),
    ],
)
def test_keys_networks_and_quotas_that_nobody_tells_stop_no_plan(
    error: Callable[[str], ReconcilerError],
) -> None:
    operations = ("DescribeKey", "DescribeSubnets", "ListServiceQuotas")
    account = ahead.Account(**{operation: error(operation) for operation in operations})
    change = ahead.job(vpc=True, **ahead.LARGE, InstanceCount=1, VolumeKmsKeyId="alias/a")
    assert [(check.name, check.verdict) for check in ahead.looked_up(account, change)] == [
        (name, Verdict.NOT_CHECKED) for name in ("key", "network", "quota")
    ]
    assert [call.operation for call in account.sent] == list(operations)


def test_only_launches_are_looked_ahead_at() -> None:
    account = ahead.Account()
    stop = replace(ahead.job(), action=Action.STOP)
    assert ahead.looked_up(account, stop) == [] and account.sent == []


def test_the_local_engine_is_asked_for_nothing(tmp_path: Path) -> None:
    """It has neither quotas nor keys nor networks, and would refuse."""
    checkout = Checkout.create(tmp_path / "checkout")
    checkout.job("wine")
    made = make_plan(checkout.context(SystemClock(), checkout.cloud), looks_ahead=True)
    assert made.count(Action.LAUNCH) == 1 and made.preflight == ()
