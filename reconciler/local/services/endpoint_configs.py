"""Endpoint configs: create, describe and delete, as SageMaker does. A config never changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.local.context import Context, Handler
from reconciler.local.errors import EngineError
from reconciler.local.services.models import is_visible, model_not_found
from reconciler.local.services.tags import requested_tags


def config_arn(context: Context, name: str) -> str:
    """The ARN of an endpoint config."""
    return context.arn("endpoint-config", name)


def config_not_found(context: Context, name: str) -> EngineError:
    """SageMaker's words for a config that is not there (AWS's own controllers match them)."""
    arn = config_arn(context, name)
    return EngineError("ValidationException", f'Could not find endpoint configuration "{arn}".')


def create(context: Context, params: Mapping[str, Any]) -> dict[str, Any]:
    """CreateEndpointConfig: keep a config whose models are there."""
    name = params["EndpointConfigName"]
    arn = config_arn(context, name)
    tags = requested_tags(params)
    for broken in _broken_rules(params):
        raise EngineError("ValidationException", broken)
    for variant in _variants(params):
        if context.hosting.find("model", variant["ModelName"]) is None:
            raise model_not_found(context, variant["ModelName"])
    request = {member: value for member, value in params.items() if member != "Tags"}
    if not context.hosting.add("endpoint-config", name, request, arn=arn, tags=tags):
        raise EngineError(
            "ValidationException", f'Cannot create already existing endpoint configuration "{arn}".'
        )
    return {"EndpointConfigArn": arn}


def describe(context: Context, params: Mapping[str, Any]) -> dict[str, Any]:
    """DescribeEndpointConfig: what was asked for, with SageMaker's defaults, never the tags."""
    name = params["EndpointConfigName"]
    config = context.hosting.find("endpoint-config", name)
    if config is None or not is_visible(context, config, "endpoint-config"):
        raise config_not_found(context, name)
    answer = {"EnableNetworkIsolation": False, **config.request}
    for member in ("ProductionVariants", "ShadowProductionVariants"):
        if member in answer:
            answer[member] = [{"InitialVariantWeight": 1.0, **each} for each in answer[member]]
    arn = config_arn(context, name)
    return {**answer, "EndpointConfigArn": arn, "CreationTime": config.created}


def delete(context: Context, params: Mapping[str, Any]) -> dict[str, Any]:
    """DeleteEndpointConfig: forget a config that no endpoint uses."""
    name = params["EndpointConfigName"]
    arn = config_arn(context, name)
    for endpoint in context.hosting.endpoints():
        used = [each.config for each in (endpoint.current, endpoint.pending) if each]
        if name in used:
            raise EngineError(
                "ValidationException",
                f'Cannot delete endpoint configuration "{arn}": '
                f'the endpoint "{context.arn("endpoint", endpoint.name)}" uses it.',
            )
    if not context.hosting.remove("endpoint-config", name, arn=arn):
        raise config_not_found(context, name)
    return {}


OPERATIONS: Mapping[str, Handler] = {
    "CreateEndpointConfig": create,
    "DescribeEndpointConfig": describe,
    "DeleteEndpointConfig": delete,
}


def _variants(params: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [*params["ProductionVariants"], *params.get("ShadowProductionVariants", [])]


def _broken_rules(params: Mapping[str, Any]) -> Iterator[str]:
    """Rules between members, which the service model does not hold."""
    names = [variant["VariantName"] for variant in _variants(params)]
    for variant in _variants(params):
        name = variant["VariantName"]
        if names.count(name) > 1:
            yield f"Variant names must be unique: {name}"
        if "ModelName" not in variant:
            yield f"The local engine has no inference components: give {name} a ModelName"
        machines = [each for each in _MACHINES if each in variant]
        if len(machines) != 1:
            yield f"Variant {name} must have exactly one of {', '.join(_MACHINES)}"
    if params.get("ShadowProductionVariants") and len(params["ProductionVariants"]) != 1:
        yield "ShadowProductionVariants need exactly one ProductionVariant"


_MACHINES = ("InstanceType", "ServerlessConfig", "InstancePools")
