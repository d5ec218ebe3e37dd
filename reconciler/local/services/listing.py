"""ListTrainingJobs: filters, order and pages, as SageMaker does it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from reconciler.local.context import Context, Handler
from reconciler.local.instants import epoch
from reconciler.local.job import Job
from reconciler.local.services.describe import summary
from reconciler.local.services.paging import Place, page
from reconciler.local.services.training import is_visible, training_arn
from reconciler.local.services.warmpool import warm_pool

_PAGE = 10
"""Jobs on a page unless asked otherwise."""

_PLACES: Mapping[str, Callable[[Job], Place]] = {
    # The serial number keeps jobs apart that are equal in the rest.
    "Name": lambda job: [job.name, job.serial],
    "CreationTime": lambda job: [job.created, job.serial],
    "Status": lambda job: [job.status, job.serial],
}


def list_training_jobs(context: Context, params: Mapping[str, Any]) -> dict[str, Any]:
    """One page of summaries.

    StatusEquals filters after the page is cut, so that a page can be short, even empty, and yet
    have a NextToken (said of the real operation in its service model).
    """
    jobs = [job for job in context.state.jobs() if _fits(job, params) and is_visible(context, job)]
    shown, token = page(
        jobs,
        place=_PLACES[params.get("SortBy", "CreationTime")],
        descending=params.get("SortOrder", "Ascending") == "Descending",
        size=params.get("MaxResults", _PAGE),
        token=params.get("NextToken"),
    )
    status = params.get("StatusEquals")
    answer: dict[str, Any] = {
        "TrainingJobSummaries": [
            summary(job, training_arn(context, job.name))
            for job in shown
            if status in (None, job.status)
        ]
    }
    if token:
        answer["NextToken"] = token
    return answer


OPERATIONS: Mapping[str, Handler] = {"ListTrainingJobs": list_training_jobs}


def _fits(job: Job, params: Mapping[str, Any]) -> bool:
    return all(_conditions(job, params))


def _conditions(job: Job, params: Mapping[str, Any]) -> Iterator[bool]:
    """One truth per filter that the request has."""
    if "NameContains" in params:
        yield params["NameContains"] in job.name
    if "CreationTimeAfter" in params:
        yield job.created > epoch(params["CreationTimeAfter"])
    if "CreationTimeBefore" in params:
        yield job.created < epoch(params["CreationTimeBefore"])
    if "LastModifiedTimeAfter" in params:
        yield job.modified > epoch(params["LastModifiedTimeAfter"])
    if "LastModifiedTimeBefore" in params:
        yield job.modified < epoch(params["LastModifiedTimeBefore"])
    if "WarmPoolStatusEquals" in params:
        yield (warm_pool(job) or {}).get("Status") == params["WarmPoolStatusEquals"]
    if "TrainingPlanArnEquals" in params:
        plan = job.request.get("ResourceConfig", {}).get("TrainingPlanArn")
        yield plan == params["TrainingPlanArnEquals"]
