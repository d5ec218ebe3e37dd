"""Observing: DescribeTrainingJob's answer in the words that all kinds share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from reconciler.core.call import Call
from reconciler.core.fields import from_request, get
from reconciler.core.live import Observation, Outcome, Phase
from reconciler.core.units import format_duration
from reconciler.errors import ServiceError
from reconciler.kinds import observing
from reconciler.kinds.training_job.fields import UPDATE_TABLE

IDENTITY = (
    "AlgorithmSpecification.TrainingImage",
    "AlgorithmSpecification.AlgorithmName",
    "RoleArn",
    "ResourceConfig.InstanceType",
    "ResourceConfig.InstanceCount",
    "ResourceConfig.InstanceGroups",
    "OutputDataConfig.S3OutputPath",
)
"""Members by which adoption tells our own job from a foreign one of the same name. Only those
that a request sets are compared: SageMaker adds defaults to its answers."""

BILLED = (
    "ResourceConfig.SelectedInstanceType",
    "ResourceConfig.SelectedInstanceCount",
    "ResourceConfig.TrainingPlanArn",
)
"""Members beside those that tell what a job is billed for; SageMaker adds the first two."""

WARM_POOL = "warm_pool"
"""Key of an observation's `in_place` that holds the status of the job's warm pool."""

_PHASES = {"Completed": Phase.READY, "Failed": Phase.FAILED, "Stopped": Phase.STOPPED}
_REASONS = {
    "CapacityError": Outcome.CAPACITY,
    "InternalServerError": Outcome.INTERNAL,
    "AlgorithmError": Outcome.ALGORITHM,
    "ClientError": Outcome.CLIENT,
}
_STOPPED_BY = {
    "MaxRuntimeExceeded": ("it ran longer than", "MaxRuntimeInSeconds", "max_runtime"),
    "MaxWaitTimeExceeded": (
        "it waited and ran longer than",
        "MaxWaitTimeInSeconds",
        "max_wait_time",
    ),
    "Interrupted": ("its spot instances were taken away", "", ""),
}
"""By SecondaryStatus: why a job was stopped, and by which limit; member and key of that."""
_TIMES = {"created": "CreationTime", "started": "TrainingStartTime", "ended": "TrainingEndTime"}


def observe(answer: Mapping[str, Any]) -> Observation:
    """Understand an answer. A status that this version does not know can still move."""
    status = str(answer["TrainingJobStatus"])
    stage = answer.get("SecondaryStatus")
    phase = _PHASES.get(status, Phase.PROGRESSING)
    reason = answer.get("FailureReason") or None
    return Observation(
        physical_name=answer["TrainingJobName"],
        arn=answer["TrainingJobArn"],
        phase=phase,
        status=status,
        stage=stage,
        reason=reason or _stopped_why(phase, stage, answer),
        outcome=_outcome(phase, stage, reason),
        fields={path: get(answer, tuple(path.split("."))) for path in (*IDENTITY, *BILLED)},
        in_place=_in_place(answer),
        artifact_uri=get(answer, ("ModelArtifacts", "S3ModelArtifacts")) or None,
        metrics={
            metric["MetricName"]: repr(float(metric["Value"]))
            for metric in answer.get("FinalMetricDataList") or ()
        },
        times={
            key: observing.utc(answer[name]) for key, name in _TIMES.items() if answer.get(name)
        },
        training_seconds=answer.get("TrainingTimeInSeconds"),
        billable_seconds=answer.get("BillableTimeInSeconds"),
    )


def search(tags: Mapping[str, str], token: str | None) -> Call:
    """The Search call for jobs with all of these tags."""
    return observing.search("TrainingJob", tags, token)


def found(answer: Mapping[str, Any]) -> tuple[Observation, ...]:
    """Understand a page of Search; a job in it has its tags, unlike one of Describe."""
    jobs = [
        result["TrainingJob"] for result in answer.get("Results", ()) if "TrainingJob" in result
    ]
    return tuple(replace(observe(job), tags=observing.tags_of(job)) for job in jobs)


def is_missing(error: ServiceError) -> bool:
    """Whether a job does not exist: SageMaker says so by `ValidationException: Requested resource
    not found` (ACK's generator.yaml; aws/aws-sdk#165), the model lists ResourceNotFound."""
    return observing.is_missing(error, "Requested resource not found")


def same(call: Call, observation: Observation) -> tuple[str, ...]:
    """Members of `IDENTITY` that the call sets and in which the live job differs."""
    wanted = {path: get(call.params, tuple(path.split("."))) for path in IDENTITY}
    return observing.differing(wanted, observation.fields)


def _outcome(phase: Phase, stage: str | None, reason: str | None) -> Outcome | None:
    if phase is Phase.READY:
        return Outcome.DONE
    if phase is Phase.STOPPED:
        return Outcome.CAPACITY if stage == "MaxWaitTimeExceeded" else Outcome.STOPPED
    if phase is Phase.FAILED:
        # FailureReason begins with the class of the error; anything else is not worth a retry.
        return _REASONS.get((reason or "").partition(":")[0].strip(), Outcome.CLIENT)
    return None


def _stopped_why(phase: Phase, stage: str | None, answer: Mapping[str, Any]) -> str | None:
    """Why a job was stopped other than by hand; DescribeTrainingJob tells it as SecondaryStatus."""
    if phase is not Phase.STOPPED or stage not in _STOPPED_BY:
        return None
    why, member, key = _STOPPED_BY[stage]
    seconds = get(answer, ("StoppingCondition", member)) if member else None
    limit = f" its {key}{f' of {format_duration(seconds)}' if seconds else ''}" if key else ""
    return f"{stage}: {why}{limit}"


def _in_place(answer: Mapping[str, Any]) -> dict[str, Any]:
    """What UpdateTrainingJob can change, as it is now, by spec key."""
    members = {field.member.partition(".")[0] for field in UPDATE_TABLE} - {"ResourceConfig"}
    request = {name: answer[name] for name in members if answer.get(name) is not None}
    keep_alive = get(answer, ("ResourceConfig", "KeepAlivePeriodInSeconds"))
    if keep_alive is not None:
        request["ResourceConfig"] = {"KeepAlivePeriodInSeconds": keep_alive}
    found = from_request(UPDATE_TABLE, request)
    period = (found.pop("compute", None) or {}).get("keep_alive_period")
    pool = get(answer, ("WarmPoolStatus", "Status"))
    extra = {"compute.keep_alive_period": period, WARM_POOL: pool}
    return found | {key: value for key, value in extra.items() if value is not None}
