"""UpdateTrainingJob: what of a job can be changed, and in which state.

Profiling while the job runs, remote debugging while it downloads or trains (service model), the
warm pool's time once the job is completed, if it had a warm pool from the start.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.local.context import Context, Handler
from reconciler.local.errors import EngineError
from reconciler.local.job import IN_PROGRESS, Job
from reconciler.local.services.training import training_arn, visible_job
from reconciler.local.services.warmpool import warm_pool


def update_training_job(context: Context, params: Mapping[str, Any]) -> dict[str, Any]:
    """Change a job in place; raises EngineError ValidationException when its state forbids it."""
    job = visible_job(context, params["TrainingJobName"])
    request = dict(job.request)
    if "ProfilerConfig" in params or "ProfilerRuleConfigurations" in params:
        _require(job, job.status == IN_PROGRESS, "profiling can be changed while it is InProgress")
        profiler = params.get("ProfilerConfig", {})
        request["ProfilerConfig"] = {**job.request.get("ProfilerConfig", {}), **profiler}
        if "ProfilerRuleConfigurations" in params:
            request["ProfilerRuleConfigurations"] = params["ProfilerRuleConfigurations"]
    if "RemoteDebugConfig" in params:
        _require(
            job,
            job.secondary in ("Downloading", "Training"),
            "remote debugging can be changed while it is Downloading or Training",
        )
        request["RemoteDebugConfig"] = params["RemoteDebugConfig"]
    if "ResourceConfig" in params:
        pool = warm_pool(job)
        _require(
            job,
            job.status == "Completed" and pool is not None and pool["Status"] != "Terminated",
            "KeepAlivePeriodInSeconds can be changed once it is Completed, while its warm pool "
            "is Available or InUse",
        )
        request["ResourceConfig"] = {**job.request["ResourceConfig"], **params["ResourceConfig"]}
    context.state.amend(job.name, request)
    return {"TrainingJobArn": training_arn(context, job.name)}


OPERATIONS: Mapping[str, Handler] = {"UpdateTrainingJob": update_training_job}


def _require(job: Job, allowed: bool, rule: str) -> None:
    if not allowed:
        raise EngineError(
            "ValidationException",
            f"The training job {job.name} cannot be updated in status {job.status} "
            f"({job.secondary}): {rule}.",
        )
