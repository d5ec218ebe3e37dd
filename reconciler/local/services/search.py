"""Search: training jobs, models and endpoints by their properties and tags.

Other resources that Search knows do not exist here: looking for them finds nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.local.context import Context, Handler
from reconciler.local.errors import EngineError
from reconciler.local.services import describe_endpoint, endpoints, models, training
from reconciler.local.services.describe import description
from reconciler.local.services.paging import Place, page
from reconciler.local.services.properties import holds, values_of
from reconciler.servicemodel.load import load

_PAGE = 10
"""Records on a page unless asked otherwise."""

Record = dict[str, Any]
"""The properties of one resource, as its shape of that name has them."""


@dataclass(frozen=True, slots=True)
class _Found:
    """One resource that Search can see."""

    serial: int
    arn: str
    properties: Record
    """What its Describe says."""


def search(context: Context, params: Mapping[str, Any]) -> dict[str, Any]:
    """Search: one page of the resources that an expression describes."""
    expression = params.get("SearchExpression", {})
    sort_by = params.get("SortBy", "LastModifiedTime")
    resource = params["Resource"]
    everything = _EVERYTHING.get(resource)
    found: list[tuple[int, Record]] = []
    if everything is not None:
        _require_properties(resource, expression, params.get("SortBy"))
        tags = context.state.all_tags()
        for each in everything(context):
            record = _record(resource, each, tags.get(each.arn, {}))
            if holds(expression, record):
                found.append((each.serial, record))
    shown, token = page(
        found,
        place=lambda pair: _place(pair, sort_by),
        descending=params.get("SortOrder", "Descending") == "Descending",
        size=params.get("MaxResults", _PAGE),
        token=params.get("NextToken"),
    )
    answer: dict[str, Any] = {
        "Results": [_result(resource, record) for _, record in shown],
        "TotalHits": {"Value": len(found), "Relation": "EqualTo"},
    }
    if token:
        answer["NextToken"] = token
    return answer


OPERATIONS: Mapping[str, Handler] = {"Search": search}


def _jobs(context: Context) -> Iterator[_Found]:
    for job in context.state.jobs():
        if training.is_visible(context, job):
            arn = training.training_arn(context, job.name)
            yield _Found(job.serial, arn, description(job, arn))


def _models(context: Context) -> Iterator[_Found]:
    for model in context.hosting.resources("model"):
        if models.is_visible(context, model, "model"):
            arn = models.model_arn(context, model.name)
            yield _Found(model.serial, arn, models.description(model, arn))


def _endpoints(context: Context) -> Iterator[_Found]:
    for endpoint in context.hosting.endpoints():
        if endpoints.is_visible(context, endpoint):
            arn = endpoints.endpoint_arn(context, endpoint.name)
            yield _Found(endpoint.serial, arn, describe_endpoint.description(endpoint, arn))


_EVERYTHING: Mapping[str, Callable[[Context], Iterator[_Found]]] = {
    "TrainingJob": _jobs,
    "Model": _models,
    "Endpoint": _endpoints,
}
"""How to walk all resources of a kind that Search knows."""


def _record(resource: str, found: _Found, tags: Mapping[str, str]) -> Record:
    members = load("sagemaker").shape(resource).members
    record = {member: value for member, value in found.properties.items() if member in members}
    if tags:
        record["Tags"] = [{"Key": key, "Value": value} for key, value in tags.items()]
    return record


def _result(resource: str, record: Record) -> dict[str, Any]:
    """A SearchRecord; that of a model wraps it once more (ModelDashboardModel)."""
    return {resource: {"Model": record} if resource == "Model" else record}


def _place(pair: tuple[int, Record], sort_by: str) -> Place:
    serial, record = pair
    values = values_of(record, sort_by)
    if not values:
        return [0, 0, serial]
    value = values[0]
    # Numbers and texts do not compare with each other: numbers first.
    return [1 if isinstance(value, int | float) else 2, value, serial]


def _require_properties(resource: str, expression: Mapping[str, Any], sort_by: str | None) -> None:
    """Raise EngineError for a property that the resource does not have."""
    names = [*([sort_by] if sort_by else []), *_names(expression)]
    members = load("sagemaker").shape(resource).members
    for name in names:
        first = name.partition(".")[0]
        if first not in members and (resource, first) != ("TrainingJob", "Metrics"):
            raise EngineError("ValidationException", f"Unknown property name: {name}")


def _names(expression: Mapping[str, Any]) -> list[str]:
    names = [each["Name"] for each in expression.get("Filters", [])]
    for nested in expression.get("NestedFilters", []):
        names += [nested["NestedPropertyName"], *(each["Name"] for each in nested["Filters"])]
    for inner in expression.get("SubExpressions", []):
        names += _names(inner)
    return names
