"""Observing: DescribeTrainingJob's answer in the words that all kinds share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from reconciler.core.call import Call
from reconciler.core.fields import from_request, get
from reconciler.core.live import Observation, Outcome, Phase
from reconciler.errors import NotThere, ServiceError
from reconciler.kinds.training_job.fields import UPDATE_TABLE
from reconciler.kinds.training_job.image import repository

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

WARM_POOL = "warm_pool"
"""Key of an observation's `in_place` that holds the status of the job's warm pool."""

_PHASES = {"Completed": Phase.READY, "Failed": Phase.FAILED, "Stopped": Phase.STOPPED}
_REASONS = {
    "CapacityError": Outcome.CAPACITY,
    "InternalServerError": Outcome.INTERNAL,
    "AlgorithmError": Outcome.ALGORITHM,
    "ClientError": Outcome.CLIENT,
}
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
        reason=reason,
        outcome=_outcome(phase, stage, reason),
        fields={path: get(answer, tuple(path.split("."))) for path in IDENTITY},
        in_place=_in_place(answer),
        artifact_uri=get(answer, ("ModelArtifacts", "S3ModelArtifacts")) or None,
        metrics={
            metric["MetricName"]: repr(float(metric["Value"]))
            for metric in answer.get("FinalMetricDataList") or ()
        },
        times={key: _utc(answer[name]) for key, name in _TIMES.items() if answer.get(name)},
        training_seconds=answer.get("TrainingTimeInSeconds"),
        billable_seconds=answer.get("BillableTimeInSeconds"),
    )


def search(tags: Mapping[str, str], token: str | None) -> Call:
    """The Search call for jobs with all of these tags; pages of 100 are its most."""
    filters = [
        {"Name": f"Tags.{key}", "Operator": "Equals", "Value": value}
        for key, value in sorted(tags.items())
    ]
    params: dict[str, Any] = {
        "Resource": "TrainingJob",
        "SearchExpression": {"Filters": filters},
        "MaxResults": 100,
    }
    return Call("Search", params | ({"NextToken": token} if token else {}))


def found(answer: Mapping[str, Any]) -> tuple[Observation, ...]:
    """Understand a page of Search; a job in it has its tags, unlike one of Describe."""
    jobs = [
        result["TrainingJob"] for result in answer.get("Results", ()) if "TrainingJob" in result
    ]
    return tuple(
        replace(observe(job), tags={tag["Key"]: tag["Value"] for tag in job.get("Tags") or ()})
        for job in jobs
    )


def is_missing(error: ServiceError) -> bool:
    """Whether a job does not exist: SageMaker says so by `ValidationException: Requested resource
    not found` (ACK's generator.yaml; aws/aws-sdk#165), the model lists ResourceNotFound."""
    if isinstance(error, NotThere) or error.error_code == "ResourceNotFound":
        return True
    return error.error_code == "ValidationException" and error.detail.startswith(
        "Requested resource not found"
    )


def same(call: Call, observation: Observation) -> tuple[str, ...]:
    """Members of `IDENTITY` that the call sets and in which the live job differs.

    A tag and a digest of one repository count as the same image.
    """
    differing = []
    for path in IDENTITY:
        wanted = get(call.params, tuple(path.split(".")))
        live = observation.fields.get(path)
        if path == IDENTITY[0] and wanted is not None:
            wanted, live = repository(wanted), repository(live or "")
        if wanted is not None and wanted != live:
            differing.append(path)
    return tuple(differing)


def _outcome(phase: Phase, stage: str | None, reason: str | None) -> Outcome | None:
    if phase is Phase.READY:
        return Outcome.DONE
    if phase is Phase.STOPPED:
        return Outcome.CAPACITY if stage == "MaxWaitTimeExceeded" else Outcome.STOPPED
    if phase is Phase.FAILED:
        # FailureReason begins with the class of the error; anything else is not worth a retry.
        return _REASONS.get((reason or "").partition(":")[0].strip(), Outcome.CLIENT)
    return None


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


def _utc(moment: datetime | float) -> str:
    """UTC, ISO 8601 to the second; botocore parses times, a bare answer has seconds since 1970."""
    if not isinstance(moment, datetime):
        moment = datetime.fromtimestamp(moment, UTC)
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
