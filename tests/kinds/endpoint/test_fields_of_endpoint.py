"""The table of Endpoint: documents and requests say the same, in both directions."""

from __future__ import annotations

import pytest

from reconciler.core.fields import from_request, to_request
from reconciler.kinds.endpoint.fields import TABLE, shown
from reconciler.kinds.endpoint.spec import EndpointSpec


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
