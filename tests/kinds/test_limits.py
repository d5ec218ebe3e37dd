"""Limits of an environment refuse; they hold for what `api_overrides` ask for too."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kinds.jobs import KIND, VPC, environment, findings, job

CASES: list[tuple[dict[str, Any], list[dict[str, Any]], str, str]] = [
    ({"instance_types": ["ml.g5.*"]}, [], "compute.instance_type", "ml.m5.xlarge"),
    ({"instance_types": ["ml.m5.*"]},
     [{"api_overrides": {"ResourceConfig": {"InstanceType": "ml.p5.48xlarge"}}}],
     "api_overrides.ResourceConfig", "ml.p5.48xlarge"),
    ({"max_instance_count": 2}, [{"compute": {"instance_count": 3}}], "compute.instance_count",
     "3 instances are more than the 2"),
    ({"max_instance_count": 2}, [{"compute": {
        "instance_type": None, "instance_count": None, "instance_groups": {
            "a": {"instance_type": "ml.m5.large", "instance_count": 2},
            "b": {"instance_type": "ml.m5.large", "instance_count": 1}}}}],
     "compute.instance_groups", "3 instances"),
    ({"max_runtime": "2h"}, [], "stopping_condition.max_runtime", "1d is longer than the 2h"),
    ({"role_arns": ["arn:other"]}, [], "role_arn", "role/train is not allowed"),
    ({"images": ["763104351884.dkr.*"]}, [], "container.image", "train:1"),
    ({"buckets": ["acme/jobs/"]}, [{"output": {"s3_output_path": "s3://acme/other/"}}],
     "output.s3_output_path", "s3://acme/other/"),
    ({"buckets": ["acme"]}, [{"inputs": {"train": {"s3_uri": "s3://acme-evil/x"}}}],
     "inputs.train.s3_uri", "s3://acme-evil/x"),
    ({"require": ["vpc"]}, [], "networking", "networking.subnets"),
    ({"require": ["kms"]}, [{"output": {"kms_key_id": "k"}}], "output", "volume_kms_key_id"),
    ({"require": ["owner"]}, [], "owner", "owner"),
    ({"require": ["network_isolation"]}, [VPC], "networking", "network_isolation"),
    ({"require_tags": ["cost-center"]}, [], "tags", "cost-center"),
]  # fmt: skip


@pytest.mark.parametrize(("limits", "changes", "path", "text"), CASES)
def test_what_is_over_a_limit_is_refused_with_both_values(
    limits: dict[str, Any], changes: list[dict[str, Any]], path: str, text: str
) -> None:
    found = findings(*changes, **limits)
    assert [(f.code, ".".join(map(str, f.path))) for f in found] == [("E206", path)], found
    assert text in found[0].message


def test_an_override_that_removes_what_is_required_is_refused() -> None:
    spec = job(VPC).model_copy(update={"api_overrides": {"VpcConfig": None}})
    found = list(KIND.check(spec, environment(limits={"require": ["vpc"]})))
    assert [f.code for f in found] == ["E206"]


def test_what_is_within_every_limit_passes() -> None:
    limits = {
        "instance_types": ["ml.m5.*"],
        "max_instance_count": 1,
        "max_runtime": "1d",
        "role_arns": ["arn:aws:iam::111122223333:role/train"],
        "images": ["111122223333.dkr.ecr.*"],
        "buckets": ["acme"],
        "require": ["vpc", "owner"],
        "require_tags": ["team", "owner"],
    }
    changes = {"owner": "ml", "tags": {"team": "a"}, "output": {"s3_output_path": "s3://acme/o"}}
    assert findings(VPC, changes, **limits) == []


@pytest.mark.parametrize(
    "overrides",
    [
        {"ResourceConfig": 5},
        {"ResourceConfig": {"InstanceCount": "x"}},
        {"ResourceConfig": {"InstanceGroups": ["x"]}},
        {"StoppingCondition": {"MaxRuntimeInSeconds": "x"}},
        {"OutputDataConfig": {"S3OutputPath": 5}},
        {"AlgorithmSpecification": {"TrainingImage": 5}},
        {"InputDataConfig": 5},
    ],
)
def test_what_the_limits_cannot_read_is_refused(overrides: dict[str, Any]) -> None:
    """The service model refuses it as well, but no limit may be passed by its form."""
    limits = {
        "instance_types": ["ml.m5.*"],
        "max_instance_count": 2,
        "max_runtime": "1h",
        "images": ["111122223333.*"],
        "buckets": ["acme"],
    }
    found = KIND.check(job({"api_overrides": overrides}), environment(limits=limits))
    assert {finding.code for finding in found} & {"E206", "E103"}
