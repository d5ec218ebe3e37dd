"""`reconciler import`: a job that exists becomes the shortest document that means the same."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import DEV, STRICT, importing, new_repo

PUBLISHED = Path(__file__).parents[1] / "kinds" / "requests"
CASES = sorted(path.stem for path in PUBLISHED.glob("[0-9]*.json"))

FILES = {
    "environments/dev.yaml": DEV,
    "environments/strict.yaml": STRICT + "kms_key_id: alias/outputs\n",
}
BASE: dict[str, Any] = {
    "TrainingJobName": "churn",
    "RoleArn": "arn:aws:iam::111122223333:role/train",
    "AlgorithmSpecification": {
        "TrainingImage": "111122223333.dkr.ecr.us-west-2.amazonaws.com/churn:1",
        "TrainingInputMode": "File",
    },
    "OutputDataConfig": {"S3OutputPath": "s3://acme/out/"},
    "ResourceConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 30},
    "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A repository with two environments and no job."""
    return new_repo(tmp_path_factory.mktemp("import"), FILES)


@pytest.fixture
def try_import(place: Any, tmp_path: Path) -> Callable[..., Any]:
    return importing(place, tmp_path)


def said(value: Any) -> Any:
    """Empty lists and maps say nothing in a request; named things have no order."""
    if isinstance(value, dict):
        kept = {key: said(item) for key, item in value.items()}
        return {key: item for key, item in kept.items() if item not in ({}, [])}
    if isinstance(value, list):
        items = [said(item) for item in value]
        names = ("ChannelName", "Key")
        return sorted(items, key=lambda i: next((i[n] for n in names if n in i), "")
                      if isinstance(i, dict) else "")  # fmt: skip
    return value


def compared(request: Mapping[str, Any], shown: Mapping[str, Any]) -> tuple[Any, Any]:
    """Both without names, our own tags, and values that `show` covers."""
    wanted, given = dict(request), dict(shown)
    old, new = wanted.pop("TrainingJobName"), given.pop("TrainingJobName")
    tags = [t for t in given.pop("Tags") if not t["Key"].startswith("sagemaker-gitops:")]
    for side in (wanted, given):
        side["Environment"] = list(side.get("Environment", {}))
    sent = dict(given.get("HyperParameters", {}))
    if sent.get("sagemaker_job_name") == json.dumps(new):
        sent["sagemaker_job_name"] = json.dumps(old)
    return said(wanted), said({**given, "Tags": tags, "HyperParameters": sent})


@pytest.mark.parametrize("environment", ["dev", "strict"])
@pytest.mark.parametrize("case", CASES)
def test_a_published_request_comes_back_without_loss(
    case: str, environment: str, try_import: Callable[..., Any]
) -> None:
    """In an environment that gives nothing of it, and in one that gives something else."""
    request = json.loads((PUBLISHED / f"{case}.json").read_text())
    result, _, shown = try_import(PUBLISHED / f"{case}.json", "-e", environment)
    assert result.exit_code == 0, result.output
    wanted, given = compared(request, shown)
    assert given == wanted


def changed(*changes: Mapping[str, Any]) -> dict[str, Any]:
    """The sound request with members laid over it; None removes."""
    from reconciler.core.fields import overlay

    request = BASE
    for change in changes:
        request = overlay(request, change)
    return request


def channel(name: str = "train", **members: Any) -> dict[str, Any]:
    source = {"S3DataType": "S3Prefix", "S3Uri": "s3://acme/train/"}
    return {"ChannelName": name, "DataSource": {"S3DataSource": source | members.pop("S3", {})}} | (
        members
    )


DISK = {
    "FileSystemDataSource": {
        "FileSystemId": "fs-0123456789abcdef0",
        "FileSystemAccessMode": "ro",
        "FileSystemType": "EFS",
        "DirectoryPath": "/data",
    }
}
SPOT = {"EnableManagedSpotTraining": True}
GROUP = {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "InstanceGroupName": "a"}
ONLY = {"InstanceType": None, "InstanceCount": None}
PREFERENCES = [{"InstanceType": "ml.g5.xlarge", "InstanceCount": 1}]
VPC_IMAGE = {"TrainingImageConfig": {"TrainingRepositoryAccessMode": "Vpc"}}
XGBOOST = "433757028032.dkr.ecr.us-west-2.amazonaws.com/xgboost:1"

ILLEGAL: dict[str, tuple[dict[str, Any], str, str]] = {
    "no output": ({"OutputDataConfig": None}, "E213", "OutputDataConfig"),
    "no role": ({"RoleArn": None}, "E213", "RoleArn"),
    "role of another form": ({"RoleArn": "admin"}, "E213", "RoleArn"),
    "name": ({"TrainingJobName": "my_job"}, "E213", "TrainingJobName"),
    "name too long": ({"TrainingJobName": "a" * 64}, "E213", "TrainingJobName"),
    "unknown member": ({"InstanceType": "ml.m5.xlarge"}, "E213", "InstanceType"),
    "unknown type": ({"ResourceConfig": {"InstanceType": "ml.x9.big"}}, "E213", "InstanceType"),
    "number": ({"HyperParameters": {"eta": 0.2}}, "E213", "HyperParameters.eta"),
    "text for a number": ({"ResourceConfig": {"InstanceCount": "1"}}, "E213", "InstanceCount"),
    "long value": ({"HyperParameters": {"x": "y" * 2501}}, "E213", "HyperParameters.x"),
    "runtime": ({"StoppingCondition": {"MaxRuntimeInSeconds": 0}}, "E213", "MaxRuntimeInSeconds"),
    "runtime too long": (
        {"StoppingCondition": {"MaxRuntimeInSeconds": 2_419_201}}, "E103", "MaxRuntimeInSeconds"),
    "keep alive": (
        {"ResourceConfig": {"KeepAlivePeriodInSeconds": 21_601}}, "E213",
        "KeepAlivePeriodInSeconds"),
    "half a VPC": ({"VpcConfig": {"Subnets": ["subnet-1"]}}, "E213", "SecurityGroupIds"),
    "spot without wait": (SPOT, "E205", "MaxWaitTimeInSeconds"),
    "wait shorter than run": (
        SPOT | {"StoppingCondition": {"MaxWaitTimeInSeconds": 60}}, "E205",
        "StoppingCondition.MaxWaitTimeInSeconds"),
    "wait without spot": (
        {"StoppingCondition": {"MaxWaitTimeInSeconds": 7200}}, "E205",
        "StoppingCondition.MaxWaitTimeInSeconds"),
    "spot with warm pool": (
        SPOT | {"StoppingCondition": {"MaxWaitTimeInSeconds": 7200},
                "ResourceConfig": {"KeepAlivePeriodInSeconds": 600}},
        "E220", "ResourceConfig.KeepAlivePeriodInSeconds"),
    "spot without checkpoints": (
        SPOT | {"StoppingCondition": {"MaxWaitTimeInSeconds": 7200},
                "AlgorithmSpecification": {"TrainingImage": XGBOOST}},
        "E229", "StoppingCondition.MaxWaitTimeInSeconds"),
    "channel twice": (
        {"InputDataConfig": [channel(), channel()]}, "E234", "InputDataConfig[1].ChannelName"),
    "tag twice": (
        {"Tags": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]}, "E230",
        "Tags[1].Key"),
    "tag of AWS": ({"Tags": [{"Key": "aws:x", "Value": "1"}]}, "E230", "Tags"),
    "group twice": (
        {"ResourceConfig": ONLY | {"InstanceGroups": [GROUP, GROUP]}}, "E234",
        "ResourceConfig.InstanceGroups[1].InstanceGroupName"),
    "groups and a type": (
        {"ResourceConfig": {"InstanceGroups": [GROUP]}}, "E202", "ResourceConfig.InstanceType"),
    "unknown group": (
        {"InputDataConfig": [channel(S3={"InstanceGroupNames": ["gpu"]})]}, "E226",
        "InputDataConfig[train].DataSource.S3DataSource.InstanceGroupNames"),
    "preferences and a type": (
        {"ResourceConfig": {"InstancePreferences": PREFERENCES}}, "E225",
        "ResourceConfig.InstanceType"),
    "an answer's member": (
        {"ResourceConfig": {"SelectedInstanceType": "ml.g5.xlarge"}}, "E213",
        "ResourceConfig.SelectedInstanceType"),
    "no instances": ({"ResourceConfig": None}, "E102", "ResourceConfig.InstanceType"),
    "no count": ({"ResourceConfig": {"InstanceCount": None}}, "E102", "InstanceCount"),
    "no algorithm": (
        {"AlgorithmSpecification": {"TrainingImage": None}}, "E202", "AlgorithmSpecification"),
    "two algorithms": (
        {"AlgorithmSpecification": {"AlgorithmName": "mine"}}, "E202", "AlgorithmSpecification"),
    "augmented manifest in File mode": (
        {"InputDataConfig": [channel(S3={"S3DataType": "AugmentedManifestFile"})]}, "E221",
        "InputDataConfig[train].DataSource.S3DataSource.S3DataType"),
    "attributes without manifest": (
        {"InputDataConfig": [channel(S3={"AttributeNames": ["x"]})]}, "E222", "AttributeNames"),
    "file system without VPC": (
        {"InputDataConfig": [{"ChannelName": "train", "DataSource": DISK}]}, "E223",
        "FileSystemDataSource"),
    "registry without VPC": (
        {"AlgorithmSpecification": VPC_IMAGE}, "E224", "TrainingRepositoryAccessMode"),
    "pending on CPU": (
        {"StoppingCondition": {"MaxPendingTimeInSeconds": 7200}}, "E227",
        "StoppingCondition.MaxPendingTimeInSeconds"),
    "channel without source": (
        {"InputDataConfig": [{"ChannelName": "train", "DataSource": {}}]}, "E202",
        "InputDataConfig"),
    "secret": (
        {"Environment": {"AWS_KEY": "AKIAIOSFODNN7EXAMPLE"}}, "E208", "Environment.AWS_KEY"),
}  # fmt: skip
"""What is wrong → the change, the number of the rule, the member that is named."""


@pytest.mark.parametrize("wrong", ILLEGAL)
def test_an_illegal_request_is_refused_with_the_members_name(
    wrong: str, try_import: Callable[..., Any]
) -> None:
    """In AWS's words, before anything is written."""
    change, code, member = ILLEGAL[wrong]
    result, _, _ = try_import(changed(change))
    assert result.exit_code == 1, result.output
    assert f"error[{code}]: `" in result.stderr
    assert member in result.stderr
    assert "AKIA" not in result.output


LEGAL: dict[str, dict[str, Any]] = {
    "metric that finds nothing, as AWS's examples of its model parallel library have it": {
        "AlgorithmSpecification": {
            "MetricDefinitions": [{"Name": "base_metric", "Regex": "<><><><><><>"}]}},
    "collection without a name": {
        "DebugHookConfig": {"S3OutputPath": "s3://acme/", "CollectionConfigurations": [
            {"CollectionParameters": {"save_interval": "5"}}]}},
    "script mode by hand, with the job's name inside": {
        "AlgorithmSpecification": {"ContainerArguments": ["train"]},
        "HyperParameters": {
            "sagemaker_program": '"train.py"', "sagemaker_job_name": '"churn"',
            "sagemaker_submit_directory": '"s3://acme/code/sourcedir.tar.gz"'}},
    "script mode with the name of another job inside": {
        "HyperParameters": {
            "sagemaker_program": '"train.py"', "sagemaker_job_name": '"other"',
            "sagemaker_submit_directory": '"s3://acme/code/sourcedir.tar.gz"',
            "sagemaker_container_log_level": "20", "sagemaker_region": '"us-west-2"'}},
    "no stopping condition": {"StoppingCondition": None},
    "no volume": {"ResourceConfig": {"VolumeSizeInGB": None}},
    "distribution left open": {"InputDataConfig": [channel()]},
    "one kind of channel of many": {
        "InputDataConfig": [
            channel("a", S3={"S3DataDistributionType": "ShardedByS3Key"}, InputMode="Pipe",
                    ShuffleConfig={"Seed": 7}, RecordWrapperType="RecordIO"),
            channel("b", S3={"S3DataType": "AugmentedManifestFile", "AttributeNames": ["x", "y"]},
                    InputMode="Pipe"),
            channel("c", S3={"ModelAccessConfig": {"AcceptEula": True}}, ContentType="text/csv"),
            channel("d", S3={"S3DataType": "ManifestFile"}, CompressionType="Gzip"),
        ]
    },
    "preferences": {"ResourceConfig": ONLY | {"InstancePreferences": PREFERENCES}},
    "words that YAML reads otherwise": {
        "HyperParameters": {"a": "yes", "b": "None", "c": "1e-5", "d": "0123", "e": "", "f": "~",
                            "g": "12:30:45", "h": "[1, 2.50]", "i": '{"a": null}', "j": " x ",
                            "k": "- x", "l": "# x", "m": "é漢", "o": "0x1F", "p": "'",
                            "q": '"quoted"', "r": "1.", "s": ".5", "t": "9" * 30, "u": "null"}
    },
    "a collection twice": {
        "DebugHookConfig": {
            "S3OutputPath": "s3://acme/debug/",
            "CollectionConfigurations": [
                {"CollectionName": "losses", "CollectionParameters": {"save_interval": "5"}},
                {"CollectionName": "losses"},
            ],
        }
    },
    "a profiler that writes nowhere": {"ProfilerConfig": {"ProfilingIntervalInMilliseconds": 500}},
    "owner": {"Tags": [{"Key": "owner", "Value": "ada"}, {"Key": "x", "Value": ""}]},
    "network isolation and a script": {
        "EnableNetworkIsolation": True,
        "HyperParameters": {
            "sagemaker_program": '"train.py"',
            "sagemaker_submit_directory": '"/opt/ml/input/data/code/sourcedir.tar.gz"',
            "sagemaker_container_log_level": "10",
            "sagemaker_job_name": '"churn"',
            "sagemaker_region": '"us-west-2"',
            "plain": "adam",
        },
        "InputDataConfig": [
            channel("code", S3={"S3Uri": "s3://acme/code/sourcedir.tar.gz",
                                "S3DataDistributionType": "FullyReplicated"})
        ],
    },
    "everything else": {
        "CheckpointConfig": {"S3Uri": "s3://acme/checkpoints/"},
        "TensorBoardOutputConfig": {"S3OutputPath": "s3://acme/boards/"},
        "ExperimentConfig": {"ExperimentName": "e", "RunName": "r"},
        "RemoteDebugConfig": {"EnableRemoteDebug": True},
        "InfraCheckConfig": {"EnableInfraCheck": True},
        "SessionChainingConfig": {"EnableSessionTagChaining": True},
        "MlflowConfig": {
            "MlflowResourceArn": "arn:aws:sagemaker:us-west-2:111122223333:mlflow-tracking-server/x"
        },
        "RetryStrategy": {"MaximumRetryAttempts": 3},
    },
}  # fmt: skip


@pytest.mark.parametrize("environment", ["dev", "strict"])
@pytest.mark.parametrize("legal", LEGAL)
def test_a_legal_request_comes_back_exactly(
    legal: str, environment: str, try_import: Callable[..., Any]
) -> None:
    """However unusual it is."""
    request = changed(LEGAL[legal])
    result, _, shown = try_import(request, "-e", environment)
    assert result.exit_code == 0, result.output
    wanted, given = compared(request, shown)
    assert given == wanted


def test_the_document_is_short_and_in_order(try_import: Callable[..., Any]) -> None:
    """What environment and AWS give is not repeated; code, image and strategy are recognised."""
    path = PUBLISHED / "29-sdk2-smddp-pytorch.json"
    _, text, _ = try_import(path, "--name", "smddp")
    assert text == (
        "# yaml-language-server: $schema=../schemas/spec.v1.json\n"
        "# Imported from 29-sdk2-smddp-pytorch.json\n"
        "apiVersion: sagemaker-gitops/v1\n"
        "kind: TrainingJob\n"
        "name: smddp\n"
        "version: 1\n"
        "role_arn: arn:aws:iam::111122223333:role/SageMakerRole\n"
        "script:\n"
        "  framework: pytorch\n"
        "  framework_version: 1.12.0\n"
        "  python_version: py38\n"
        "  source_dir: s3://sagemaker-us-west-2-111122223333/training-job-name-prefix-2026-01-15"
        "-10-20-30-456/source/sourcedir.tar.gz\n"
        "  entry_script: adapted-training-script.py\n"
        "inputs:\n"
        "  training: s3://bucket/path/to/training/data\n"
        "output:\n"
        "  s3_output_path: s3://sagemaker-us-west-2-111122223333/\n"
        "compute:\n"
        "  instance_type: ml.p3.16xlarge\n"
        "  instance_count: 2\n"
        "distributed:\n"
        "  smddp: {}\n"
        "metrics_time_series: true\n"
        "debugger:\n"
        "  s3_output_path: s3://sagemaker-us-west-2-111122223333/\n"
        "profiler:\n"
        "  disable_profiler: false\n"
    )


def test_what_the_folder_gives_is_left_out(make_repo: Any, tmp_path: Path) -> None:
    """And what it gives otherwise is taken away by name."""
    defaults = (
        "apiVersion: sagemaker-gitops/v1\nkind: Defaults\n"
        "compute: {instance_type: ml.m5.xlarge, instance_count: 1}\n"
        "stopping_condition: {max_runtime: 1h}\nmetrics: {loss: 'loss=(.*)'}\n"
        "inputs: {train: {path: data}}\n"
    )
    repo = make_repo({**FILES, "jobs/a/_defaults.yaml": defaults})
    file = tmp_path / "r.json"
    file.write_text(json.dumps(BASE))
    result = repo.run("import", "--from-json", str(file), "--to", "jobs/a")
    assert result.exit_code == 0, result.output
    assert (
        (repo.root / "jobs/a/churn.yaml")
        .read_text()
        .endswith(
            "name: churn\nversion: 1\nrole_arn: arn:aws:iam::111122223333:role/train\n"
            "container:\n  image: 111122223333.dkr.ecr.us-west-2.amazonaws.com/churn:1\n"
            "inputs: null\noutput:\n  s3_output_path: s3://acme/out/\nmetrics: null\n"
        )
    )
    assert "`inputs: null` takes away what is inherited here" in result.stderr


def test_no_file_is_overwritten_and_no_name_given_twice(repo: Any, tmp_path: Path) -> None:
    """The way out is another name."""
    file = tmp_path / "r.json"
    file.write_text(json.dumps(BASE))
    assert repo.run("import", "--from-json", str(file)).exit_code == 0
    again = repo.run("import", "--from-json", str(file))
    assert again.exit_code == 1
    assert "there is a document with the name `churn` already" in again.stderr
    (repo.root / "jobs" / "other.yaml").write_text("")
    taken = repo.run("import", "--from-json", str(file), "--name", "other")
    assert (taken.exit_code, (repo.root / "jobs" / "other.yaml").read_text()) == (1, "")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is not JSON: "),
        ("[]", "holds no request"),
        ('{"ProcessingJobName": "a"}', "it may be one of CreateTrainingJob, CreateModel, "),
        ('{"TransformJobName": "a", "ModelName": "b"}', "this is no request that a document can"),
        ('{"RoleArn": "a", "RoleArn": "b"}', "`RoleArn` is written twice"),
    ],
)
def test_a_file_that_is_no_request_is_refused(
    repo: Any, tmp_path: Path, content: str, message: str
) -> None:
    """With the reason, and no traceback."""
    file = tmp_path / "r.json"
    file.write_text(content)
    result = repo.run("import", "--from-json", str(file))
    assert result.exit_code == 1
    assert message in result.stderr


def test_an_answer_of_describe_loses_what_sagemaker_added(try_import: Callable[..., Any]) -> None:
    """Defaults, the answer's own members, and the metrics of a built-in algorithm."""
    image = "174872318107.dkr.ecr.us-west-2.amazonaws.com/linear-learner:1"
    answer = changed(
        {
            "TrainingJobArn": "arn:aws:sagemaker:us-west-2:111122223333:training-job/churn",
            "TrainingJobStatus": "Completed",
            "CreationTime": 1700000000,
            "AlgorithmSpecification": {
                "TrainingImage": image,
                "MetricDefinitions": [{"Name": "train:loss", "Regex": "x"}],
                "EnableSageMakerMetricsTimeSeries": False,
            },
            "OutputDataConfig": {"KmsKeyId": "", "CompressionType": "GZIP"},
            "EnableNetworkIsolation": False,
            "EnableManagedSpotTraining": False,
            "InputDataConfig": [
                channel(CompressionType="None", RecordWrapperType="None",
                        S3={"S3DataDistributionType": "FullyReplicated"})
            ],
            "ModelArtifacts": {"S3ModelArtifacts": "s3://acme/out/churn/output/model.tar.gz"},
        }
    )  # fmt: skip
    _, text, _ = try_import(answer)
    assert text.partition("version: 1\n")[2] == (
        "role_arn: arn:aws:iam::111122223333:role/train\n"
        "builtin:\n  name: linear-learner\n"
        "inputs:\n  train: s3://acme/train/\n"
        "output:\n  s3_output_path: s3://acme/out/\n"
        "compute:\n  instance_type: ml.m5.xlarge\n  instance_count: 1\n"
        "stopping_condition:\n  max_runtime: 1h\n"
    )


def test_a_job_that_was_launched_from_here_comes_back_as_it_is(trained: Any) -> None:
    """By Describe and ListTags of the engine, without the reconciler's own tags."""
    repo, _ = trained
    job = json.loads(repo.run("show", "digits", "--request").stdout)["TrainingJobName"]
    result = repo.run("import", job, "--name", "again")
    assert result.exit_code == 0, result.output
    text = (repo.root / "jobs" / "again.yaml").read_text()
    shown = json.loads(repo.run("show", "again", "--request").stdout)
    (repo.root / "jobs" / "again.yaml").unlink()
    assert f"# Imported from training job {job}\n" in text
    assert "sagemaker-gitops" not in text.replace("apiVersion: sagemaker-gitops/v1", "")
    assert "  eta: 0.10\n" in text
    assert shown["HyperParameters"]["eta"] == "0.10"


def test_a_job_that_is_not_there_is_said_so(trained: Any) -> None:
    """As SageMaker says it."""
    repo, _ = trained
    result = repo.run("import", "nobody")
    assert result.exit_code == 1
    assert "Requested resource not found" in result.stderr


@pytest.mark.parametrize("folder", ["src", "jobs/../x", "environments"])
def test_documents_of_jobs_lie_below_jobs(folder: str, try_import: Callable[..., Any]) -> None:
    """Elsewhere nobody would find them."""
    result, _, _ = try_import(BASE, "--to", folder)
    assert result.exit_code == 1
    assert "jobs lie below `jobs/`" in result.stderr
