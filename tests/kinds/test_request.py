"""The CreateTrainingJob call that a spec comes to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reconciler.core.call import Call
from reconciler.core.fields import from_request
from reconciler.core.images import references, replaced
from reconciler.core.scalars import Float, Integer
from reconciler.kinds.training_job.fields import TABLE
from reconciler.kinds.training_job.hyperparameters import as_json, as_text
from reconciler.servicemodel.check import check
from reconciler.servicemodel.load import load
from tests.kinds.jobs import GPU, KIND, ROLE, SCRIPT, environment, findings, job, request

FOLDER = Path(__file__).parent / "requests"
PUBLISHED = sorted(path.stem for path in FOLDER.glob("*.json"))
EMPTY_OR_DEFAULT = {"19-kfp-fsx-mnist", "37-sdk3-batch-queue-getting-started", "51-cdk-sfn-basic"}
"""An empty `Tags`, an empty `HyperParameters`, and a default that is sent."""


def test_a_small_job_says_what_the_api_requires_and_little_more() -> None:
    assert request() == {
        "TrainingJobName": "churn-0123456789",
        "AlgorithmSpecification": {
            "TrainingImage": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/train:1",
            "TrainingInputMode": "File",
        },
        "OutputDataConfig": {"S3OutputPath": "s3://acme/jobs/churn/"},
        "ResourceConfig": {
            "InstanceType": "ml.m5.xlarge",
            "InstanceCount": 1,
            "VolumeSizeInGB": 30,
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": 86400},
        "RoleArn": ROLE,
    }


@pytest.mark.parametrize("case", PUBLISHED)
def test_a_published_request_comes_back_from_its_document(case: str) -> None:
    wanted = json.loads((FOLDER / f"{case}.json").read_text())
    name = wanted.pop("TrainingJobName")
    document = from_request(TABLE, wanted)
    spec = KIND.spec.model_validate(document)
    changes = {"name": "imported", "role_arn": None, "container": None, "compute": None}
    assert findings(changes, document) == []
    sent = request(changes, document, physical_name=name, tags=getattr(spec, "tags", None) or {})
    assert sent.pop("TrainingJobName") == name
    for each in (sent, wanted):
        each.get("Tags", []).sort(key=lambda tag: tag["Key"])
    if case in EMPTY_OR_DEFAULT:
        assert from_request(TABLE, sent).keys() <= document.keys()
    else:
        assert sent == wanted


def test_bare_text_goes_to_containers_and_json_to_scripts() -> None:
    values: dict[str, Any] = {
        "lr": Float(1e-4, "1e-4"),
        "name": "adam",
        "id": "42",
        "on": True,
        "betas": [Float(0.9, "0.90"), Integer(1), "x"],
        "half": Float(0.5, ".5"),
    }
    plain = request({"hyperparameters": values})["HyperParameters"]
    scripted = request(SCRIPT, {"hyperparameters": values})["HyperParameters"]
    assert plain["lr"] == scripted["lr"] == "1e-4"
    assert (plain["name"], scripted["name"]) == ("adam", '"adam"')
    assert (plain["id"], scripted["id"]) == ("42", '"42"')
    assert plain["on"] == scripted["on"] == "true"
    assert plain["betas"] == scripted["betas"] == '[0.90, 1, "x"]'
    assert plain["half"] == scripted["half"] == ".5"


def test_a_null_hyperparameter_is_a_value() -> None:
    assert as_json({"none": None}) == as_text({"none": None}) == {"none": "null"}


def test_script_mode_tells_the_toolkit_what_to_run() -> None:
    sent = request(SCRIPT, {"script": {"container_log_level": "DEBUG"}})["HyperParameters"]
    assert sent == {
        "sagemaker_program": '"train.py"',
        "sagemaker_submit_directory": '"s3://acme/code/abc/sourcedir.tar.gz"',
        "sagemaker_container_log_level": "10",
        "sagemaker_job_name": '"churn-0123456789"',
        "sagemaker_region": '"eu-west-1"',
    }


def test_a_lone_script_runs_under_its_base_name() -> None:
    alone = {"script": {"source_dir": None, "entry_script": "tools/train.py"}}
    assert request(SCRIPT, alone)["HyperParameters"]["sagemaker_program"] == '"train.py"'
    (source,) = KIND.sources(job(SCRIPT, alone))
    assert source.folders == ("tools/train.py",)


def test_code_that_is_in_s3_already_is_not_uploaded() -> None:
    there = {"script": {"source_dir": "s3://other/code/sourcedir.tar.gz"}}
    assert KIND.sources(job(SCRIPT, there)) == ()
    sent = request(SCRIPT, there)["HyperParameters"]
    assert sent["sagemaker_submit_directory"] == '"s3://other/code/sourcedir.tar.gz"'


def test_with_network_isolation_the_code_is_a_channel_of_every_group() -> None:
    groups = {
        "compute": {
            "instance_type": None,
            "instance_count": None,
            "instance_groups": {
                "a": {"instance_type": "ml.m5.large", "instance_count": 1},
                "b": {"instance_type": "ml.m5.large", "instance_count": 1},
            },
        },
        "networking": {"network_isolation": True},
        "inputs": {"train": {"s3_uri": "s3://acme/x", "instance_group_names": ["a"]}},
    }
    sent = request(SCRIPT, groups)
    code = next(c for c in sent["InputDataConfig"] if c["ChannelName"] == "code")
    assert code["DataSource"]["S3DataSource"]["InstanceGroupNames"] == ["a", "b"]
    assert sent["HyperParameters"]["sagemaker_submit_directory"] == (
        '"/opt/ml/input/data/code/sourcedir.tar.gz"'
    )


def test_paths_and_references_become_uris() -> None:
    inputs = {"inputs": {"local": {"path": "data/iris.csv"}, "up": {"job": "base", "version": 2}}}
    sent = request(inputs, uploads={("inputs", "local"): "s3://acme/data/d1/"})
    uris = [c["DataSource"]["S3DataSource"]["S3Uri"] for c in sent["InputDataConfig"]]
    assert uris == ["s3://acme/data/d1/", "s3://acme/jobs/up/model.tar.gz"]
    (source,) = KIND.sources(job(inputs))
    assert (source.path, source.form, source.ignore) == (("inputs", "local"), "files", ())
    (reference,) = KIND.references(job(inputs))
    assert (reference.name, reference.version, reference.path) == ("base", 2, ("inputs", "up"))


def test_checkpoints_lie_under_name_and_digest_whatever_the_attempt() -> None:
    first = request({"checkpoint": {}})
    second = request({"checkpoint": {}}, physical_name="churn-0123456789-r2")
    wanted = {"S3Uri": "s3://acme/checkpoints/churn-0123456789/"}
    assert first["CheckpointConfig"] == second["CheckpointConfig"] == wanted


def test_rules_without_an_image_get_that_of_sagemaker() -> None:
    sent = request({"debugger": {"rules": {"r": {"rule_parameters": {"rule_to_invoke": "R"}}}}})
    (rule,) = sent["DebugRuleConfigurations"]
    assert rule["RuleEvaluatorImage"].endswith(
        "eu-west-1.amazonaws.com/sagemaker-debugger-rules:latest"
    )
    assert "DebugHookConfig" not in sent


def test_a_hook_and_a_profiler_write_to_the_output_unless_told_otherwise() -> None:
    sent = request({"debugger": {"collections": {"losses": {}}}, "profiler": {
        "profiling_interval": "500ms"}})  # fmt: skip
    assert sent["DebugHookConfig"] == {
        "S3OutputPath": "s3://acme/jobs/churn/",
        "CollectionConfigurations": [{"CollectionName": "losses"}],
    }
    assert sent["ProfilerConfig"] == {
        "S3OutputPath": "s3://acme/jobs/churn/",
        "ProfilingIntervalInMilliseconds": 500,
    }


def test_api_overrides_come_last_and_lists_replace() -> None:
    tags = [{"Key": "x", "Value": "y"}]
    overrides = {"ResourceConfig": {"VolumeSizeInGB": Integer(7)}, "Tags": tags}
    sent = request({"tags": {"a": "b"}, "api_overrides": overrides})
    assert sent["ResourceConfig"]["VolumeSizeInGB"] == 7
    assert sent["ResourceConfig"]["InstanceCount"] == 1
    assert sent["Tags"] == [{"Key": "x", "Value": "y"}]


def test_model_parallel_torchrun_has_its_own_image_and_parameters() -> None:
    smp = {
        "script": {"framework_version": "2.2.0"},
        "compute": {"instance_type": "ml.p4d.24xlarge"},
        "distributed": {"torchrun": {"process_count_per_node": 8, "smp": {"degree": Integer(4)}}},
    }
    sent = request(SCRIPT, smp)
    assert "/smdistributed-modelparallel:2.2.0-gpu-py310-cu121" in json.dumps(sent)
    parameters = sent["HyperParameters"]
    assert parameters["mp_parameters"] == '{"degree": 4}'
    assert parameters["sagemaker_mpi_num_of_processes_per_host"] == "8"
    assert parameters["sagemaker_distributed_dataparallel_enabled"] == "false"


def test_model_parallel_mpi_sends_what_the_first_library_reads() -> None:
    smp = {"distributed": {"mpi": {"process_count_per_node": 8, "smp": {"partitions": 2}}}}
    sent = request(SCRIPT, GPU, smp)["HyperParameters"]
    assert {
        key: value for key, value in sent.items() if "mpi" in key or key == "mp_parameters"
    } == {
        "mp_parameters": '{"partitions": 2}',
        "sagemaker_mpi_enabled": "true",
        "sagemaker_mpi_num_of_processes_per_host": "8",
        "sagemaker_mpi_custom_mpi_options": '""',
    }


def test_a_torchrun_on_one_group_says_so() -> None:
    groups = {
        "compute": {
            "instance_type": None,
            "instance_count": None,
            "instance_groups": {
                "data": {"instance_type": "ml.c5.xlarge", "instance_count": 1},
                "gpu": {"instance_type": "ml.g5.xlarge", "instance_count": 1},
            },
        },
        "distributed": {"torchrun": {}, "instance_groups": ["gpu"]},
    }
    assert findings(SCRIPT, groups) == []
    sent = request(SCRIPT, groups)
    assert sent["HyperParameters"]["sagemaker_distribution_instance_groups"] == '["gpu"]'
    assert "sagemaker_instance_type" not in sent["HyperParameters"], "the toolkit knows its own"
    assert "-gpu-" in sent["AlgorithmSpecification"]["TrainingImage"]


def test_a_job_without_role_takes_that_of_its_environment() -> None:
    sent = request({"role_arn": None}, environment=environment(engine="local"))
    assert sent["RoleArn"] == "arn:aws:iam::000000000000:role/local"


def test_the_image_can_be_pinned_by_digest() -> None:
    call = Call("CreateTrainingJob", request())
    (image,) = references(call, KIND.image_members)
    assert image == "111122223333.dkr.ecr.eu-west-1.amazonaws.com/train:1"
    pinned = replaced(call, KIND.image_members, {image: "repo@sha256:" + "0" * 64})
    assert references(pinned, KIND.image_members) == ("repo@sha256:" + "0" * 64,)
    assert references(call, KIND.image_members) == (image,)
    assert pinned.params["AlgorithmSpecification"]["TrainingInputMode"] == "File"


def test_a_member_of_the_request_is_found_in_the_document() -> None:
    assert KIND.key_of(("ResourceConfig", "VolumeSizeInGB")) == ("compute", "volume_size")
    assert KIND.key_of(("HyperParameters", "eta")) == ("hyperparameters", "eta")
    assert KIND.key_of(("InputDataConfig", 0, "ChannelName")) == ("inputs",)
    assert KIND.key_of(("OutputDataConfig",)) == ("output",)
    assert KIND.key_of(("TrainingJobName",)) == ("name",)
    assert KIND.key_of(("Unknown",)) == ()


@pytest.mark.parametrize("changes", [[], [SCRIPT], [SCRIPT, {"checkpoint": {}, "tensorboard": {}}]])
def test_requests_fit_the_service_model(changes: list[dict[str, Any]]) -> None:
    assert list(check(load("sagemaker"), "CreateTrainingJob", request(*changes))) == []
