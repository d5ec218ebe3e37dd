"""What DescribeTrainingJob says of a job. Pure.

The answer repeats the request with the defaults that SageMaker fills in, and adds what came of
the job. It never holds tags, nor SessionChainingConfig: the real answer has neither.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.local.job import Job, Transition
from reconciler.local.services.warmpool import warm_pool

_DAY = 86400


def description(job: Job, arn: str) -> dict[str, Any]:
    """The answer of DescribeTrainingJob; times are seconds since the epoch."""
    answer = {**_requested(job.request), **_progress(job)}
    answer["TrainingJobArn"] = arn
    found = {
        "FailureReason": job.failure_reason,
        "ModelArtifacts": {"S3ModelArtifacts": job.artifact_uri} if job.artifact_uri else None,
        "FinalMetricDataList": list(job.metrics) or None,
        "WarmPoolStatus": warm_pool(job),
        "TrainingStartTime": job.started,
        "TrainingEndTime": job.ended,
        "TrainingTimeInSeconds": job.training_seconds,
        "BillableTimeInSeconds": job.billable_seconds,
    }
    answer.update({member: value for member, value in found.items() if value is not None})
    return answer


def summary(job: Job, arn: str) -> dict[str, Any]:
    """The line of ListTrainingJobs for a job."""
    line = {
        "TrainingJobName": job.name,
        "TrainingJobArn": arn,
        "CreationTime": job.created,
        "TrainingEndTime": job.ended,
        "LastModifiedTime": job.modified,
        "TrainingJobStatus": job.status,
        "SecondaryStatus": job.secondary,
        "WarmPoolStatus": warm_pool(job),
        "TrainingPlanArn": job.request.get("ResourceConfig", {}).get("TrainingPlanArn"),
    }
    return {member: value for member, value in line.items() if value is not None}


def _requested(request: Mapping[str, Any]) -> dict[str, Any]:
    """The request with SageMaker's defaults."""
    answer = {
        "EnableNetworkIsolation": False,
        "EnableInterContainerTrafficEncryption": False,
        "EnableManagedSpotTraining": False,
        **request,
        "StoppingCondition": {
            "MaxRuntimeInSeconds": _DAY,
            **request.get("StoppingCondition", {}),
        },
        "OutputDataConfig": {
            "KmsKeyId": "",
            "CompressionType": "GZIP",
            **request["OutputDataConfig"],
        },
    }
    if "AlgorithmSpecification" in request:
        answer["AlgorithmSpecification"] = {
            "EnableSageMakerMetricsTimeSeries": False,
            **request["AlgorithmSpecification"],
        }
    if "InputDataConfig" in request:
        answer["InputDataConfig"] = [_channel(channel) for channel in request["InputDataConfig"]]
    answer.pop("SessionChainingConfig", None)
    return answer


def _channel(channel: Mapping[str, Any]) -> dict[str, Any]:
    answer = {"CompressionType": "None", "RecordWrapperType": "None", **channel}
    source = channel["DataSource"]
    if "S3DataSource" in source:
        answer["DataSource"] = {
            "S3DataSource": {
                "S3DataDistributionType": "FullyReplicated",
                **source["S3DataSource"],
            }
        }
    return answer


def _progress(job: Job) -> dict[str, Any]:
    return {
        "TrainingJobStatus": job.status,
        "SecondaryStatus": job.secondary,
        "CreationTime": job.created,
        "LastModifiedTime": job.modified,
        "SecondaryStatusTransitions": [_transition(each) for each in job.transitions],
        "ProfilingStatus": _profiling_status(job.request),
    }


def _profiling_status(request: Mapping[str, Any]) -> str:
    profiler = request.get("ProfilerConfig")
    return "Enabled" if profiler and not profiler.get("DisableProfiler") else "Disabled"


def _transition(transition: Transition) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "Status": transition.status,
        "StartTime": transition.start,
        "StatusMessage": transition.message,
    }
    if transition.end is not None:
        answer["EndTime"] = transition.end
    return answer
