"""Training jobs behave as SageMaker's do: names, defaults, states, refusals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from reconciler.local.engine import Engine
from reconciler.local.errors import EngineError, StateError, UnknownCall
from reconciler.servicemodel.check import check_answer
from reconciler.servicemodel.load import load

ARN = "arn:aws:sagemaker:us-east-1:000000000000:training-job/job-1"
HTTPS = {
    "ChannelName": "train",
    "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "https://host/x"}},
}
AUGMENTED = {
    "ChannelName": "train",
    "DataSource": {"S3DataSource": {"S3DataType": "AugmentedManifestFile", "S3Uri": "s3://b/x"}},
}
FILES = {
    "ChannelName": "train",
    "DataSource": {
        "FileSystemDataSource": {
            "FileSystemId": "fs-0123456789a",
            "FileSystemAccessMode": "ro",
            "FileSystemType": "EFS",
            "DirectoryPath": "/x",
        }
    },
}
NewJob = Callable[..., dict[str, Any]]


def call(engine: Engine, operation: str, **params: Any) -> dict[str, Any]:
    return engine.handle("sagemaker", operation, params)


def refusal(engine: Engine, operation: str, **params: Any) -> EngineError:
    with pytest.raises(EngineError) as caught:
        call(engine, operation, **params)
    return caught.value


def describe(engine: Engine, name: str = "job-1") -> dict[str, Any]:
    return call(engine, "DescribeTrainingJob", TrainingJobName=name)


def finish(engine: Engine, name: str = "job-1", status: str = "Completed") -> None:
    engine.context.state.finish(name, status=status, secondary=status)


@pytest.fixture
def running(engine: Engine, new_job: NewJob) -> Engine:
    """An engine with one job that is in progress."""
    call(engine, "CreateTrainingJob", **new_job(Tags=[{"Key": "team", "Value": "risk"}]))
    return engine


def test_a_created_job_gets_its_arn_and_a_supervisor(
    engine: Engine, new_job: NewJob, spawned: Any
) -> None:
    assert call(engine, "CreateTrainingJob", **new_job()) == {"TrainingJobArn": ARN}
    assert spawned.names == ["job-1"]


def test_account_and_region_are_in_the_arn(local_root: Any, new_job: NewJob, spawned: Any) -> None:
    engine = Engine(local_root, account_id="123456789012", region="eu-west-1")
    answer = call(engine, "CreateTrainingJob", **new_job())
    assert answer["TrainingJobArn"].startswith("arn:aws:sagemaker:eu-west-1:123456789012:")
    engine.close()


def test_a_name_that_is_taken_is_refused_and_changes_nothing(
    running: Engine, new_job: NewJob, spawned: Any
) -> None:
    error = refusal(running, "CreateTrainingJob", **new_job(EnableNetworkIsolation=True))
    assert (error.code, error.http_status) == ("ResourceInUse", 400)
    assert error.message == (
        "Training job names must be unique within an AWS account and region, and a training job "
        f"with this name already exists ({ARN})"
    )
    assert spawned.names == ["job-1"]
    assert describe(running)["EnableNetworkIsolation"] is False
    assert running.context.state.launch_count() == 1


@pytest.mark.parametrize(
    "operation",
    ["DescribeTrainingJob", "StopTrainingJob", "UpdateTrainingJob", "DeleteTrainingJob"],
)
def test_a_job_that_is_not_there_is_not_found_in_the_words_of_sagemaker(
    engine: Engine, operation: str
) -> None:
    error = refusal(engine, operation, TrainingJobName="nobody")
    assert (error.code, error.message) == ("ValidationException", "Requested resource not found.")


def test_describe_gives_what_was_sent_with_the_defaults_and_without_tags(
    running: Engine, new_job: NewJob
) -> None:
    answer = describe(running)
    sent = new_job()
    assert "Tags" not in answer
    assert answer["ResourceConfig"] == sent["ResourceConfig"]
    assert answer["OutputDataConfig"] == {
        "S3OutputPath": "s3://bucket/out",
        "KmsKeyId": "",
        "CompressionType": "GZIP",
    }
    assert answer["EnableManagedSpotTraining"] is False
    assert (answer["TrainingJobStatus"], answer["SecondaryStatus"]) == ("InProgress", "Starting")
    assert "ModelArtifacts" not in answer and "TrainingEndTime" not in answer


def test_a_channel_is_described_with_its_defaults(engine: Engine, new_job: NewJob) -> None:
    engine.context.storage.put("bucket", "data/x.csv", b"1")
    source = {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/data"}
    channel = {"ChannelName": "train", "DataSource": {"S3DataSource": source}}
    call(engine, "CreateTrainingJob", **new_job(InputDataConfig=[channel]))
    (described,) = describe(engine)["InputDataConfig"]
    assert described["CompressionType"] == described["RecordWrapperType"] == "None"
    assert described["DataSource"]["S3DataSource"] == {
        **source,
        "S3DataDistributionType": "FullyReplicated",
    }


def test_describe_of_an_ended_job_says_what_came_of_it(running: Engine) -> None:
    running.context.state.move("job-1", "Training")
    running.context.state.finish(
        "job-1",
        status="Failed",
        secondary="Failed",
        reason="AlgorithmError: x",
        artifact_uri="s3://bucket/m",
        metrics=[{"MetricName": "auc", "Value": 0.5, "Timestamp": 1.5}],
        training_seconds=7,
        billable_seconds=8,
    )
    answer = describe(running)
    assert answer["FailureReason"] == "AlgorithmError: x"
    assert answer["ModelArtifacts"] == {"S3ModelArtifacts": "s3://bucket/m"}
    assert answer["FinalMetricDataList"][0]["MetricName"] == "auc"
    assert (answer["TrainingTimeInSeconds"], answer["BillableTimeInSeconds"]) == (7, 8)
    assert answer["SecondaryStatusTransitions"][-1]["Status"] == "Failed"
    assert check_answer(load("sagemaker"), "DescribeTrainingJob", answer) == ()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"TrainingJobName": "bad_name"}, "1 validation error detected: Value 'bad_name'"),
        ({"RoleArn": None}, "Value null at 'roleArn'"),
        ({"ResourceConfig": None}, "InstanceType and InstanceCount"),
        ({"EnableManagedSpotTraining": True}, "Invalid MaxWaitTimeInSeconds"),
        (
            {
                "EnableManagedSpotTraining": True,
                "StoppingCondition": {"MaxRuntimeInSeconds": 9, "MaxWaitTimeInSeconds": 8},
            },
            "Invalid MaxWaitTimeInSeconds",
        ),
        (
            {"Tags": [{"Key": "a", "Value": ""}, {"Key": "A", "Value": ""}]},
            "Duplicate tag keys found",
        ),
        ({"Tags": [{"Key": "aws:a", "Value": ""}]}, "aws: prefixed"),
        ({"AlgorithmSpecification": {"TrainingInputMode": "File"}}, "Exactly one of TrainingImage"),
        (
            {
                "AlgorithmSpecification": {
                    "TrainingInputMode": "File",
                    "TrainingImage": "tools/run:1",
                }
            },
            "entry point",
        ),
        (
            {
                "EnableManagedSpotTraining": True,
                "StoppingCondition": {"MaxRuntimeInSeconds": 9, "MaxWaitTimeInSeconds": 9},
                "ResourceConfig": {
                    "InstanceType": "ml.m5.large",
                    "VolumeSizeInGB": 1,
                    "KeepAlivePeriodInSeconds": 60,
                },
            },
            "not supported for managed spot training",
        ),
        ({"InputDataConfig": [HTTPS, HTTPS]}, "Duplicate channel name: train"),
        ({"InputDataConfig": [AUGMENTED]}, "needs the input mode Pipe"),
        ({"InputDataConfig": [FILES]}, "needs a VpcConfig"),
        (
            {
                "InputDataConfig": [
                    {
                        "ChannelName": "train",
                        "DataSource": {
                            "S3DataSource": {
                                "S3DataType": "S3Prefix",
                                "S3Uri": "s3://bucket/none/",
                            }
                        },
                    }
                ]
            },
            'No S3 objects found under S3 URL "s3://bucket/none/"',
        ),
    ],
)
def test_what_sagemaker_refuses_is_refused_and_makes_no_job(
    engine: Engine, new_job: NewJob, spawned: Any, changes: dict[str, Any], words: str
) -> None:
    error = refusal(engine, "CreateTrainingJob", **new_job(**changes))
    assert error.code == "ValidationException"
    assert words in error.message
    assert engine.context.state.launch_count() == 0
    assert spawned.names == []


def test_an_image_that_cannot_run_here_is_refused_with_what_to_do(
    engine: Engine, local_root: Any, new_job: NewJob
) -> None:
    (local_root / "images.json").unlink()
    error = refusal(engine, "CreateTrainingJob", **new_job())
    assert error.code == "ValidationException"
    assert "images:" in error.message


@pytest.mark.parametrize("text", ["{", "[]"])
def test_a_broken_image_table_is_told_with_its_place(
    engine: Engine, local_root: Any, new_job: NewJob, text: str
) -> None:
    (local_root / "images.json").write_text(text)
    with pytest.raises(StateError, match=r"images\.json"):
        call(engine, "CreateTrainingJob", **new_job())


def test_a_stopped_job_is_stopping_until_it_ends(running: Engine) -> None:
    assert call(running, "StopTrainingJob", TrainingJobName="job-1") == {}
    assert describe(running)["TrainingJobStatus"] == "Stopping"
    error = refusal(running, "StopTrainingJob", TrainingJobName="job-1")
    assert (error.code, "in status Stopping" in error.message) == ("ValidationException", True)


def test_only_a_terminal_job_can_be_deleted_and_then_its_name_is_free(
    running: Engine, new_job: NewJob
) -> None:
    folder = running.context.root / "jobs" / "job-1"
    folder.mkdir(parents=True)
    error = refusal(running, "DeleteTrainingJob", TrainingJobName="job-1")
    assert error.code == "ResourceInUse"
    finish(running)
    call(running, "DeleteTrainingJob", TrainingJobName="job-1")
    assert not folder.exists()
    call(running, "CreateTrainingJob", **new_job())
    assert running.context.state.launch_count() == 2


def test_a_warm_pool_lives_from_the_job_to_the_end_of_its_time(
    engine: Engine, new_job: NewJob
) -> None:
    resources = {**new_job()["ResourceConfig"], "KeepAlivePeriodInSeconds": 600}
    call(engine, "CreateTrainingJob", **new_job(ResourceConfig=resources))
    assert describe(engine)["WarmPoolStatus"]["Status"] == "InUse"
    finish(engine)
    assert describe(engine)["WarmPoolStatus"]["Status"] == "Available"
    error = refusal(engine, "DeleteTrainingJob", TrainingJobName="job-1")
    assert "warm pool" in error.message
    update = {"KeepAlivePeriodInSeconds": 0}
    call(engine, "UpdateTrainingJob", TrainingJobName="job-1", ResourceConfig=update)
    assert "WarmPoolStatus" not in describe(engine)


def test_a_failed_job_keeps_no_warm_pool(engine: Engine, new_job: NewJob) -> None:
    resources = {**new_job()["ResourceConfig"], "KeepAlivePeriodInSeconds": 600}
    call(engine, "CreateTrainingJob", **new_job(ResourceConfig=resources))
    finish(engine, status="Failed")
    assert describe(engine)["WarmPoolStatus"]["Status"] == "Terminated"
    call(engine, "DeleteTrainingJob", TrainingJobName="job-1")


def test_profiling_can_be_changed_only_while_the_job_runs(running: Engine) -> None:
    change = {"S3OutputPath": "s3://bucket/p", "DisableProfiler": False}
    call(running, "UpdateTrainingJob", TrainingJobName="job-1", ProfilerConfig=change)
    rules = [{"RuleConfigurationName": "r", "RuleEvaluatorImage": "image"}]
    call(running, "UpdateTrainingJob", TrainingJobName="job-1", ProfilerRuleConfigurations=rules)
    answer = describe(running)
    assert answer["ProfilerRuleConfigurations"] == rules
    assert (answer["ProfilerConfig"], answer["ProfilingStatus"]) == (change, "Enabled")
    finish(running)
    error = refusal(running, "UpdateTrainingJob", TrainingJobName="job-1", ProfilerConfig=change)
    assert "while it is InProgress" in error.message


def test_remote_debugging_can_be_changed_only_while_it_downloads_or_trains(
    running: Engine,
) -> None:
    change = {"EnableRemoteDebug": True}
    error = refusal(running, "UpdateTrainingJob", TrainingJobName="job-1", RemoteDebugConfig=change)
    assert "Downloading or Training" in error.message
    running.context.state.move("job-1", "Training")
    call(running, "UpdateTrainingJob", TrainingJobName="job-1", RemoteDebugConfig=change)
    assert describe(running)["RemoteDebugConfig"] == change


def test_keep_alive_cannot_be_added_to_a_job_that_had_none(running: Engine) -> None:
    finish(running)
    change = {"KeepAlivePeriodInSeconds": 60}
    error = refusal(running, "UpdateTrainingJob", TrainingJobName="job-1", ResourceConfig=change)
    assert "warm pool" in error.message


def test_what_the_engine_does_not_have_is_an_error_and_never_sent_on(engine: Engine) -> None:
    with pytest.raises(UnknownCall, match="sagemaker:CreatePipeline"):
        call(engine, "CreatePipeline")
    with pytest.raises(UnknownCall, match="ec2:RunInstances"):
        engine.handle("ec2", "RunInstances", {})


def test_a_folder_that_cannot_be_written_is_told_with_its_name(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(engine.context.storage.blobs, "receive", full)
    with pytest.raises(StateError, match="No space left on device"):
        engine.handle("s3", "PutObject", {"Bucket": "bucket", "Key": "k", "Body": b""})
