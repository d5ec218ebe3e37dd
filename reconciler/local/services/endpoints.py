"""Endpoints: create, update, describe and delete, as SageMaker does.

What is accepted here is written down; the endpoint's supervisor brings it about.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from reconciler.local import faults
from reconciler.local.context import Context, Handler
from reconciler.local.errors import EngineError
from reconciler.local.services.describe_endpoint import description
from reconciler.local.services.endpoint_configs import config_not_found
from reconciler.local.services.models import model_not_found
from reconciler.local.services.tags import requested_tags
from reconciler.local.serving import keeping
from reconciler.local.serving.endpoint import (
    DELETING,
    FAILED,
    IN_SERVICE,
    MOVING,
    ROLLBACK_FAILED,
    UPDATING,
    Deployment,
    Endpoint,
    Variant,
    new_variants,
    retained,
    with_weights,
)
from reconciler.local.serving.hosting import Resource

_STEADY = (IN_SERVICE, ROLLBACK_FAILED)
"""Statuses in which an endpoint can be updated."""


def endpoint_arn(context: Context, name: str) -> str:
    """The ARN of an endpoint."""
    return context.arn("endpoint", name)


def is_visible(context: Context, endpoint: Endpoint) -> bool:
    """Whether reads find the endpoint; a fault may hide a young one."""
    age = time.time() - endpoint.created
    subject = f"endpoint {endpoint.serial}"
    return not faults.hides(context.state, endpoint.name, subject=subject, age=age)


def create(context: Context, params: Mapping[str, Any]) -> dict[str, Any]:
    """CreateEndpoint: accept an endpoint and start its supervisor."""
    name = params["EndpointName"]
    arn = endpoint_arn(context, name)
    tags = requested_tags(params)
    taken = EngineError("ValidationException", f'Cannot create already existing endpoint "{arn}".')
    if context.hosting.endpoint(name) is not None:
        raise taken
    config = _config(context, params)
    deployment = Deployment(
        number=1,
        config=config.name,
        request=config.request,
        variants=_variants(context, config),
        policy=params.get("DeploymentConfig"),
        created=time.time(),
    )
    endpoint = context.hosting.create_endpoint(name, deployment, arn=arn, tags=tags)
    if endpoint is None:
        raise taken
    # If this process dies here, the next call to the engine starts the supervisor.
    keeping.start_supervisor(context.root, name, endpoint.serial)
    return {"EndpointArn": arn}


def describe(context: Context, params: Mapping[str, Any]) -> dict[str, Any]:
    """DescribeEndpoint: what serves, and what is about to."""
    endpoint = _existing(context, params)
    if not is_visible(context, endpoint):
        raise _not_found(context, endpoint.name)
    return description(endpoint, endpoint_arn(context, endpoint.name))


def update(context: Context, params: Mapping[str, Any]) -> dict[str, Any]:
    """UpdateEndpoint: bring a new config in beside the old one, then switch."""
    endpoint = _existing(context, params)
    current = _require_steady(context, endpoint)
    config = _config(context, params)
    variants, request = _variants(context, config), config.request
    if params.get("RetainAllVariantProperties"):
        excluded = {
            each["VariantPropertyType"]
            for each in params.get("ExcludeRetainedVariantProperties", [])
        }
        variants = retained(variants, current.variants, excluded)
        if "DataCaptureConfig" not in excluded:
            request = _with_capture_of(current.request, request)
    policy = params.get("DeploymentConfig")
    if policy is None and params.get("RetainDeploymentConfig"):
        policy = endpoint.policy
    deployment = Deployment(
        number=endpoint.deployments + 1,
        config=config.name,
        request=request,
        variants=variants,
        policy=policy,
        created=time.time(),
    )
    _change(
        context,
        endpoint,
        status=UPDATING,
        pending=deployment,
        deployments=deployment.number,
        policy=policy,
        failure_reason=None,
    )
    return {"EndpointArn": endpoint_arn(context, endpoint.name)}


def update_weights(context: Context, params: Mapping[str, Any]) -> dict[str, Any]:
    """UpdateEndpointWeightsAndCapacities: change weights and counts of the variants that serve."""
    endpoint = _existing(context, params)
    current = _require_steady(context, endpoint)
    changes = params["DesiredWeightsAndCapacities"]
    known = {variant.name for variant in current.variants}
    for change in changes:
        if change["VariantName"] not in known:
            arn = endpoint_arn(context, endpoint.name)
            raise EngineError(
                "ValidationException",
                f'Could not find variant "{change["VariantName"]}" of endpoint "{arn}".',
            )
    changed = current.with_variants(with_weights(current.variants, changes))
    _change(context, endpoint, status=UPDATING, current=changed, failure_reason=None)
    return {"EndpointArn": endpoint_arn(context, endpoint.name)}


def delete(context: Context, params: Mapping[str, Any]) -> dict[str, Any]:
    """DeleteEndpoint: end its processes; config and models stay."""
    endpoint = _existing(context, params)
    _require_idle(context, endpoint)
    if not context.hosting.change(endpoint.serial, during=(*_STEADY, FAILED), status=DELETING):
        raise _in_progress(context, endpoint.name)
    if not keeping.is_kept(context.root, endpoint.name, endpoint.serial):
        keeping.start_supervisor(context.root, endpoint.name, endpoint.serial)
    return {}


OPERATIONS: Mapping[str, Handler] = {
    "CreateEndpoint": create,
    "DescribeEndpoint": describe,
    "UpdateEndpoint": update,
    "UpdateEndpointWeightsAndCapacities": update_weights,
    "DeleteEndpoint": delete,
}


def _existing(context: Context, params: Mapping[str, Any]) -> Endpoint:
    endpoint = context.hosting.endpoint(params["EndpointName"])
    if endpoint is None:
        raise _not_found(context, params["EndpointName"])
    return endpoint


def _not_found(context: Context, name: str) -> EngineError:
    arn = endpoint_arn(context, name)
    return EngineError("ValidationException", f'Could not find endpoint "{arn}".')


def _in_progress(context: Context, name: str) -> EngineError:
    """SageMaker's words for an endpoint that moves; those of a deletion are the same."""
    arn = endpoint_arn(context, name)
    return EngineError("ValidationException", f'Cannot update in-progress endpoint "{arn}".')


def _require_idle(context: Context, endpoint: Endpoint) -> None:
    if endpoint.status in MOVING:
        raise _in_progress(context, endpoint.name)


def _require_steady(context: Context, endpoint: Endpoint) -> Deployment:
    """What serves, if it can be changed now; raises EngineError otherwise."""
    _require_idle(context, endpoint)
    if endpoint.current is None:
        arn = endpoint_arn(context, endpoint.name)
        raise EngineError(
            "ValidationException",
            f'Cannot update endpoint "{arn}" in status {endpoint.status}: it can only be deleted.',
        )
    return endpoint.current


def _change(context: Context, endpoint: Endpoint, **columns: object) -> None:
    if not context.hosting.change(endpoint.serial, during=_STEADY, **columns):
        raise _in_progress(context, endpoint.name)


def _config(context: Context, params: Mapping[str, Any]) -> Resource:
    config = context.hosting.find("endpoint-config", params["EndpointConfigName"])
    if config is None:
        raise config_not_found(context, params["EndpointConfigName"])
    return config


def _variants(context: Context, config: Resource) -> tuple[Variant, ...]:
    models = {}
    for variant in config.request["ProductionVariants"]:
        model = context.hosting.find("model", variant["ModelName"])
        if model is None:
            raise model_not_found(context, variant["ModelName"])
        models[model.name] = model.request
    return new_variants(config.request, models)


def _with_capture_of(before: Mapping[str, Any], request: Mapping[str, Any]) -> Mapping[str, Any]:
    kept = {member: value for member, value in request.items() if member != "DataCaptureConfig"}
    if "DataCaptureConfig" in before:
        kept["DataCaptureConfig"] = before["DataCaptureConfig"]
    return kept
