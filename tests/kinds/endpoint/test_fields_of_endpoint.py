"""The table of Endpoint against the shape of CreateEndpointConfig in the installed botocore."""

from __future__ import annotations

import pytest

from reconciler.core.fields import from_request, rows, to_request
from reconciler.core.naming import key_of
from reconciler.kinds.endpoint.fields import DERIVED, OTHER_NAMES, TABLE, shown
from reconciler.kinds.endpoint.spec import EndpointSpec
from reconciler.servicemodel.load import ServiceModel, load
from tests.support.shapes import keys_without_field, members_of


@pytest.fixture(scope="module")
def service() -> ServiceModel:
    return load("sagemaker")


def test_every_member_path_has_a_row_or_is_listed(service: ServiceModel) -> None:
    known = {member for _, member in rows(TABLE)} | DERIVED
    missing = sorted(members_of(service, "CreateEndpointConfig") - known)
    assert not missing, f"newer botocore: reachable by api_overrides only: {missing}"


def test_every_row_is_a_member_path_of_the_api(service: ServiceModel) -> None:
    real = members_of(service, "CreateEndpointConfig")
    parts = [path.split("[]") for path in real]
    lists = {"[]".join(steps[:count]) for steps in parts for count in range(1, len(steps))}
    assert {member for _, member in rows(TABLE)} <= real | lists


def test_rows_that_do_not_follow_the_naming_rule_are_exactly_those_listed() -> None:
    odd = {
        key
        for key, member in rows(TABLE)
        if not key.endswith(("*", "[]"))
        and key.rpartition(".")[2] != key_of(member.rpartition(".")[2])
    }
    assert odd == set(OTHER_NAMES)


def test_every_key_of_the_table_is_a_key_of_the_spec() -> None:
    assert keys_without_field(TABLE, EndpointSpec) == []


def test_both_directions_are_inverse_on_a_document_that_says_everything() -> None:
    variant = {
        "model_name": "churn",
        "instance_pools": [{"instance_type": "ml.g5.xlarge", "priority": 1}],
        "initial_variant_weight": 0.5,
        "volume_size": "30GB",
        "container_startup_health_check_timeout": "10m",
        "managed_instance_scaling": {"scale_in_policy": {"cooldown": "10m"}},
        "accelerator_partition_layouts": [{"accelerator_partition_types": ["mig-1g.5gb"]}],
    }
    spec = {
        "variants": {"a": variant, "b": {"serverless": {"memory_size": "3GB"}}},
        "shadow_variants": {"c": {"core_dump": {"s3_uri": "s3://b/d/"}}},
        "data_capture": {"s3_uri": "s3://b/c/", "capture_options": ["Input"], "capture": True},
        "async_inference": {"output": {"s3_output_path": "s3://b/o/"}},
        "explainer": {"clarify_explainer": {"inference": {"max_payload": "6MB"}}},
        "endpoint_metrics": {"enhanced_metrics": True, "metric_publish_frequency": "1m"},
        "network_isolation": False,
        "tags": {"a": "b"},
    }
    sent = to_request(TABLE, EndpointSpec.model_validate(spec).model_dump(exclude_unset=True))
    policy = sent["ProductionVariants"][0]["ManagedInstanceScaling"]["ScaleInPolicy"]
    assert policy == {"CooldownInMinutes": 10}
    assert sent["DataCaptureConfig"]["CaptureOptions"] == [{"CaptureMode": "Input"}]
    assert from_request(TABLE, sent) == spec


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        ("variants.main.serverless.memory_size", 2048, "2GB"),
        ("shadow_variants.x.model_data_download_timeout", 90, "1m30s"),
        ("endpoint_metrics.metric_publish_frequency", 60, "1m"),
        ("variants.main.initial_instance_count", 60, 60),
    ],
)
def test_a_value_is_shown_with_its_unit(key: str, value: int, text: object) -> None:
    assert shown(key, value) == text
