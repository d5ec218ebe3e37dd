"""What an answer of DescribeTrainingJob means."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from reconciler.core.call import Call
from reconciler.core.images import references, replaced
from reconciler.core.live import Observation, Outcome, Phase
from reconciler.core.pricing import billed_instances
from reconciler.errors import NotThere, Refused
from tests.kinds.jobs import KIND, request

ANSWER: dict[str, Any] = {
    "TrainingJobName": "churn-0123456789",
    "TrainingJobArn": "arn:aws:sagemaker:eu-west-1:111122223333:training-job/churn-0123456789",
    "TrainingJobStatus": "InProgress",
    "SecondaryStatus": "Training",
}


def seen(**members: Any) -> Observation:
    return KIND.observe(ANSWER | members)


@pytest.mark.parametrize(
    ("status", "stage", "reason", "phase", "outcome"),
    [
        ("InProgress", "Downloading", None, Phase.PROGRESSING, None),
        ("InProgress", "Interrupted", None, Phase.PROGRESSING, None),
        ("Stopping", "Stopping", None, Phase.PROGRESSING, None),
        ("Deleting", None, None, Phase.PROGRESSING, None),
        ("Paused", "SomethingNew", None, Phase.PROGRESSING, None),
        ("Completed", "Completed", None, Phase.READY, Outcome.DONE),
        ("Stopped", "Stopped", None, Phase.STOPPED, Outcome.STOPPED),
        ("Stopped", "MaxRuntimeExceeded", None, Phase.STOPPED, Outcome.STOPPED),
        ("Stopped", "MaxWaitTimeExceeded", None, Phase.STOPPED, Outcome.CAPACITY),
        ("Failed", "Failed", "CapacityError: Unable to provision", Phase.FAILED, Outcome.CAPACITY),
        ("Failed", "Failed", "InternalServerError: We", Phase.FAILED, Outcome.INTERNAL),
        ("Failed", "Failed", "AlgorithmError: exit 1", Phase.FAILED, Outcome.ALGORITHM),
        ("Failed", "Failed", "ClientError: no data", Phase.FAILED, Outcome.CLIENT),
        ("Failed", "Failed", "AlgorithmError: CapacityError: no", Phase.FAILED, Outcome.ALGORITHM),
        ("Failed", "Failed", "something else", Phase.FAILED, Outcome.CLIENT),
        ("Failed", "Failed", None, Phase.FAILED, Outcome.CLIENT),
    ],
)
def test_a_status_means_a_phase_and_at_the_end_an_outcome(
    status: str, stage: str | None, reason: str | None, phase: Phase, outcome: Outcome | None
) -> None:
    found = seen(TrainingJobStatus=status, SecondaryStatus=stage, FailureReason=reason)
    assert (found.phase, found.outcome, found.status) == (phase, outcome, status)


@pytest.mark.parametrize(
    ("status", "stage", "told"),
    [
        (
            "Stopped",
            "MaxRuntimeExceeded",
            "MaxRuntimeExceeded: it ran longer than its max_runtime of 3s",
        ),
        (
            "Stopped",
            "MaxWaitTimeExceeded",
            "MaxWaitTimeExceeded: it waited and ran longer than its max_wait_time",
        ),
        ("Stopped", "Interrupted", "Interrupted: its spot instances were taken away"),
        ("Stopped", "Stopped", None),
        ("InProgress", "Interrupted", None),
    ],
)
def test_why_a_job_was_stopped_other_than_by_hand_is_its_reason(
    status: str, stage: str, told: str | None
) -> None:
    limit = {"MaxRuntimeInSeconds": 3}
    found = seen(TrainingJobStatus=status, SecondaryStatus=stage, StoppingCondition=limit)
    assert found.reason == told


def test_times_are_utc_whether_they_come_parsed_or_as_seconds() -> None:
    moment = datetime(2026, 11, 25, 13, 0, tzinfo=timezone(timedelta(hours=2)))
    found = seen(CreationTime=moment, TrainingStartTime=1_764_068_400, TrainingEndTime=None)
    assert found.times == {"created": "2026-11-25T11:00:00Z", "started": "2025-11-25T11:00:00Z"}
    assert seen(CreationTime=datetime(2026, 1, 1, tzinfo=UTC)).times["created"].endswith("Z")


def test_results_are_read_and_metrics_are_text() -> None:
    found = seen(
        ModelArtifacts={"S3ModelArtifacts": "s3://acme/jobs/churn/model.tar.gz"},
        FinalMetricDataList=[{"MetricName": "auc", "Value": 0.875}],
        TrainingTimeInSeconds=60,
        BillableTimeInSeconds=40,
    )
    assert found.artifact_uri == "s3://acme/jobs/churn/model.tar.gz"
    assert found.metrics == {"auc": "0.875"}
    assert (found.training_seconds, found.billable_seconds) == (60, 40)


def test_what_a_job_is_billed_for_is_read_and_never_compared() -> None:
    """The instances that SageMaker chose are in no request."""
    chosen = {"SelectedInstanceType": "ml.m5.large", "SelectedInstanceCount": 2}
    asked = {"InstancePreferences": [{"InstanceType": "ml.m5.large", "InstanceCount": 2}]}
    sent = request() | {"ResourceConfig": asked}
    live = KIND.observe(ANSWER | sent | {"ResourceConfig": asked | chosen})
    assert billed_instances(live.fields) == {"ml.m5.large": 2}
    assert KIND.same(Call("CreateTrainingJob", sent), live) == ()
    plan = {"InstanceType": "ml.p5.48xlarge", "InstanceCount": 1, "TrainingPlanArn": "arn"}
    assert billed_instances(seen(ResourceConfig=plan).fields) == {}


def test_an_artifact_that_is_null_is_none() -> None:
    assert seen(ModelArtifacts=None).artifact_uri is None
    assert seen(ModelArtifacts={"S3ModelArtifacts": ""}).artifact_uri is None


def test_a_job_is_the_same_when_it_has_what_the_request_sets() -> None:
    sent = request()
    live = KIND.observe(ANSWER | sent | {"EnableNetworkIsolation": False})
    assert KIND.same(Call("CreateTrainingJob", sent), live) == ()


def test_a_tag_and_a_digest_of_one_repository_are_the_same_image() -> None:
    call = Call("CreateTrainingJob", request())
    (tag,) = references(call, KIND.image_members)
    call = replaced(call, KIND.image_members, {tag: _IMAGE + "@sha256:" + "0" * 64})
    assert KIND.same(call, KIND.observe(ANSWER | request())) == ()


def test_every_difference_of_the_fixed_list_is_named() -> None:
    other = request(
        {"role_arn": "arn:aws:iam::111122223333:role/other"},
        {"compute": {"instance_count": 2}},
        {"container": {"image": "elsewhere:1"}},
        {"output": {"s3_output_path": "s3://elsewhere/"}},
    )
    assert set(KIND.same(Call("CreateTrainingJob", request()), KIND.observe(ANSWER | other))) == {
        "AlgorithmSpecification.TrainingImage",
        "RoleArn",
        "ResourceConfig.InstanceCount",
        "OutputDataConfig.S3OutputPath",
    }


@pytest.mark.parametrize(
    ("error", "missing"),
    [
        (
            Refused("DescribeTrainingJob", "ValidationException", "Requested resource not found."),
            True,
        ),
        (Refused("DescribeTrainingJob", "ResourceNotFound", "no"), True),
        (NotThere("DescribeTrainingJob", "ResourceNotFound", "no"), True),
        (Refused("DescribeTrainingJob", "ValidationException", "1 validation error"), False),
        (Refused("DescribeTrainingJob", "AccessDeniedException", "Requested resource"), False),
    ],
)
def test_only_sagemakers_own_words_mean_that_a_job_does_not_exist(
    error: Refused, missing: bool
) -> None:
    assert KIND.is_missing(error) is missing


def test_what_can_change_in_place_is_seen_by_its_key() -> None:
    found = seen(
        ResourceConfig={"KeepAlivePeriodInSeconds": 3600, "InstanceCount": 1},
        WarmPoolStatus={"Status": "Available"},
        RemoteDebugConfig={"EnableRemoteDebug": True},
        ProfilerConfig={"S3OutputPath": "s3://acme/p", "ProfilingIntervalInMilliseconds": 500},
    )
    assert found.in_place == {
        "compute.keep_alive_period": "1h",
        "warm_pool": "Available",
        "remote_debug": True,
        "profiler": {"s3_output_path": "s3://acme/p", "profiling_interval": "500ms"},
    }


_IMAGE = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/train"
