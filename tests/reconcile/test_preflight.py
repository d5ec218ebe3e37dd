"""What launches need on AWS is looked up for the reviewer, and nothing is decided by it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from reconciler.core.call import Call
from reconciler.core.checks import Verdict
from reconciler.core.plan import Plan
from reconciler.errors import AccessDenied, NotThere, ServiceError, Throttled
from reconciler.reconcile.preflight import preflight
from tests.support.story import Story
from tests.test_scenarios import BASE

ROLE = "arn:aws:iam::444455556666:role/ml-training"
TRUST = {"Statement": {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}}}
DENIED = AccessDenied("op", "AccessDenied", "no")


class Account:
    """An account that holds a role and some data, or does not let us look."""

    def __init__(self, **answers: Mapping[str, Any] | ServiceError) -> None:
        self.answers: dict[str, Mapping[str, Any] | ServiceError] = {
            "GetRole": {"Role": {"Arn": ROLE, "AssumeRolePolicyDocument": TRUST}},
            "ListObjectsV2": {"KeyCount": 1},
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
    return [(check.name, check.verdict) for check in preflight(plan.changes, account)]  # type: ignore[arg-type]


def test_each_role_and_each_input_is_looked_up_once(plan: Plan) -> None:
    account = Account()
    assert looked_up(plan, account) == [("role", Verdict.GOOD), ("input", Verdict.GOOD)]
    assert [call.operation for call in account.sent] == ["GetRole", "ListObjectsV2"]
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
