"""Rules on endpoints: each finds its mistake, at its place, and leaves a sound one alone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kinds.endpoint.endpoints import SERVERLESS, findings, main

OTHER = {"model": "other", "instance_type": "ml.m5.large", "initial_instance_count": 1}
CAPTURE = {"data_capture": {"s3_uri": "s3://b/c/", "initial_sampling_percentage": 20}}
ROLE = {"execution_role_arn": "arn:aws:iam::111122223333:role/serve"}


def deployment(**keys: Any) -> dict[str, Any]:
    return {"deployment": keys}


def serverless(**keys: Any) -> dict[str, Any]:
    return main(**{**SERVERLESS, "serverless": {**SERVERLESS["serverless"], **keys}})


@pytest.mark.parametrize(
    "changes",
    [
        (),
        (main(**SERVERLESS),),
        (serverless(memory_size="6144MB", provisioned_concurrency=5),),
        (main(model=None, model_name="theirs"),),
        (main(model=None), ROLE),
        (
            main(
                model=None,
                initial_instance_count=None,
                managed_instance_scaling={"max_instance_count": 3},
            ),
            ROLE,
        ),
        ({"variants": {"b": OTHER}},),
        ({"variants": {"b": {**OTHER, "initial_variant_weight": 0}}},),
        ({"shadow_variants": {"b": OTHER}},),
        (CAPTURE,),
        (deployment(canary={"percent": 50}, maximum_execution_timeout="10m"),),
        (deployment(rolling={"instances": 1, "rollback_instances": 2}),),
        ({"on_delete": "delete"},),
    ],
)
def test_a_sound_endpoint_has_no_findings(changes: tuple[dict[str, Any], ...]) -> None:
    assert findings(*changes) == []


MAIN = ("variants", "main")
MISTAKES = [
    ("E241", ("version",), {"version": 2}),
    ("E242", ("on_delete",), {"on_delete": "stop"}),
    ("E102", ("variants",), {"variants": None}),
    ("E202", MAIN, main(model=None)),
    ("E202", (*MAIN, "model_name"), main(model_name="theirs")),
    ("E202", MAIN, main(instance_type=None)),
    ("E202", (*MAIN, "serverless"), main(serverless=SERVERLESS["serverless"])),
    ("E102", (*MAIN, "initial_instance_count"), main(initial_instance_count=None)),
    ("E103", (*MAIN, "managed_instance_scaling", "min_instance_count"),
     main(managed_instance_scaling={"min_instance_count": 3, "max_instance_count": 2})),
    ("E252", (*MAIN, "managed_instance_scaling"),
     main(managed_instance_scaling={"max_instance_count": 3})),
    ("E102", (*MAIN, "serverless", "max_concurrency"), serverless(max_concurrency=None)),
    ("E246", (*MAIN, "serverless", "memory_size"), serverless(memory_size="1500MB")),
    ("E246", (*MAIN, "serverless", "memory_size"), serverless(memory_size="7GB")),
    ("E246", (*MAIN, "serverless", "provisioned_concurrency"),
     serverless(provisioned_concurrency=6)),
    ("E246", (*MAIN, "volume_size"), main(**SERVERLESS, volume_size="30GB")),
    ("E246", (*MAIN, "serverless"), {"variants": {"main": SERVERLESS, "b": OTHER}}),
    ("E246", ("data_capture",), {**main(**SERVERLESS), **CAPTURE}),
    ("E247", ("variants",), {"variants": {"b": OTHER}, "shadow_variants": {"c": OTHER}}),
    ("E247", ("shadow_variants",), {"shadow_variants": {"b": OTHER, "c": OTHER}}),
    ("E250", ("variants",), main(initial_variant_weight=0)),
    ("E202", ("deployment", "linear"), deployment(canary={"percent": 10}, linear={"percent": 10})),
    ("E202", ("deployment", "canary"), deployment(canary={})),
    ("E202", ("deployment", "canary", "instances"),
     deployment(canary={"percent": 10, "instances": 1})),
    ("E202", ("deployment", "rolling", "rollback_instances"),
     deployment(rolling={"percent": 10, "rollback_percent": 50, "rollback_instances": 1})),
    ("E248", ("deployment", "canary", "percent"), deployment(canary={"percent": 51})),
    ("E248", ("deployment", "linear", "percent"), deployment(linear={"percent": 9})),
    ("E248", ("deployment", "rolling", "percent"), deployment(rolling={"percent": 4})),
    ("E249", ("deployment", "termination_wait"),
     deployment(rolling={"percent": 10}, termination_wait="5m")),
    ("E249", ("deployment", "maximum_execution_timeout"),
     deployment(canary={"percent": 10, "wait_interval": "10m"}, termination_wait="20m",
                maximum_execution_timeout="30m")),
    ("E249", ("deployment", "exclude_retained_variant_properties"),
     deployment(exclude_retained_variant_properties=["DesiredWeight"])),
    ("E102", ("data_capture", "initial_sampling_percentage"),
     {"data_capture": {"s3_uri": "s3://b/c/"}}),
    ("E102", ("vpc", "security_group_ids"), {"vpc": {"subnets": ["subnet-1"]}}),
    ("E102", (*MAIN, "core_dump", "s3_uri"), main(core_dump={})),
    ("E102", (*MAIN, "instance_pools", 0, "priority"),
     main(instance_type=None, instance_pools=[{"instance_type": "ml.m5.large"}])),
    ("E208", ("tags", "k"), {"tags": {"k": "AKIAABCDEFGHIJKLMNOP"}}),
    ("E230", ("tags", "aws:x"), {"tags": {"aws:x": "y"}}),
]  # fmt: skip


@pytest.mark.parametrize(("code", "path", "change"), MISTAKES)
def test_a_mistake_has_its_number_and_place(
    code: str, path: tuple[str | int, ...], change: dict[str, Any]
) -> None:
    assert (code, path) in [(f.code, f.path) for f in findings(change)]


LIMITS = [
    ({"instance_types": ["ml.c5.*"]}, (*MAIN, "instance_type"), {}),
    ({"instance_types": ["ml.c5.*"]}, (*MAIN, "instance_pools"),
     main(instance_type=None, instance_pools=[{"instance_type": "ml.m5.large", "priority": 1}])),
    ({"instance_types": ["ml.m5.*"]}, ("api_overrides", "ProductionVariants", "instance_type"),
     {"api_overrides": {"ProductionVariants": [{"InstanceType": "ml.p5.48xlarge"}]}}),
    ({"max_instance_count": 2}, ("variants",), {"variants": {"b": OTHER}}),
    ({"max_instance_count": 2}, ("variants",),
     {**main(model=None, managed_instance_scaling={"max_instance_count": 3}), **ROLE}),
    ({"buckets": ["acme"]}, ("data_capture", "s3_uri"), CAPTURE),
    ({"buckets": ["acme"]}, (*MAIN, "core_dump"), main(core_dump={"s3_uri": "s3://b/d/"})),
    ({"require": ["kms"]}, ("kms_key_id",), {}),
    ({"require": ["owner"]}, ("owner",), {}),
    ({"require_tags": ["team"]}, ("tags",), {}),
]  # fmt: skip


@pytest.mark.parametrize(("limits", "path", "change"), LIMITS)
def test_what_the_environment_does_not_allow_is_refused_at_its_place(
    limits: dict[str, Any], path: tuple[str, ...], change: dict[str, Any]
) -> None:
    assert [(f.code, f.path) for f in findings(change, **limits)] == [("E206", path)]


def test_a_limit_that_is_kept_says_nothing() -> None:
    limits = {"instance_types": ["ml.m5.*"], "max_instance_count": 2, "require": ["vpc"]}
    assert findings(**limits) == []
