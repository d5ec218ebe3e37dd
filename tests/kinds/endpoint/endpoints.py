"""A sound endpoint, and what differs from it in a test."""

from __future__ import annotations

from typing import Any

from reconciler.core.call import Call
from reconciler.core.fields import overlay
from reconciler.core.kind import Facts, Finding
from reconciler.core.live import Observation
from reconciler.kinds.endpoint.kind import Endpoint
from reconciler.kinds.endpoint.spec import EndpointSpec
from tests.kinds.jobs import environment

KIND = Endpoint()
CONFIG = "churn-live-0123456789"
ARN = "arn:aws:sagemaker:eu-west-1:111122223333:endpoint/churn-live"
BASE: dict[str, Any] = {
    "name": "churn-live",
    "variants": {
        "main": {"model": "churn", "instance_type": "ml.m5.large", "initial_instance_count": 2}
    },
}
SERVERLESS: dict[str, Any] = {
    "instance_type": None,
    "initial_instance_count": None,
    "serverless": {"memory_size": "2GB", "max_concurrency": 5},
}


def endpoint(*changes: dict[str, Any]) -> EndpointSpec:
    """The sound endpoint with changes merged over it, nearer ones later; None removes."""
    document = BASE
    for change in changes:
        document = overlay(document, change)
    return EndpointSpec.model_validate(document)


def main(**keys: Any) -> dict[str, Any]:
    """A change of the one variant."""
    return {"variants": {"main": keys}}


def findings(*changes: dict[str, Any], **limits: Any) -> list[Finding]:
    """What the rules say."""
    return list(KIND.check(endpoint(*changes), environment(limits=limits)))


def facts_of(spec: EndpointSpec, **facts: Any) -> Facts:
    """Facts in which every model of the endpoint was created."""
    values = {
        "physical_name": CONFIG,
        "environment": environment(),
        "uploads": {},
        "outputs": {ref.path: f"{ref.name}-abcdefabcd" for ref in KIND.references(spec)},
        "tags": spec.tags or {},
        "live_name": "churn-live",
    }
    return Facts(**(values | facts))


def request(*changes: dict[str, Any], **facts: Any) -> dict[str, Any]:
    """The request of the sound endpoint's configuration with changes."""
    spec = endpoint(*changes)
    return dict(KIND.request(spec, facts_of(spec, **facts)).params)


def deployed(*changes: dict[str, Any], seen: Observation | None = None) -> tuple[Call, ...]:
    """The calls that bring the endpoint's configuration into service."""
    spec = endpoint(*changes)
    return KIND.deploy(spec, facts_of(spec), seen)


def live(status: str = "InService", **members: Any) -> Observation:
    """What SageMaker says of the endpoint."""
    answer = {"EndpointName": "churn-live", "EndpointArn": ARN, "EndpointConfigName": CONFIG}
    return KIND.observe({**answer, "EndpointStatus": status, **members})
