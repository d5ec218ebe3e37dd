"""The table of Model against the shape of CreateModel in the installed botocore."""

from __future__ import annotations

import pytest

from reconciler.core.fields import from_request, rows, to_request
from reconciler.core.naming import key_of
from reconciler.kinds.model.fields import DERIVED, OTHER_NAMES, TABLE
from reconciler.kinds.model.spec import ModelSpec
from reconciler.servicemodel.load import ServiceModel, load
from tests.support.shapes import keys_without_field, members_of


@pytest.fixture(scope="module")
def service() -> ServiceModel:
    return load("sagemaker")


def test_every_member_path_has_a_row_or_is_listed(service: ServiceModel) -> None:
    known = {member for _, member in rows(TABLE)} | DERIVED
    missing = sorted(members_of(service, "CreateModel") - known)
    assert not missing, f"newer botocore: reachable by api_overrides only: {missing}"


def test_every_row_is_a_member_path_of_the_api(service: ServiceModel) -> None:
    real = members_of(service, "CreateModel")
    lists = {path[: path.index("[]", start)] for path in real for start in _lists(path)}
    assert {member for _, member in rows(TABLE)} <= real | lists


def _lists(path: str) -> list[int]:
    return [index for index in range(len(path)) if path.startswith("[]", index)]


def test_rows_that_do_not_follow_the_naming_rule_are_exactly_those_listed() -> None:
    odd = {
        key
        for key, member in rows(TABLE)
        if not key.endswith("*") and key.rpartition(".")[2] != key_of(member.rpartition(".")[2])
    }
    assert odd == set(OTHER_NAMES)


def test_every_key_of_the_table_is_a_key_of_the_spec() -> None:
    assert keys_without_field(TABLE, ModelSpec) == []


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
