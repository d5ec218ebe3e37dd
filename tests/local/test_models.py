"""Models and endpoint configs are kept, described, listed, searched and deleted as on SageMaker."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from reconciler.local import faults
from reconciler.local.engine import Engine
from reconciler.local.errors import EngineError
from reconciler.local.faults import Fault

ARN = "arn:aws:sagemaker:us-east-1:000000000000:"
CONTAINER = {"Image": "tools/serve:1", "ModelDataUrl": "s3://bucket/model.tar.gz"}
VARIANT = {
    "VariantName": "AllTraffic",
    "ModelName": "m",
    "InitialInstanceCount": 1,
    "InstanceType": "ml.m5.large",
}
Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def ask(engine: Engine) -> Ask:
    """Calls of SageMaker, on an engine that has an artifact."""
    engine.context.storage.put("bucket", "model.tar.gz", b"x")
    engine.context.storage.put("bucket", "plain/a", b"x")

    def call(operation: str, **params: Any) -> dict[str, Any]:
        return engine.handle("sagemaker", operation, params)

    return call


def create_model(ask: Ask, name: str = "m", **members: Any) -> dict[str, Any]:
    return ask("CreateModel", **{"ModelName": name, "PrimaryContainer": CONTAINER, **members})


def create_config(ask: Ask, **members: Any) -> dict[str, Any]:
    request = {"EndpointConfigName": "c", "ProductionVariants": [VARIANT], **members}
    return ask("CreateEndpointConfig", **request)


def refusal(ask: Ask, operation: str, **params: Any) -> str:
    """The words of a ValidationException."""
    with pytest.raises(EngineError) as caught:
        ask(operation, **params)
    assert (caught.value.code, caught.value.http_status) == ("ValidationException", 400)
    return caught.value.message


def test_a_model_is_described_as_it_was_asked_for_with_defaults_and_without_tags(ask: Ask) -> None:
    tags = [{"Key": "git:owner", "Value": "one"}]
    assert create_model(ask, Tags=tags) == {"ModelArn": f"{ARN}model/m"}
    described = ask("DescribeModel", ModelName="m")
    assert time.time() - described.pop("CreationTime") < 60
    assert described == {
        "ModelName": "m",
        "ModelArn": f"{ARN}model/m",
        "PrimaryContainer": {"Mode": "SingleModel", **CONTAINER},
        "EnableNetworkIsolation": False,
    }
    assert ask("ListTags", ResourceArn=f"{ARN}model/m")["Tags"] == tags


def test_a_name_that_is_taken_is_refused_in_sagemakers_words(ask: Ask) -> None:
    create_model(ask)
    create_config(ask)
    words = "Cannot create already existing"
    assert refusal(ask, "CreateModel", ModelName="m", PrimaryContainer=CONTAINER) == (
        f'{words} model "{ARN}model/m".'
    )
    assert (
        refusal(ask, "CreateEndpointConfig", EndpointConfigName="c", ProductionVariants=[VARIANT])
        == f'{words} endpoint configuration "{ARN}endpoint-config/c".'
    )


@pytest.mark.parametrize("operation", ["DescribeModel", "DeleteModel"])
def test_a_model_that_is_not_there_is_not_found_in_sagemakers_words(
    ask: Ask, operation: str
) -> None:
    assert refusal(ask, operation, ModelName="x") == f'Could not find model "{ARN}model/x".'


@pytest.mark.parametrize("operation", ["DescribeEndpointConfig", "DeleteEndpointConfig"])
def test_a_config_that_is_not_there_is_not_found_in_sagemakers_words(
    ask: Ask, operation: str
) -> None:
    assert refusal(ask, operation, EndpointConfigName="x") == (
        f'Could not find endpoint configuration "{ARN}endpoint-config/x".'
    )


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ({"ModelDataUrl": "s3://bucket/other.tar.gz"}, False),
        ({"ModelDataUrl": "s3://nowhere/model.tar.gz"}, False),
        ({"ModelDataSource": ("s3://bucket/plain/", "S3Prefix")}, True),
        ({"ModelDataSource": ("s3://bucket/other/", "S3Prefix")}, False),
        ({"ModelDataSource": ("s3://bucket/plain", "S3Object")}, False),
        ({}, True),
    ],
)
def test_a_model_needs_its_artifact(ask: Ask, source: dict[str, Any], found: bool) -> None:
    if "ModelDataSource" in source:
        uri, kind = source["ModelDataSource"]
        s3 = {"S3Uri": uri, "S3DataType": kind, "CompressionType": "None"}
        source = {"ModelDataSource": {"S3DataSource": s3}}
    container = {"Image": "tools/serve:1", **source}
    if found:
        create_model(ask, PrimaryContainer=container)
    else:
        message = refusal(ask, "CreateModel", ModelName="m", PrimaryContainer=container)
        assert message.startswith("Could not find model data at s3://")
        assert refusal(ask, "DescribeModel", ModelName="m")


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({}, "either PrimaryContainer or Containers"),
        ({"PrimaryContainer": CONTAINER, "Containers": [CONTAINER] * 2}, "and not both"),
        ({"PrimaryContainer": {**CONTAINER, "Mode": "MultiModel"}}, "on SageMaker only"),
        ({"PrimaryContainer": {"ModelPackageName": "p"}}, "no model packages"),
        ({"Containers": [CONTAINER, {**CONTAINER, "Image": "Bad Image"}]}, "pattern"),
    ],
)
def test_a_model_that_cannot_be_is_refused(ask: Ask, members: dict[str, Any], words: str) -> None:
    assert words in refusal(ask, "CreateModel", ModelName="m", **members)


def test_an_image_that_cannot_run_here_is_refused_with_what_to_do(engine: Engine, ask: Ask) -> None:
    (engine.context.root / "images.json").write_text("{}")
    message = refusal(ask, "CreateModel", ModelName="m", PrimaryContainer=CONTAINER)
    assert "images: {'*/serve': /path/to/python}" in message


def test_a_config_is_described_with_defaults_and_without_tags(ask: Ask) -> None:
    create_model(ask)
    create_config(ask, Tags=[{"Key": "a", "Value": "b"}])
    described = ask("DescribeEndpointConfig", EndpointConfigName="c")
    described.pop("CreationTime")
    assert described == {
        "EndpointConfigName": "c",
        "EndpointConfigArn": f"{ARN}endpoint-config/c",
        "ProductionVariants": [{"InitialVariantWeight": 1.0, **VARIANT}],
        "EnableNetworkIsolation": False,
    }


def test_a_config_of_a_model_that_is_not_there_is_refused(ask: Ask) -> None:
    message = refusal(
        ask, "CreateEndpointConfig", EndpointConfigName="c", ProductionVariants=[VARIANT]
    )
    assert message == f'Could not find model "{ARN}model/m".'


@pytest.mark.parametrize(
    ("variants", "words"),
    [
        ([VARIANT, VARIANT], "must be unique"),
        ([{"VariantName": "a", "InstanceType": "ml.m5.large"}], "a ModelName"),
        ([{"VariantName": "a", "ModelName": "m"}], "exactly one of InstanceType"),
    ],
)
def test_a_config_that_cannot_be_is_refused(
    ask: Ask, variants: list[dict[str, Any]], words: str
) -> None:
    create_model(ask)
    message = refusal(
        ask, "CreateEndpointConfig", EndpointConfigName="c", ProductionVariants=variants
    )
    assert words in message


def test_what_was_deleted_is_gone_with_its_tags_and_its_name_is_free(ask: Ask) -> None:
    create_model(ask, Tags=[{"Key": "a", "Value": "b"}])
    create_config(ask)
    ask("DeleteEndpointConfig", EndpointConfigName="c")
    ask("DeleteModel", ModelName="m")
    assert refusal(ask, "ListTags", ResourceArn=f"{ARN}model/m")
    create_model(ask)
    assert ask("ListTags", ResourceArn=f"{ARN}model/m")["Tags"] == []


def test_models_and_configs_are_listed_in_pages_newest_first(ask: Ask) -> None:
    for number in range(12):
        create_model(ask, f"m-{number}")
    first = ask("ListModels")
    assert [each["ModelName"] for each in first["Models"]] == [f"m-{n}" for n in range(11, 1, -1)]
    second = ask("ListModels", NextToken=first["NextToken"])
    assert [each["ModelName"] for each in second["Models"]] == ["m-1", "m-0"]
    by_name = ask("ListModels", SortBy="Name", SortOrder="Ascending", NameContains="-1")
    assert [each["ModelName"] for each in by_name["Models"]] == ["m-1", "m-10", "m-11"]
    assert ask("ListModels", CreationTimeBefore=1.0)["Models"] == []
    create_model(ask)
    create_config(ask)
    (line,) = ask("ListEndpointConfigs")["EndpointConfigs"]
    assert (line["EndpointConfigName"], line["EndpointConfigArn"]) == (
        "c",
        f"{ARN}endpoint-config/c",
    )


def test_tags_of_models_and_configs_can_be_changed_by_arn(ask: Ask) -> None:
    create_model(ask)
    create_config(ask)
    for arn in (f"{ARN}model/m", f"{ARN}endpoint-config/c"):
        ask("AddTags", ResourceArn=arn, Tags=[{"Key": "a", "Value": "1"}])
        ask("AddTags", ResourceArn=arn, Tags=[{"Key": "b", "Value": "2"}])
        ask("DeleteTags", ResourceArn=arn, TagKeys=["a"])
        assert ask("ListTags", ResourceArn=arn)["Tags"] == [{"Key": "b", "Value": "2"}]
    assert refusal(ask, "ListTags", ResourceArn=f"{ARN}model/other")
    assert refusal(ask, "ListTags", ResourceArn=f"{ARN}endpoint/m")


def test_models_are_found_by_tag(ask: Ask) -> None:
    create_model(ask, "a", Tags=[{"Key": "git:owner", "Value": "one"}])
    create_model(ask, "b", Tags=[{"Key": "git:owner", "Value": "two"}])
    owner = {"Name": "Tags.git:owner", "Operator": "Equals", "Value": "two"}
    found = ask("Search", Resource="Model", SearchExpression={"Filters": [owner]})
    (result,) = found["Results"]
    assert result["Model"]["Model"]["ModelName"] == "b"
    assert refusal(ask, "Search", Resource="Model", SortBy="TrainingJobName")


def test_a_fault_hides_a_young_model_from_reads_but_not_from_creation(
    engine: Engine, ask: Ask
) -> None:
    faults.add(engine.context.state, Fault("describe_blind", name="m", seconds=60))
    create_model(ask)
    assert refusal(ask, "DescribeModel", ModelName="m")
    assert ask("ListModels")["Models"] == []
    assert "already existing" in refusal(
        ask, "CreateModel", ModelName="m", PrimaryContainer=CONTAINER
    )


def test_a_fault_can_hit_the_creation_of_a_model_by_its_name(engine: Engine, ask: Ask) -> None:
    faults.add(engine.context.state, Fault("throttle", operation="CreateModel", name="m", times=1))
    with pytest.raises(EngineError, match="ThrottlingException"):
        create_model(ask)
    create_model(ask)
