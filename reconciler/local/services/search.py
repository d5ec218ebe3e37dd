"""Search: training jobs by their properties and tags.

Other resources that Search knows do not exist here: looking for them finds nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.local.context import Context, Handler
from reconciler.local.errors import EngineError
from reconciler.local.job import Job
from reconciler.local.services.describe import description
from reconciler.local.services.paging import Place, page
from reconciler.local.services.properties import holds, values_of
from reconciler.local.services.training import is_visible, training_arn
from reconciler.servicemodel.load import load

_PAGE = 10
"""Records on a page unless asked otherwise."""

Record = dict[str, Any]
"""The properties of one job, as the shape TrainingJob has them."""


def search(context: Context, params: Mapping[str, Any]) -> dict[str, Any]:
    """Search: one page of the training jobs that an expression describes."""
    expression = params.get("SearchExpression", {})
    sort_by = params.get("SortBy", "LastModifiedTime")
    _require_properties(expression, sort_by)
    tags = context.state.all_tags()
    found: list[tuple[Job, Record]] = []
    if params["Resource"] == "TrainingJob":
        for job in context.state.jobs():
            arn = training_arn(context, job.name)
            record = _record(job, arn, tags.get(arn, {}))
            if is_visible(context, job) and holds(expression, record):
                found.append((job, record))
    shown, token = page(
        found,
        place=lambda pair: _place(pair, sort_by),
        descending=params.get("SortOrder", "Descending") == "Descending",
        size=params.get("MaxResults", _PAGE),
        token=params.get("NextToken"),
    )
    answer: dict[str, Any] = {
        "Results": [{"TrainingJob": record} for _, record in shown],
        "TotalHits": {"Value": len(found), "Relation": "EqualTo"},
    }
    if token:
        answer["NextToken"] = token
    return answer


OPERATIONS: Mapping[str, Handler] = {"Search": search}


def _record(job: Job, arn: str, tags: Mapping[str, str]) -> Record:
    members = load("sagemaker").shape("TrainingJob").members
    answer = description(job, arn)
    record = {member: value for member, value in answer.items() if member in members}
    if tags:
        record["Tags"] = [{"Key": key, "Value": value} for key, value in tags.items()]
    return record


def _place(pair: tuple[Job, Record], sort_by: str) -> Place:
    job, record = pair
    values = values_of(record, sort_by)
    if not values:
        return [0, 0, job.serial]
    value = values[0]
    # Numbers and texts do not compare with each other: numbers first.
    return [1 if isinstance(value, int | float) else 2, value, job.serial]


def _require_properties(expression: Mapping[str, Any], sort_by: str) -> None:
    """Raise EngineError for a property that training jobs do not have."""
    names = [sort_by, *_names(expression)]
    members = load("sagemaker").shape("TrainingJob").members
    for name in names:
        first = name.partition(".")[0]
        if first not in members and first != "Metrics":
            raise EngineError("ValidationException", f"Unknown property name: {name}")


def _names(expression: Mapping[str, Any]) -> list[str]:
    names = [each["Name"] for each in expression.get("Filters", [])]
    for nested in expression.get("NestedFilters", []):
        names += [nested["NestedPropertyName"], *(each["Name"] for each in nested["Filters"])]
    for inner in expression.get("SubExpressions", []):
        names += _names(inner)
    return names
