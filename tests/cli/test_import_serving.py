"""`reconciler import` of models and endpoints: a request becomes a document that gives it back."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from reconciler.core.importing import said
from tests.cli.conftest import DEV, STRICT, importing, new_repo

PUBLISHED = Path(__file__).parents[1] / "kinds" / "requests"
MODELS = sorted((PUBLISHED / "model").glob("*.json"))
ENDPOINTS = sorted((PUBLISHED / "endpoint").glob("*.json"))
DEFAULTS = """\
apiVersion: sagemaker-gitops/v1
kind: Defaults
owner: growth
env: {OMP_NUM_THREADS: "1"}
"""
FILES = {
    "environments/dev.yaml": DEV,
    "environments/strict.yaml": STRICT,
    "jobs/owned/_defaults.yaml": DEFAULTS,
}
MODEL: dict[str, Any] = {
    "ModelName": "churn",
    "PrimaryContainer": {"Image": "111122223333.dkr.ecr.us-west-2.amazonaws.com/serve:1"},
    "ExecutionRoleArn": "arn:aws:iam::111122223333:role/serve",
}
VARIANT = {"VariantName": "main", "ModelName": "churn", "InstanceType": "ml.m5.large",
           "InitialInstanceCount": 1}  # fmt: skip
CONFIG: dict[str, Any] = {"EndpointConfigName": "churn-config", "ProductionVariants": [VARIANT]}
NAMES = {"EndpointName": "churn-live", "EndpointConfigName": "churn-config"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A repository with two environments and no document but defaults."""
    return new_repo(tmp_path_factory.mktemp("import"), FILES)


@pytest.fixture
def try_import(place: Any, tmp_path: Path) -> Callable[..., Any]:
    return importing(place, tmp_path)


def compared(request: Mapping[str, Any]) -> dict[str, Any]:
    """A request without names, our own tags, and values of variables."""
    found = {k: v for k, v in request.items() if k not in (
        "ModelName", "EndpointConfigName", "EndpointName")}  # fmt: skip
    tags = [t for t in found.get("Tags", ()) if not t["Key"].startswith("sagemaker-gitops:")]
    found["Tags"] = sorted(tags, key=lambda tag: str(tag["Key"]))
    found = json.loads(json.dumps(found))
    for container in [found.get("PrimaryContainer", {}), *found.get("Containers", ())]:
        container["Environment"] = sorted(container.get("Environment", ()))
    cleaned: dict[str, Any] = said(found)
    return cleaned


@pytest.mark.parametrize("environment", ["dev", "strict"])
@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_a_published_model_comes_back_without_loss(
    path: Path, environment: str, try_import: Callable[..., Any]
) -> None:
    request = json.loads(path.read_text())
    result, text, shown = try_import(request, "-e", environment)
    assert result.exit_code == 0, result.output
    assert "kind: Model\n" in text
    assert compared(shown) == compared(request)


@pytest.mark.parametrize("environment", ["dev", "strict"])
@pytest.mark.parametrize("path", ENDPOINTS, ids=lambda path: path.stem)
def test_a_published_endpoint_comes_back_without_loss(
    path: Path, environment: str, try_import: Callable[..., Any]
) -> None:
    request = json.loads(path.read_text())
    result, text, shown = try_import(request, "-e", environment)
    assert result.exit_code == 0, result.output
    assert "kind: Endpoint\n" in text
    assert shown.keys() == request.keys()
    for operation, params in request.items():
        assert compared(shown[operation]) == compared(params)


LEGAL_MODELS: list[dict[str, Any]] = [
    {"PrimaryContainer": {"ModelPackageName": "churn/3"}},
    {"ExecutionRoleArn": None},
    {"Tags": [{"Key": "owner", "Value": "ml"}, {"Key": "team", "Value": "x"}]},
    {"EnableNetworkIsolation": True},
    {"PrimaryContainer": {**MODEL["PrimaryContainer"], "ModelDataUrl": "s3://b/many/"}},
    {"PrimaryContainer": {**MODEL["PrimaryContainer"], "ModelDataSource": {"S3DataSource": {
        "S3Uri": "s3://b/m.tar.gz", "S3DataType": "S3Object", "CompressionType": "Gzip"}}}},
    {"PrimaryContainer": {**MODEL["PrimaryContainer"], "ModelDataSource": {"S3DataSource": {
        "S3Uri": "s3://b/m/", "S3DataType": "S3Prefix", "CompressionType": "None",
        "HubAccessConfig": {"HubContentArn": "arn:aws:sagemaker:us-west-2:1:hub-content/x"}}}}},
    {"PrimaryContainer": {**MODEL["PrimaryContainer"], "AdditionalModelDataSources": [
        {"ChannelName": "draft", "S3DataSource": {"S3Uri": "s3://b/d/", "S3DataType": "S3Prefix",
                                                  "CompressionType": "None"}}]}},
    {"PrimaryContainer": None, "InferenceExecutionConfig": {"Mode": "Direct"}, "Containers": [
        {"Image": "a:1", "ContainerHostname": "a", "Environment": {"A": "1"}},
        {"Image": "b:1", "ContainerHostname": "b", "ModelDataUrl": "s3://b/m.tar.gz"}]},
]  # fmt: skip


@pytest.mark.parametrize("environment", ["dev", "strict"])
@pytest.mark.parametrize("change", LEGAL_MODELS)
def test_a_legal_model_comes_back_exactly(
    change: dict[str, Any], environment: str, try_import: Callable[..., Any]
) -> None:
    request = said({**MODEL, **change})
    result, _, shown = try_import(request, "-e", environment)
    assert result.exit_code == 0, result.output
    assert compared(shown) == compared(request)


def routing(kind: str, **more: Any) -> dict[str, Any]:
    traffic = {"Type": kind, "WaitIntervalInSeconds": 300, **more}
    return {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": traffic}}


TEN_PERCENT = {"Type": "CAPACITY_PERCENT", "Value": 10}
LEGAL_ENDPOINTS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"KmsKeyId": "alias/x"}, {}),
    ({"ProductionVariants": [{"VariantName": "s", "ModelName": "churn", "ServerlessConfig": {
        "MemorySizeInMB": 2048, "MaxConcurrency": 5}}]}, {}),
    ({"ProductionVariants": [{"VariantName": "c", "InstanceType": "ml.g5.xlarge",
                              "InitialInstanceCount": 1, "ManagedInstanceScaling": {
                                  "Status": "ENABLED", "MinInstanceCount": 0,
                                  "MaxInstanceCount": 2, "ScaleInPolicy": {
                                      "Strategy": "IDLE_RELEASE", "CooldownInMinutes": 10}}}],
      "ExecutionRoleArn": "arn:aws:iam::111122223333:role/serve"}, {}),
    ({"ProductionVariants": [{**VARIANT, "InitialVariantWeight": 0.25},
                             {**VARIANT, "VariantName": "b", "InitialVariantWeight": 3}]}, {}),
    ({}, {"DeploymentConfig": routing("CANARY", CanarySize=TEN_PERCENT)}),
    ({}, {"DeploymentConfig": routing("LINEAR", LinearStepSize=TEN_PERCENT)}),
    ({}, {"DeploymentConfig": {**routing("ALL_AT_ONCE"), "AutoRollbackConfiguration": {
        "Alarms": [{"AlarmName": "churn-5xx"}]}}}),
    ({}, {"DeploymentConfig": {"RollingUpdatePolicy": {
        "MaximumBatchSize": TEN_PERCENT, "WaitIntervalInSeconds": 60,
        "MaximumExecutionTimeoutInSeconds": 3600, "RollbackMaximumBatchSize": TEN_PERCENT}}}),
]  # fmt: skip


@pytest.mark.parametrize(("change", "more"), LEGAL_ENDPOINTS)
def test_a_legal_endpoint_comes_back_exactly(
    change: dict[str, Any], more: dict[str, Any], try_import: Callable[..., Any]
) -> None:
    request = {"CreateEndpointConfig": {**CONFIG, **change}, "CreateEndpoint": {**NAMES, **more}}
    result, _, shown = try_import(request)
    assert result.exit_code == 0, result.output
    for operation, params in request.items():
        assert compared(shown[operation]) == compared(params)


TAGS = [{"Key": "team", "Value": "x"}, {"Key": "owner", "Value": "growth"}]


@pytest.mark.parametrize("environment", ["dev", "strict"])
@pytest.mark.parametrize("of_endpoint", [[], TAGS[:1], TAGS])
@pytest.mark.parametrize("of_config", [[], TAGS[1:], TAGS])
def test_an_endpoint_and_its_configuration_keep_their_own_tags(
    of_config: list[Any], of_endpoint: list[Any], environment: str, try_import: Callable[..., Any]
) -> None:
    """Those of the document are the endpoint's; the reconciler's own are on both."""
    request = {"CreateEndpointConfig": {**CONFIG, "Tags": of_config},
               "CreateEndpoint": {**NAMES, "Tags": of_endpoint}}  # fmt: skip
    result, _, shown = try_import(request, "-e", environment, "--to", "jobs/owned")
    assert result.exit_code == 0, result.output
    for operation, params in request.items():
        assert compared(shown[operation]) == compared(params)
        assert any(tag["Key"] == "sagemaker-gitops:name" for tag in shown[operation]["Tags"])


def test_a_bare_configuration_is_an_endpoint_of_its_name(try_import: Callable[..., Any]) -> None:
    result, text, shown = try_import(CONFIG)
    assert result.exit_code == 0, result.output
    assert "name: churn-config\n" in text
    assert compared(shown["CreateEndpointConfig"]) == compared(CONFIG)


def test_an_update_says_what_it_retains(try_import: Callable[..., Any]) -> None:
    update = {**NAMES, "RetainAllVariantProperties": True, "ExcludeRetainedVariantProperties": [
        {"VariantPropertyType": "DesiredWeight"}]}  # fmt: skip
    result, text, _ = try_import({"CreateEndpointConfig": CONFIG, "UpdateEndpoint": update})
    assert result.exit_code == 0, result.output
    assert "retain_all_variant_properties: true\n" in text
    assert "exclude_retained_variant_properties:\n    - DesiredWeight\n" in text


def test_the_document_is_short_and_in_order(try_import: Callable[..., Any]) -> None:
    _, text, _ = try_import({"CreateEndpointConfig": CONFIG, "CreateEndpoint": NAMES})
    assert text.split("apiVersion", 1)[1] == (
        ": sagemaker-gitops/v1\n"
        "kind: Endpoint\n"
        "name: churn-live\n"
        "variants:\n"
        "  main:\n"
        "    model_name: churn\n"
        "    instance_type: ml.m5.large\n"
        "    initial_instance_count: 1\n"
    )


def test_what_the_folder_gives_is_left_out_or_taken_away(try_import: Callable[..., Any]) -> None:
    container = {**MODEL["PrimaryContainer"], "Environment": {"OMP_NUM_THREADS": "1"}}
    tags = [{"Key": "owner", "Value": "growth"}]
    request = {**MODEL, "PrimaryContainer": container, "Tags": tags}
    _, text, shown = try_import(request, "--to", "jobs/owned")
    assert "owner" not in text
    assert "env:" not in text
    assert compared(shown) == compared(request)
    _, text, shown = try_import(MODEL, "--to", "jobs/owned")
    assert "owner: null\n" in text
    assert compared(shown) == compared(MODEL)


ILLEGAL: list[tuple[dict[str, Any], str]] = [
    ({**MODEL, "PrimaryContainer": {"ModelDataUrl": "s3://b/m.tar.gz"}}, "PrimaryContainer"),
    ({**MODEL, "PrimaryContainer": {"Image": "x" * 256}}, "PrimaryContainer.Image"),
    ({**MODEL, "Containers": [{"Image": "a:1"}]}, "PrimaryContainer"),
    ({**MODEL, "Modell": 1}, "Modell"),
    ({**CONFIG, "ProductionVariants": [{**VARIANT, "ServerlessConfig": {
        "MemorySizeInMB": 2048, "MaxConcurrency": 5}}]}, "ProductionVariants"),
    ({**CONFIG, "ProductionVariants": [{**VARIANT, "InstanceType": "m5.large"}]},
     "ProductionVariants[0].InstanceType"),
    ({"CreateEndpointConfig": CONFIG, "CreateEndpoint": {**NAMES, "DeploymentConfig": routing(
        "CANARY")}}, "DeploymentConfig"),
    ({"CreateEndpointConfig": CONFIG, "CreateEndpoint": {**NAMES, "DeploymentConfig": {
        "AutoRollbackConfiguration": {"Alarms": [{}]}}}}, "DeploymentConfig"),
    ({"CreateEndpointConfig": CONFIG, "CreateEndpoint": {"EndpointName": "x"}},
     "EndpointConfigName"),
    ({"CreateEndpointConfig": CONFIG, "DeleteEndpoint": {}}, "DeleteEndpoint"),
]  # fmt: skip


@pytest.mark.parametrize(("request_", "member"), ILLEGAL)
def test_an_illegal_request_is_refused_with_the_members_name(
    request_: dict[str, Any], member: str, try_import: Callable[..., Any]
) -> None:
    result, _, _ = try_import(request_)
    assert result.exit_code == 1
    assert member in result.output
