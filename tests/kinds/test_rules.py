"""Rules on a resolved spec: each refuses what AWS would, and says where."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.core.catalogue import CATALOGUE
from reconciler.core.document import read
from reconciler.core.merge import merge
from reconciler.core.nodes import plain
from reconciler.kinds.training_job.rules import LIMITS, RULES
from tests.kinds.jobs import GPU, KIND, SCRIPT, VPC, environment, findings, job

SPOT = {"compute": {"managed_spot_training": True}}
WAIT = {"stopping_condition": {"max_runtime": "1h", "max_wait_time": "2h"}}
GROUPS = {
    "compute": {
        "instance_type": None,
        "instance_count": None,
        "instance_groups": {"gpu": {"instance_type": "ml.g5.xlarge", "instance_count": 1}},
    }
}
BUILTIN = {"container": None, "builtin": {"name": "xgboost", "algorithm_version": "1.7-1"}}
S3 = {"inputs": {"train": {"s3_uri": "s3://acme/train/"}}}
DISK = {
    "inputs": {
        "train": {
            "file_system": {
                "file_system_id": "fs-0123456789",
                "file_system_type": "EFS",
                "file_system_access_mode": "ro",
                "directory_path": "/data",
            }
        }
    }
}
PREFERENCES = {"compute": {"instance_preferences": [{"instance_type": "ml.p5.48xlarge"}]}}
CHOICES = {
    "compute": {
        "instance_type": None,
        "instance_count": None,
        "instance_preferences": [{"instance_type": "ml.p5.48xlarge", "instance_count": 2}],
    }
}
TORCHRUN = {"distributed": {"torchrun": {}}}
AUC = {"metrics": {"auc": "auc=([0-9.]+)"}}
LOSS = {"loss": {"max": 1}}
GATE = {"gates": {"auc": {"min": 0.9}}}


def script(**keys: Any) -> dict[str, Any]:
    return {"container": None, "script": SCRIPT["script"] | keys}


CASES: list[tuple[str, str, list[dict[str, Any]]]] = [
    ("E102", "role_arn", [{"role_arn": None}]),
    ("E202", "", [{"container": None}]),
    ("E202", "builtin", [{"builtin": BUILTIN["builtin"]}]),
    ("E102", "container.image", [{"container": {"image": None}}]),
    ("E102", "container.entry_script", [{"container": {"source_dir": "src"}}]),
    ("E102", "script.entry_script", [SCRIPT, {"script": {"entry_script": None}}]),
    ("E102", "script.framework_version", [SCRIPT, {"script": {"framework_version": None}}]),
    ("E202", "builtin", [{"container": None, "builtin": {}}]),
    ("E102", "builtin.algorithm_version", [BUILTIN, {"builtin": {"algorithm_version": None}}]),
    ("E102", "compute.instance_count", [{"compute": {"instance_count": None}}]),
    ("E102", "compute.instance_groups.gpu.instance_count",
     [GROUPS, {"compute": {"instance_groups": {"gpu": {"instance_count": None}}}}]),
    ("E202", "compute.instance_type", [GROUPS, {"compute": {"instance_type": "ml.m5.large"}}]),
    ("E102", "networking.security_group_ids", [{"networking": {"subnets": ["subnet-1"]}}]),
    ("E202", "inputs.train", [{"inputs": {"train": {"content_type": "text/csv"}}}]),
    ("E102", "gates.auc.goal", [AUC, {"gates": {"auc": {"better_than": "previous"}}}]),
    ("E102", "gates.auc.better_than", [AUC, {"gates": {"auc": {"goal": "maximize"}}}]),
    ("E102", "gates.auc.min", [AUC, {"gates": {"auc": {}}}]),
    ("E202", "inputs.train.job", [S3, {"inputs": {"train": {"job": "other"}}}]),
    ("E202", "inputs.train.version", [S3, {"inputs": {"train": {"version": 3}}}]),
    ("E102", "mlflow.mlflow_resource_arn", [{"mlflow": {"mlflow_run_name": "r"}}]),
    ("E103", "script.requirements", [SCRIPT, {"script": {"requirements": "req/dev.txt"}}]),
    ("E103", "hyperparameters.sagemaker_x", [SCRIPT, {"hyperparameters": {"sagemaker_x": 1}}]),
    ("E205", "compute.managed_spot_training", [SPOT]),
    ("E205", "stopping_condition.max_wait_time",
     [SPOT, WAIT, {"stopping_condition": {"max_wait_time": "59m"}}]),
    ("E220", "compute.keep_alive_period", [SPOT, WAIT, {"compute": {"keep_alive_period": "1h"}}]),
    ("E221", "inputs.train.s3_data_type",
     [S3, {"inputs": {"train": {"s3_data_type": "AugmentedManifestFile"}}}]),
    ("E222", "inputs.train.attribute_names",
     [S3, {"inputs": {"train": {"attribute_names": ["label"]}}}]),
    ("E223", "inputs.train.file_system", [DISK]),
    ("E102", "inputs.train.file_system.directory_path",
     [DISK, VPC, {"inputs": {"train": {"file_system": {"directory_path": None}}}}]),
    ("E224", "container.training_repository_access_mode",
     [{"container": {"training_repository_access_mode": "Vpc"}}]),
    ("E225", "compute.instance_type", [PREFERENCES]),
    ("E225", "compute.instance_count", [CHOICES, {"compute": {"instance_count": 1}}]),
    ("E225", "compute.instance_preferences",
     [CHOICES, {"compute": {"instance_preferences": [
         {"instance_type": "ml.p5.48xlarge", "instance_count": 1},
         {"instance_type": "ml.p4d.24xlarge"}]}}]),
    ("E226", "inputs.train.instance_group_names.0",
     [GROUPS, S3, {"inputs": {"train": {"instance_group_names": ["cpu"]}}}]),
    ("E226", "distributed.instance_groups.0",
     [SCRIPT, GPU, TORCHRUN, {"distributed": {"instance_groups": ["gpu"]}}]),
    ("E227", "stopping_condition.max_pending_time",
     [{"stopping_condition": {"max_pending_time": "1h"}}]),
    ("E229", "stopping_condition.max_wait_time",
     [{"container": None, "builtin": {"name": "kmeans"}}, SPOT, WAIT]),
    ("E230", "tags.Team", [{"tags": {"team": "a", "Team": "b"}}]),
    ("E230", "tags.sagemaker-gitops:digest", [{"tags": {"sagemaker-gitops:digest": "x"}}]),
    ("E230", "tags.owner", [{"tags": {"owner": "a"}, "owner": "b"}]),
    ("E231", "hyperparameters", [{"hyperparameters": {f"k{i}": i for i in range(101)}}]),
    ("E231", "hyperparameters", [SCRIPT, {"hyperparameters": {f"k{i}": i for i in range(96)}}]),
    ("E231", "hyperparameters.prompt", [{"hyperparameters": {"prompt": "x" * 2501}}]),
    ("E232", "script.requirements",
     [SCRIPT, {"networking": {"network_isolation": True},
               "script": {"requirements": "requirements.txt"}}]),
    ("E232", "inputs.code",
     [SCRIPT, {"networking": {"network_isolation": True},
               "inputs": {"code": {"s3_uri": "s3://acme/code/"}}}]),
    ("E233", "script.entry_script",
     [SCRIPT, GPU, TORCHRUN, {"script": {"entry_script": "run.sh"}}]),
    ("E234", "networking.subnets.1",
     [VPC, {"networking": {"subnets": ["subnet-1", "subnet-1"]}}]),
    ("E235", "script.framework_version", [script(framework_version="9.9")]),
    ("E235", "script.python_version", [script(python_version="py27")]),
    ("E235", "builtin.name", [{"container": None, "builtin": {"name": "xgbost"}}]),
    ("E235", "compute.instance_type",
     [SCRIPT, {"script": {"framework": "sklearn", "framework_version": "1.2-1"}}, GPU]),
    ("E213", "compute.instance_type",
     [script(framework="sklearn", framework_version="1.2-1"),
      {"compute": {"instance_type": "ml.p4d.24large"}}]),
    ("E202", "distributed", [SCRIPT, {"distributed": {}}]),
    ("E236", "distributed", [TORCHRUN]),
    ("E236", "distributed.torchrun", [SCRIPT, TORCHRUN]),
    ("E236", "distributed.parameter_server", [SCRIPT, {"distributed": {"parameter_server": {}}}]),
    ("E236", "distributed.smddp",
     [SCRIPT, {"distributed": {"smddp": {}}, "compute": {"instance_type": "ml.p4d.24xlarge"}}]),
    ("E236", "distributed.smddp",
     [script(framework_version="2.0.1"), {"distributed": {"smddp": {}}}]),
    ("E236", "distributed.multi_worker_mirrored",
     [script(framework="tensorflow", framework_version="2.8.0"),
      {"distributed": {"multi_worker_mirrored": {}}}]),
    ("E237", "metrics.loss", [{"metrics": {"loss": "loss=([0-9"}}]),
    ("E237", "metrics.loss", [{"metrics": {"loss": "(loss=([0-9.]+)"}}]),
    ("E237", "metrics.loss", [{"metrics": {"loss": "loss=[0-9.]+"}, "gates": LOSS}]),
    ("E237", "metrics.loss", [{"metrics": {"loss": r"loss=\([0-9.]+\)"}, "gates": LOSS}]),
    ("E238", "gates.auc", [GATE]),
    ("E238", "gates.auc", [SCRIPT, GATE, {"metrics": {"val:auc": "auc=([0-9.]+)"}}]),
    ("E202", "compute",
     [{"container": None, "serverless": {"base_model_arn": "a", "job_type": "FineTuning"}}]),
    ("E102", "serverless.job_type",
     [{"container": None, "compute": None, "serverless": {"base_model_arn": "a"}}]),
]  # fmt: skip


@pytest.mark.parametrize(("code", "path", "changes"), CASES)
def test_a_wrong_job_is_refused_once_and_at_the_right_key(
    code: str, path: str, changes: list[dict[str, Any]]
) -> None:
    found = findings(*changes)
    assert [(f.code, ".".join(map(str, f.path))) for f in found] == [(code, path)], found


@pytest.mark.parametrize(
    "changes",
    [
        [],
        [SCRIPT, S3],
        [SCRIPT, GPU, TORCHRUN],
        [BUILTIN, S3],
        [GROUPS],
        [PREFERENCES, {"compute": {"instance_type": None}}],
        [CHOICES],
        [S3, {"networking": {"network_isolation": True},
              "inputs": {"train": {"input_mode": "FastFile"}}}],
        [AUC, GATE],
        [BUILTIN, GATE],
        [GATE, {"api_overrides": {"AlgorithmSpecification": {"MetricDefinitions": [
            {"Name": "auc", "Regex": "auc=([0-9.]+)"}]}}}],
        [{"metrics": {"java": r"loss[&&[^a]]\h=(?<value>\p{Digit}++)"}}],
        [SPOT, WAIT],
        [BUILTIN, SPOT, WAIT],
        [DISK, VPC],
        [{"stopping_condition": {"max_pending_time": "1h"}}, GPU],
        [{"tags": {"owner": "a"}, "owner": "a"}],
        [script(image="own:1", framework=None, framework_version=None)],
        [script(image="own:1"), {"distributed": {"smddp": {}}}],
        [{"role_arn": None, "container": None, "compute": None,
          "serverless": {"base_model_arn": "a", "job_type": "Evaluation"}}, {"role_arn": "r"}],
    ],
)  # fmt: skip
def test_a_sound_job_is_not_refused(changes: list[dict[str, Any]]) -> None:
    assert findings(*changes) == []


def test_a_gate_with_a_slip_in_its_name_hears_which_metric_is_meant() -> None:
    """The gate would fail after the money is spent."""
    gate = {"gates": {"val:accuracy": {"min": 0.9}}}
    (found,) = findings(gate, {"metrics": {"val:acc": "acc=([0-9.]+)", "loss": "l=([0-9.]+)"}})
    assert found.help == "did you mean `val:acc`?"
    (found,) = findings(gate)
    assert found.help == "`metrics` defines none"


@pytest.mark.parametrize("expression", ["a{4294967296}", "(" * 3000 + ")" * 3000])
def test_an_expression_beyond_the_bounds_of_python_is_let_through(expression: str) -> None:
    assert findings({"metrics": {"loss": expression}}) == []


@pytest.mark.parametrize("definitions", [["loss"], {"Name": "loss"}, "loss", 5])
def test_overrides_of_a_wrong_form_define_no_metric(definitions: object) -> None:
    """Their form is refused by the service model."""
    said = {"api_overrides": {"AlgorithmSpecification": {"MetricDefinitions": definitions}}}
    assert [f.code for f in findings(GATE, said)] == ["E238"]


def test_a_slip_in_an_instance_type_is_not_told_as_a_missing_image() -> None:
    """Its family looks like GPUs, and sklearn has no image for those."""
    wrong = {"compute": {"instance_type": "ml.p4d.24large"}}
    (found,) = findings(script(framework="sklearn", framework_version="1.2-1"), wrong)
    assert found.help == "did you mean `ml.p4d.24xlarge`?"


def test_a_nearer_choice_of_instances_replaces_a_farther_one() -> None:
    """Defaults name a type, a job names groups: nothing is to be removed by hand."""
    far = "{compute: {instance_type: ml.m5.large, instance_count: 2, volume_size: 30GB}}"
    groups = "instance_groups: {a: {instance_type: ml.c5.xlarge, instance_count: 1}}"
    choices = "instance_preferences: [{instance_type: ml.p5.48xlarge}]"
    layers = [far, f"{{compute: {{{groups}}}}}", f"{{compute: {{{choices}}}}}"]
    layers.append("{compute: {instance_type: ml.c5.large}}")
    kept = [
        set(
            plain(merge([read(text.encode(), "a") for text in chosen], KIND.merge_rules))["compute"]
        )
        for chosen in (layers[:2], [far, layers[2]], layers[1:3], layers[1:], [far, layers[3]])
    ]
    assert kept == [
        {"volume_size", "instance_groups"},
        # One count may stand for all preferences.
        {"volume_size", "instance_count", "instance_preferences"},
        {"instance_preferences"},
        {"instance_type"},
        {"volume_size", "instance_count", "instance_type"},
    ]


def test_rules_of_sagemaker_need_a_region_that_has_them() -> None:
    spec = job({"profiler": {"rules": {"report": {"rule_parameters": {"a": "b"}}}}})
    found = list(KIND.check(spec, environment(region="ap-southeast-7")))
    assert [(f.code, f.path) for f in found] == [("E235", ("profiler", "rules"))]


def test_a_job_without_role_may_take_that_of_its_environment() -> None:
    spec = job({"role_arn": None})
    assert not list(KIND.check(spec, environment(role_arn="arn:aws:iam::111122223333:role/env")))
    assert not list(KIND.check(spec, environment(engine="local")))


def test_the_prefix_of_an_environment_counts_for_the_name() -> None:
    spec = job({"name": "a" * 36})
    assert [f.code for f in KIND.check(spec, environment(name_prefix="team-"))] == ["E207"]


def test_every_number_that_a_rule_uses_is_in_the_catalogue() -> None:
    assert {code for code, _, _ in CASES} <= CATALOGUE.keys()


def test_every_rule_names_its_source_or_its_number() -> None:
    for rule in (*RULES, *LIMITS):
        assert rule.__doc__ and rule.__doc__.startswith("E"), rule
