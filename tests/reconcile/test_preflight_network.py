"""Subnets and security groups of launches are there, belong together, and have room."""

from __future__ import annotations

from typing import Any, cast

import boto3
import pytest
from botocore.awsrequest import AWSResponse

from reconciler.adapters.aws import AwsCloud
from reconciler.core.checks import Verdict
from reconciler.core.ports import Cloud
from reconciler.errors import AccessDenied, Unanswered
from reconciler.reconcile.preflight_network import Network, network_checks
from tests.support.ahead import (
    LARGE,
    VPC,
    XLARGE,
    Account,
    Answer,
    job,
    looked_up,
    quotas,
    told,
)


def network(free: int = 250, vpc: str = "vpc-a") -> dict[str, Answer | list[Answer]]:
    """An account with both subnets and the security group, with so many free addresses in each."""
    subnets = [
        {"SubnetId": i, "VpcId": "vpc-a", "AvailableIpAddressCount": free} for i in VPC["Subnets"]
    ]
    return {
        "DescribeSubnets": {"Subnets": subnets},
        "DescribeSecurityGroups": {"SecurityGroups": [{"GroupId": "sg-a", "VpcId": vpc}]},
    }


def test_all_networks_are_looked_up_with_two_calls() -> None:
    account = Account(**network(), ListServiceQuotas=quotas(training=9.0))
    found = looked_up(account, job(vpc=True), job("twin", vpc=True))
    assert [(f.name, f.verdict) for f in found] == [
        ("network", Verdict.GOOD),
        ("quota", Verdict.GOOD),
    ]
    assert [call.operation for call in account.sent[:2]] == [
        "DescribeSubnets",
        "DescribeSecurityGroups",
    ]
    assert account.sent[0].params == {
        "Filters": [{"Name": "subnet-id", "Values": ["subnet-a", "subnet-b"]}]
    }


@pytest.mark.parametrize(
    ("answers", "verdict", "said"),
    [
        (
            {**network(), "DescribeSubnets": {"Subnets": []}},
            Verdict.BAD,
            "there is no subnet-a, subnet-b",
        ),
        (
            {**network(), "DescribeSecurityGroups": {"SecurityGroups": []}},
            Verdict.BAD,
            "there is no sg-a",
        ),
        (network(vpc="vpc-b"), Verdict.BAD, "subnet-b is in vpc-a, sg-a is in vpc-b"),
        (network(free=2), Verdict.WARNING, "4 free addresses, 3 instances want 2 each"),
        (network(free=3), Verdict.GOOD, "vpc-a, subnet-a, subnet-b"),
        (
            {"DescribeSubnets": AccessDenied("DescribeSubnets", "UnauthorizedOperation", "x")},
            Verdict.NOT_CHECKED,
            "ec2:DescribeSubnets is not allowed",
        ),
        (
            {"DescribeSubnets": Unanswered("DescribeSubnets", "Timeout", "x")},
            Verdict.NOT_CHECKED,
            "Timeout",
        ),
    ],
)
def test_a_network_is_judged_by_what_is_there(
    answers: dict[str, Any], verdict: Verdict, said: str
) -> None:
    """Of preferences one is taken, so the largest of them needs addresses."""
    preferences = [{**LARGE, "InstanceCount": 3}, {**XLARGE, "InstanceCount": 2}]
    account = Account(**answers, ListServiceQuotas=quotas())
    found = looked_up(account, job(vpc=True, InstancePreferences=preferences))
    assert found[0].verdict is verdict and said in found[0].message


def test_the_largest_launch_must_have_room_not_all_together() -> None:
    """They need not run at the same time."""
    account = Account(**network(free=2), ListServiceQuotas=quotas())
    sizes = {"one": 1, "three": 3, "two": 2}
    jobs = [job(name, vpc=True, **LARGE, InstanceCount=count) for name, count in sizes.items()]
    found = looked_up(account, *jobs)[0]
    assert found.verdict is Verdict.WARNING and "3 instances want 2 each" in found.message


def test_a_network_without_security_groups_asks_for_none() -> None:
    """An environment may name subnets only; a filter without values means nothing to EC2."""
    account = Account(**network())
    found = list(network_checks(cast("Cloud", account), {Network(("subnet-a",), ()): 1}))
    assert told(found) == [(Verdict.GOOD, "vpc-a, subnet-a")] and len(account.sent) == 1


class _Body:
    def __init__(self, text: str) -> None:
        self.text = text

    def stream(self, **_: object) -> list[bytes]:
        return [self.text.encode()]


def told_through_boto3(status: int, code: str) -> tuple[list[tuple[Verdict, str]], int]:
    """What is told where EC2 answers every request with an error, and how many there were."""
    error = f"<Error><Code>{code}</Code><Message>no</Message></Error>"
    body = _Body(f"<Response><Errors>{error}</Errors></Response>")
    sent = []

    def answer(request: Any, **_: object) -> AWSResponse:
        sent.append(request)
        return AWSResponse(request.url, status, {}, body)

    session = boto3.Session("test", "test", region_name="eu-west-1")
    session.events.register("before-send.ec2", answer)
    cloud = AwsCloud(session, region="eu-west-1")
    found = list(network_checks(cloud, {Network(("subnet-a",), ("sg-a",)): 1}))
    assert cloud.mutating_calls == 0
    return told(found), len(sent)


def test_what_ec2_denies_reaches_the_reviewer_through_boto3() -> None:
    """EC2 speaks XML, and has a word of its own for it."""
    denied = (Verdict.NOT_CHECKED, "ec2:DescribeSubnets is not allowed")
    assert told_through_boto3(403, "UnauthorizedOperation") == ([denied], 1)


def test_nobody_waits_long_for_what_is_only_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """What decides something is tried eight times."""
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    [(verdict, message)], tries = told_through_boto3(503, "Unavailable")
    assert (verdict, tries) == (Verdict.NOT_CHECKED, 3) and "Unavailable" in message


def test_no_more_ids_are_asked_for_than_ec2_takes() -> None:
    """200 of one filter."""
    networks = {Network(tuple(f"subnet-{i}-{n}" for i in range(16)), ("sg",)): 1 for n in range(13)}
    account = Account(
        DescribeSubnets={"Subnets": []}, DescribeSecurityGroups={"SecurityGroups": []}
    )
    found = list(network_checks(cast("Cloud", account), networks))
    assert [len(call.params["Filters"][0]["Values"]) for call in account.sent] == [160, 1]
    assert len(found) == 11 and found[-1].message == "3 more were not looked up"
