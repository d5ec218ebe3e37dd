"""Launches that are only planned, and an account that is asked what they need.

Every call and every answer is held against botocore's service models: parameters that AWS does not
know, and members that it does not answer with, fail the test.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any, cast

import botocore.session
from botocore.validate import validate_parameters

from reconciler.core.call import Call
from reconciler.core.checks import Check, Verdict
from reconciler.core.plan import Change
from reconciler.core.ports import Cloud
from reconciler.core.record import Record
from reconciler.errors import ReconcilerError
from reconciler.reconcile.preflight import preflight
from reconciler.servicemodel.check import check
from reconciler.servicemodel.load import load
from tests.support.story import Story
from tests.test_scenarios import BASE

VPC = {"Subnets": ["subnet-a", "subnet-b"], "SecurityGroupIds": ["sg-a"]}
LARGE, XLARGE = {"InstanceType": "ml.m5.large"}, {"InstanceType": "ml.m5.xlarge"}

Answer = Mapping[str, Any] | ReconcilerError


@cache
def answers_of(service: str, operation: str) -> Any:
    return (
        botocore.session.get_session()
        .get_service_model(service)
        .operation_model(operation)
        .output_shape
    )


class Account:
    """An account that answers each call with the next of the answers to its operation, and with
    the last one ever after."""

    def __init__(self, **answers: Answer | list[Answer]) -> None:
        self.answers: dict[str, list[Answer]] = {
            name: list(given) if isinstance(given, list) else [given]
            for name, given in answers.items()
        }
        self.sent: list[Call] = []

    def send(self, call: Call) -> Mapping[str, Any]:
        self.sent.append(call)
        assert list(check(load(call.service), call.operation, call.params)) == []
        left = self.answers[call.operation]
        answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, ReconcilerError):
            raise answer
        validate_parameters(dict(answer), answers_of(call.service, call.operation))
        return answer


def quota(name: str, value: float) -> dict[str, Any]:
    return {"QuotaName": name, "QuotaCode": "L-1A2B3C4D", "Value": value}


def quotas(**values: float) -> dict[str, Any]:
    """A page of quotas; `training=2` is that of a training job on ml.m5.large."""
    words = {"training": "training job", "spot": "spot training job", "warm": "training warm pool"}
    listed = [quota(f"ml.m5.large for {words[name]} usage", v) for name, v in values.items()]
    return {"Quotas": [quota("ml.m5.large for processing job usage", 9.0), *listed]}


@cache
def planned() -> Change:
    """The launch of a job as the planner makes it."""
    [change] = Story(BASE, "prod").plan().changes
    return change


def job(name: str = "churn", *, spot: bool = False, vpc: bool = False, **resources: Any) -> Change:
    """The launch of a job; by default on one ml.m5.large."""
    params: dict[str, Any] = {
        "ResourceConfig": resources or {"InstanceType": "ml.m5.large", "InstanceCount": 1},
        **({"EnableManagedSpotTraining": True} if spot else {}),
        **({"VpcConfig": VPC} if vpc else {}),
    }
    call = Call("CreateTrainingJob", params)
    return replace(planned(), name=name, calls=(call,))


def looked_up(account: Account, *changes: Change, records: tuple[Record, ...] = ()) -> list[Check]:
    return list(preflight(changes, cast("Cloud", account), records))


def told(checks: list[Check]) -> list[tuple[Verdict, str]]:
    return [(found.verdict, found.message) for found in checks]
