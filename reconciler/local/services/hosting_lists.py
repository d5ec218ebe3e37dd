"""ListModels, ListEndpointConfigs and ListEndpoints: filters, order and pages, as of SageMaker."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from reconciler.local.context import Context, Handler
from reconciler.local.instants import epoch
from reconciler.local.services import endpoints, models
from reconciler.local.services.describe_endpoint import summary
from reconciler.local.services.paging import page
from reconciler.local.serving.endpoint import Endpoint
from reconciler.local.serving.hosting import Kind, Resource

_PAGE = 10
"""Items on a page unless asked otherwise."""
Item = TypeVar("Item", Resource, Endpoint)


def list_models(context: Context, params: Mapping[str, Any]) -> dict[str, Any]:
    """One page of models, the newest first unless asked otherwise."""
    return _resources(context, params, "model", "Model", "Models")


def list_endpoint_configs(context: Context, params: Mapping[str, Any]) -> dict[str, Any]:
    """One page of endpoint configs, the newest first unless asked otherwise."""
    return _resources(context, params, "endpoint-config", "EndpointConfig", "EndpointConfigs")


def list_endpoints(context: Context, params: Mapping[str, Any]) -> dict[str, Any]:
    """One page of endpoints, the newest first unless asked otherwise."""
    found = [
        endpoint
        for endpoint in context.hosting.endpoints()
        if endpoints.is_visible(context, endpoint)
        and all((*_conditions(endpoint, params), *_endpoint_conditions(endpoint, params)))
    ]
    return _page(
        found,
        params,
        "Endpoints",
        lambda endpoint: summary(endpoint, endpoints.endpoint_arn(context, endpoint.name)),
    )


OPERATIONS: Mapping[str, Handler] = {
    "ListModels": list_models,
    "ListEndpointConfigs": list_endpoint_configs,
    "ListEndpoints": list_endpoints,
}


def _resources(
    context: Context, params: Mapping[str, Any], kind: Kind, word: str, member: str
) -> dict[str, Any]:
    found = [
        resource
        for resource in context.hosting.resources(kind)
        if all(_conditions(resource, params)) and models.is_visible(context, resource, kind)
    ]

    def line(resource: Resource) -> dict[str, Any]:
        return {
            f"{word}Name": resource.name,
            f"{word}Arn": context.arn(kind, resource.name),
            "CreationTime": resource.created,
        }

    return _page(found, params, member, line)


def _page(
    items: Sequence[Item],
    params: Mapping[str, Any],
    member: str,
    line: Callable[[Item], dict[str, Any]],
) -> dict[str, Any]:
    shown, token = page(
        items,
        # The serial number keeps items apart that are equal in the rest.
        place=lambda item: [_key(item, params.get("SortBy", "CreationTime")), item.serial],
        descending=params.get("SortOrder", "Descending") == "Descending",
        size=params.get("MaxResults", _PAGE),
        token=params.get("NextToken"),
    )
    answer: dict[str, Any] = {member: [line(item) for item in shown]}
    if token:
        answer["NextToken"] = token
    return answer


def _key(item: Resource | Endpoint, sort_by: str) -> str | float:
    if sort_by == "Status" and isinstance(item, Endpoint):
        return item.status
    return item.name if sort_by == "Name" else item.created


def _conditions(item: Resource | Endpoint, params: Mapping[str, Any]) -> Iterator[bool]:
    """One truth per filter that all three operations have."""
    if "NameContains" in params:
        yield params["NameContains"] in item.name
    if "CreationTimeAfter" in params:
        yield item.created > epoch(params["CreationTimeAfter"])
    if "CreationTimeBefore" in params:
        yield item.created < epoch(params["CreationTimeBefore"])


def _endpoint_conditions(endpoint: Endpoint, params: Mapping[str, Any]) -> Iterator[bool]:
    if "StatusEquals" in params:
        yield params["StatusEquals"] == endpoint.status
    if "LastModifiedTimeAfter" in params:
        yield endpoint.modified > epoch(params["LastModifiedTimeAfter"])
    if "LastModifiedTimeBefore" in params:
        yield endpoint.modified < epoch(params["LastModifiedTimeBefore"])
