"""Observing: DescribeModel's answer in the words that all kinds share.

A model has no status: it is there, or it is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from reconciler.core.call import Call
from reconciler.core.fields import get
from reconciler.core.live import Observation, Outcome, Phase
from reconciler.errors import ServiceError
from reconciler.kinds import observing
from reconciler.kinds.model.fields import DATA_SOURCE, PRIMARY

COMPARED = ("Image", "ModelDataUrl", f"{DATA_SOURCE}.S3Uri", "ModelPackageName")
"""Members of a container by which adoption tells our own model from a foreign one of the same
name. Only those that a request sets are compared: SageMaker adds defaults to its answers."""


def observe(answer: Mapping[str, Any]) -> Observation:
    """Understand an answer. What can be described is ready."""
    created = answer.get("CreationTime")
    return Observation(
        physical_name=answer["ModelName"],
        arn=answer["ModelArn"],
        phase=Phase.READY,
        status="Created",
        outcome=Outcome.DONE,
        fields=dict(_identity(answer)),
        times={"created": observing.utc(created)} if created else {},
    )


def found(answer: Mapping[str, Any]) -> tuple[Observation, ...]:
    """Understand a page of Search, in whose results a model is inside of a model of the
    dashboard."""
    models = [get(result, ("Model", "Model")) for result in answer.get("Results", ())]
    return tuple(
        replace(observe(model), tags=observing.tags_of(model)) for model in models if model
    )


def is_missing(error: ServiceError) -> bool:
    """Whether a model does not exist (two controllers of AWS match `ValidationException: Could not
    find model`: amazon-sagemaker-operator-for-k8s, ACK)."""
    return observing.is_missing(error, "Could not find model")


def same(call: Call, observation: Observation) -> tuple[str, ...]:
    """Members that the call sets and in which the live model differs."""
    return observing.differing(dict(_identity(call.params)), observation.fields)


def _identity(model: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What adoption compares, of a request as of an answer, by member path."""
    yield "ExecutionRoleArn", model.get("ExecutionRoleArn")
    containers = {PRIMARY: model.get(PRIMARY) or {}}
    for index, container in enumerate(model.get("Containers") or ()):
        containers[f"Containers[{index}]"] = container
    for where, container in containers.items():
        for member in COMPARED:
            yield f"{where}.{member}", get(container, tuple(member.split(".")))
