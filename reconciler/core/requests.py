"""Requests: what AWS's service model would refuse of a call, found before it is sent.

botocore checks types and required members only; patterns, enums and maxima reach the service.
"""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.core.call import Call
from reconciler.core.nodes import place_of
from reconciler.core.resource import Resource
from reconciler.core.suggest import did_you_mean
from reconciler.errors import Problem
from reconciler.servicemodel.check import check
from reconciler.servicemodel.load import load


def problems_of(call: Call, resource: Resource) -> Iterator[Problem]:
    """E213 for each member that the service model refuses, at the value it was made from."""
    for finding in check(load(call.service), call.operation, call.params):
        member = ".".join(str(step) for step in finding.path)
        yield Problem(
            "E213",
            f"`{member}` of {call.operation}: {finding.message}",
            place_of(resource.merged, resource.kind.key_of(finding.path)),
            f"did you mean `{finding.nearest}`?"
            if finding.nearest
            else "this limit is in AWS's service model",
        )


def instance_type_fault(instance_type: str) -> tuple[str, str | None] | None:
    """What is wrong with the instance type of a training job and, perhaps, which one was meant;
    None for a type of the service model."""
    known = load("sagemaker").shape("TrainingInstanceType").enum
    if instance_type in known:
        return None
    near = did_you_mean(instance_type, known)
    return f"there is no instance type `{instance_type}` for training", near
