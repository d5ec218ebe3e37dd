"""Requests and answers of SageMaker's as the values of a spec."""

from __future__ import annotations

import json
from typing import Any

import pytest

from reconciler.core.fields import overlay
from reconciler.core.scalars import Float, Integer
from reconciler.kinds.image_names import names_of
from reconciler.kinds.images import image_uri
from reconciler.kinds.training_job.hyperparameters import as_json, as_text
from reconciler.kinds.training_job.importing.algorithms import builtin, framework
from reconciler.kinds.training_job.importing.described import request_of
from reconciler.kinds.training_job.importing.members import in_members, member_of
from reconciler.kinds.training_job.importing.requested import read
from reconciler.kinds.training_job.importing.scripts import script_values, text_values
from tests.kinds.jobs import GPU, environment, job, request

MEMBERS = ("TrainingJobName", "ResourceConfig", "OutputDataConfig", "StoppingCondition", "Tags",
           "ServerlessJobConfig", "AlgorithmSpecification", "EnableNetworkIsolation")  # fmt: skip
TEXTS = ["5", "0.10", "1e-05", ".5", "True", "true", "null", "", "adam", '"adam"', "yes", "0123",
         "[1, 2.50]", "[1,2]", '{"a": "b"}', '{"b": 1.0, "a": [null, true]}', "-1", "+1", "0x1F",
         '"42"', "NaN", "1e999", "9" * 40, "é", '"\\u00e9"', " 1", "1:30", "2024-01-01",
         "~"]  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
def test_a_hyperparameter_is_written_again_with_the_same_characters(text: str) -> None:
    """Of a container always; of a script where script mode would write it so at all."""
    assert as_text(text_values({"k": text})) == {"k": text}
    again = as_json(script_values({"k": text}, smp=False))["k"]
    assert again in (text, json.dumps(text))


def test_numbers_and_maps_are_values_and_not_text() -> None:
    found = text_values({"n": "5", "x": "0.10", "m": '{"a": 1}', "t": "True"})
    assert found == {"n": 5, "x": 0.1, "m": {"a": 1}, "t": "True"}
    assert (type(found["n"]), type(found["x"])) == (Integer, Float)
    assert script_values({"s": '"42"', "sagemaker_region": '"x"'}, smp=False) == {"s": "42"}


@pytest.mark.parametrize(
    ("name", "version", "instance", "base"),
    [
        ("pytorch", "2.6", "ml.g5.xlarge", None),
        ("pytorch", "2.6.0", "ml.m5.xlarge", None),
        ("tensorflow", "2.16.2", "ml.m5.xlarge", None),
        ("huggingface", "4.49.0", "ml.g5.xlarge", "pytorch2.5.1"),
        ("xgboost", "0.90-2", "ml.m5.xlarge", None),
        ("kmeans", "1", "ml.m5.xlarge", None),
    ],
)
@pytest.mark.parametrize("region", ["eu-west-1", "cn-north-1", "us-gov-west-1"])
def test_an_image_leads_back_to_its_name(
    name: str, version: str, instance: str, base: str | None, region: str
) -> None:
    uri = image_uri(name, version, region=region, instance_type=instance, base=base)
    (found,) = names_of(uri, region=region, instance_type=instance)
    assert (found.name, found.version, found.base) == (name, version, base)
    assert not list(names_of(uri, region="us-west-2", instance_type=instance))


def test_an_image_is_told_as_framework_or_algorithm_by_what_runs_in_it() -> None:
    image = image_uri("xgboost", "1.7-1", region="eu-west-1", instance_type="ml.m5.large")
    asked = {"region": "eu-west-1", "instance_type": "ml.m5.large"}
    assert builtin(image, **asked) == {"name": "xgboost", "algorithm_version": "1.7-1"}
    script = framework(image, **asked, smp=False)
    assert script == {"framework": "xgboost", "framework_version": "1.7-1"}
    torch = image_uri("pytorch", "2.6", region="eu-west-1", instance_type="ml.m5.large")
    assert builtin(torch, **asked) is None


DISTRIBUTIONS: list[dict[str, Any]] = [
    {"torchrun": {}},
    {"torchrun": {"process_count_per_node": 4}},
    {"torchrun": {"smp": {"tensor_parallel_degree": 4, "random_seed": 1.5}}},
    {"mpi": {"process_count_per_node": 8, "custom_mpi_options": "-x A=1"}},
    {"mpi": {"smp": {"partitions": 2, "horovod": True}}},
    {"smddp": {"custom_mpi_options": "-verbose"}},
    {"pytorch_ddp": {}},
]


@pytest.mark.parametrize("distributed", DISTRIBUTIONS)
def test_a_distribution_is_recognised(distributed: dict[str, Any]) -> None:
    """By the hyperparameters that stand for it, on the image that its strategy has."""
    smp = "smp" in distributed.get("torchrun", {})
    script = {
        "framework": "pytorch",
        "framework_version": "2.2.0" if smp else "2.0.1",
        "python_version": "py310",
        "source_dir": "s3://acme/code/sourcedir.tar.gz",
        "entry_script": "train.py",
    }
    wide = {"compute": {"instance_type": "ml.p4d.24xlarge"}}
    spec = {"container": None, "script": script, "distributed": distributed}
    sent = request(spec, GPU, wide, {"hyperparameters": {"epochs": 3}})
    values = read(sent, "churn", environment())
    assert isinstance(values, dict), values
    assert values["distributed"] == distributed
    assert values["script"] == script
    assert values["hyperparameters"] == {"epochs": 3}


@pytest.mark.parametrize("region", ["eu-west-1", "us-west-2"])
def test_a_builtin_algorithm_is_known_in_every_region(region: str) -> None:
    """SageMaker lets it wait an hour for spot capacity wherever the document lies."""
    image = image_uri("kmeans", "1", region="us-west-2", instance_type="ml.m5.xlarge")
    spot = {
        "container": {"image": image},
        "compute": {"managed_spot_training": True},
        "stopping_condition": {"max_runtime": "1h", "max_wait_time": "2h"},
    }
    found = read(request(spot), "churn", environment(region=region))
    assert isinstance(found, tuple)
    assert [finding.code for finding in found] == ["E229"]
    assert "StoppingCondition.MaxWaitTimeInSeconds" in found[0].message


def test_what_a_framework_cannot_do_runs_on_an_image_of_ones_own() -> None:
    """AWS takes such a request, so it can be imported; its code and strategy are known still."""
    script = {"framework": "pytorch", "framework_version": "2.6", "entry_script": "train.py",
              "source_dir": "s3://acme/code/sourcedir.tar.gz"}  # fmt: skip
    cpu = {"container": None, "script": script, "distributed": {"torchrun": {}}}
    assert job(cpu)
    sent = request(cpu)
    values = read(sent, "churn", environment())
    assert isinstance(values, dict)
    assert "script" not in values
    assert values["container"] == {
        "image": sent["AlgorithmSpecification"]["TrainingImage"],
        "source_dir": "s3://acme/code/sourcedir.tar.gz",
        "entry_script": "train.py",
    }
    assert values["distributed"] == {"torchrun": {}}


def test_what_no_script_can_be_stays_a_plain_container() -> None:
    """Whatever its hyperparameters say: they reach it as they are."""
    arguments = {"AlgorithmSpecification": {"ContainerArguments": ["serve"]}}
    script = {"container": {"source_dir": "s3://acme/code.tar.gz", "entry_script": "train.py"}}
    values = read(overlay(request(script), arguments), "churn", environment())
    assert isinstance(values, dict)
    assert values["container"].keys() == {"image", "arguments"}
    assert values["hyperparameters"]["sagemaker_program"] == '"train.py"'
    assert values["hyperparameters"]["sagemaker_job_name"] == '"churn-0123456789"'


@pytest.mark.parametrize(
    ("path", "member"),
    [
        (("stopping_condition", "max_wait_time"), "StoppingCondition.MaxWaitTimeInSeconds"),
        (("inputs", "train", "input_mode"), "InputDataConfig[train].InputMode"),
        (("inputs", "train", "file_system"),
         "InputDataConfig[train].DataSource.FileSystemDataSource"),
        (("compute", "instance_preferences", 0, "instance_type"),
         "ResourceConfig.InstancePreferences[].InstanceType"),
        (("env", "A"), "Environment.A"),
        (("name",), "TrainingJobName"),
        (("networking",), "VpcConfig"),
        ((), "AlgorithmSpecification"),
    ],
)  # fmt: skip
def test_a_key_is_told_as_its_member(path: tuple[str | int, ...], member: str) -> None:
    assert member_of(path) == member


def test_a_message_speaks_of_members() -> None:
    told = in_members("`max_wait_time` is shorter than `stopping_condition.max_runtime`")
    assert told == (
        "`StoppingCondition.MaxWaitTimeInSeconds` is shorter than"
        " `StoppingCondition.MaxRuntimeInSeconds`"
    )


def test_a_message_names_a_member_once_though_several_keys_are_made_of_it() -> None:
    told = in_members("exactly one of `script`, `container`, `builtin`, `serverless`")
    assert told == "exactly one of `AlgorithmSpecification`, `ServerlessJobConfig`"


def test_an_answer_with_preferences_says_what_was_asked_for() -> None:
    answer = {
        "TrainingJobName": "j",
        "ResourceConfig": {
            "InstancePreferences": [{"InstanceType": "ml.g5.xlarge"}],
            "InstanceType": "ml.g5.xlarge",
            "InstanceCount": 1,
            "SelectedInstanceType": "ml.g5.xlarge",
        },
    }
    found = request_of(answer, {}, MEMBERS)
    assert found["ResourceConfig"] == {"InstancePreferences": [{"InstanceType": "ml.g5.xlarge"}]}


def test_an_answer_about_a_serverless_job_has_no_stopping_condition_of_its_own() -> None:
    answer = {"ServerlessJobConfig": {"JobType": "FineTuning"}, "StoppingCondition": {"x": 1}}
    assert request_of(answer, {}, MEMBERS) == {"ServerlessJobConfig": {"JobType": "FineTuning"}}


def test_only_the_jobs_own_tags_are_kept() -> None:
    tags = {"team": "a", "sagemaker-gitops:name": "x", "aws:cloudformation:stack": "y"}
    found = request_of({"TrainingJobName": "j"}, tags, MEMBERS)
    assert found["Tags"] == [{"Key": "team", "Value": "a"}]
