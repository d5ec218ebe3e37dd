"""Training jobs: create, describe, stop and delete, as SageMaker does."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from typing import Any

from reconciler.local import faults
from reconciler.local.container import ImageNotRunnable, interpreter_for
from reconciler.local.context import Context, Handler
from reconciler.local.errors import EngineError
from reconciler.local.images import read_images
from reconciler.local.job import Job
from reconciler.local.layout import job_folder
from reconciler.local.services.describe import description
from reconciler.local.services.rules import require_possible
from reconciler.local.services.tags import requested_tags
from reconciler.local.services.warmpool import warm_pool
from reconciler.local.spawn import spawn


def training_arn(context: Context, name: str) -> str:
    """The ARN of a training job."""
    return context.arn("training-job", name)


def visible_job(context: Context, name: str) -> Job:
    """The job of that name; raises EngineError as SageMaker does when there is none.

    The code is ValidationException, though the service model says ResourceNotFound
    (aws/aws-sdk#165). A fault may hide a young job.
    """
    job = context.state.find(name)
    if job is None or not is_visible(context, job):
        raise EngineError("ValidationException", "Requested resource not found.")
    return job


def is_visible(context: Context, job: Job) -> bool:
    """Whether reads find the job: not while a fault makes the service blind to a young one."""
    age = time.time() - job.created
    return not faults.hides(context.state, job.name, subject=job.name, age=age)


def create(context: Context, params: Mapping[str, Any]) -> dict[str, Any]:
    """CreateTrainingJob: accept a job and start its supervisor."""
    name = params["TrainingJobName"]
    arn = training_arn(context, name)
    if context.state.find(name):
        raise _name_taken(arn)
    tags = requested_tags(params)
    require_possible(context, params)
    _require_image(context, params)
    request = {member: value for member, value in params.items() if member != "Tags"}
    if not context.state.create(name, request, arn=arn, tags=tags):
        raise _name_taken(arn)
    # If this process dies here, the next call to the engine starts the supervisor.
    spawn(context.root, name)
    return {"TrainingJobArn": arn}


def describe(context: Context, params: Mapping[str, Any]) -> dict[str, Any]:
    """DescribeTrainingJob: what was asked for, with SageMaker's defaults, and what came of it."""
    job = visible_job(context, params["TrainingJobName"])
    return description(job, training_arn(context, job.name))


def stop(context: Context, params: Mapping[str, Any]) -> dict[str, Any]:
    """StopTrainingJob: ask for the end of a running job."""
    job = visible_job(context, params["TrainingJobName"])
    if not context.state.request_stop(job.name):
        status = context.state.job(job.name).status
        raise EngineError(
            "ValidationException",
            f"The request was rejected because the training job is in status {status}.",
        )
    return {}


def delete(context: Context, params: Mapping[str, Any]) -> dict[str, Any]:
    """DeleteTrainingJob: forget a terminal job without a warm pool; its name is free again."""
    job = visible_job(context, params["TrainingJobName"])
    if not job.is_terminal:
        raise EngineError(
            "ResourceInUse",
            f"The training job {job.name} is in status {job.status}: only jobs in a terminal "
            "state can be deleted.",
        )
    pool = warm_pool(job)
    if pool is not None and pool["Status"] == "Available":
        raise EngineError(
            "ResourceInUse", f"The training job {job.name} retains an Available warm pool."
        )
    # The folder goes first: another job of the name must not find the progress of this one.
    shutil.rmtree(job_folder(context.root, job.name), ignore_errors=True)
    context.state.delete(job.name, arn=training_arn(context, job.name))
    return {}


OPERATIONS: Mapping[str, Handler] = {
    "CreateTrainingJob": create,
    "DescribeTrainingJob": describe,
    "StopTrainingJob": stop,
    "DeleteTrainingJob": delete,
}


def _name_taken(arn: str) -> EngineError:
    return EngineError(
        "ResourceInUse",
        "Training job names must be unique within an AWS account and region, and a training job "
        f"with this name already exists ({arn})",
    )


def _require_image(context: Context, params: Mapping[str, Any]) -> None:
    try:
        interpreter_for(params, read_images(context.root))
    except ImageNotRunnable as refusal:
        raise EngineError("ValidationException", refusal.message) from None
