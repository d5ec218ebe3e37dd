"""The table of Model: documents and requests say the same, in both directions."""

from __future__ import annotations

from reconciler.core.fields import from_request, to_request
from reconciler.kinds.model.fields import TABLE
from reconciler.kinds.model.spec import ModelSpec


def test_both_directions_are_inverse_on_a_document_that_says_everything() -> None:
    container = {
        "image": "i:1",
        "hostname": "first",
        "mode": "SingleModel",
        "repository_access_mode": "Vpc",
        "additional_model_data_sources": {"adapter": {"s3_uri": "s3://b/a/", "e_tag": "x"}},
        "container_metrics": {
            "metrics_endpoints": [
                {"metrics_endpoint_path": "/metrics", "metric_publish_frequency": "1m"}
            ]
        },
    }
    artifact = {"s3_uri": "s3://b/k/", "compression_type": "None", "model_access": {
        "accept_eula": True}}  # fmt: skip
    spec = {
        "containers": [
            {**container, "artifact": {"s3_uri": "s3://b/m.tar.gz"}, "env": {"A": "b"}},
            {"model_package_name": "p", "hostname": "second"},
        ],
        "container": container,
        "artifact": artifact,
        "env": {"A": "b"},
        "inference_execution": {"mode": "Direct"},
        "networking": {"subnets": ["subnet-1"], "network_isolation": False},
        "tags": {"a": "b"},
    }
    sent = to_request(TABLE, ModelSpec.model_validate(spec).model_dump(exclude_unset=True))
    assert sent["Containers"][0]["ContainerMetricsConfig"]["MetricsEndpoints"] == [
        {"MetricsEndpointPath": "/metrics", "MetricPublishFrequencyInSeconds": 60}
    ]
    assert from_request(TABLE, sent) == spec
