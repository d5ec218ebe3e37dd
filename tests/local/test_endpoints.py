"""Endpoints are accepted, changed and described as on SageMaker; nothing serves in these tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reconciler.local.database import Database
from reconciler.local.engine import Engine
from reconciler.local.errors import EngineError
from reconciler.local.schema import STEPS
from reconciler.local.serving import keeping
from reconciler.local.serving.endpoint import CREATING, FAILED, IN_SERVICE, UPDATING
from reconciler.local.state import State

ARN = "arn:aws:sagemaker:us-east-1:000000000000:"
VARIANT = {
    "VariantName": "AllTraffic",
    "ModelName": "m",
    "InitialInstanceCount": 2,
    "InstanceType": "ml.m5.large",
}
CAPTURE = {
    "EnableCapture": True,
    "InitialSamplingPercentage": 10,
    "DestinationS3Uri": "s3://bucket/capture",
    "CaptureOptions": [{"CaptureMode": "Input"}],
}
ROLLING = {
    "RollingUpdatePolicy": {
        "MaximumBatchSize": {"Type": "INSTANCE_COUNT", "Value": 1},
        "WaitIntervalInSeconds": 0,
    }
}


class Desk:
    """Takes calls for an engine whose endpoints move only as a test says."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.hosting = engine.context.hosting
        self("CreateModel", ModelName="m", PrimaryContainer={"Image": "tools/serve:1"})
        self.config("c")
        self.config("d", DataCaptureConfig=CAPTURE)

    def __call__(self, operation: str, **params: Any) -> dict[str, Any]:
        return self.engine.handle("sagemaker", operation, params)

    def config(self, name: str, **members: Any) -> None:
        variants = [{**VARIANT, **members.pop("variant", {})}]
        self(
            "CreateEndpointConfig", EndpointConfigName=name, ProductionVariants=variants, **members
        )

    def create(self, **members: Any) -> dict[str, Any]:
        return self("CreateEndpoint", EndpointName="e", EndpointConfigName="c", **members)

    def update(self, config: str, **members: Any) -> dict[str, Any]:
        return self("UpdateEndpoint", EndpointName="e", EndpointConfigName=config, **members)

    def describe(self) -> dict[str, Any]:
        return self("DescribeEndpoint", EndpointName="e")

    def finish(self) -> None:
        """Do what the supervisor does when all went well."""
        endpoint = self.hosting.endpoint("e")
        assert endpoint is not None
        current = endpoint.pending or endpoint.current
        assert current is not None
        assert self.hosting.change(
            endpoint.serial,
            during=(CREATING, UPDATING),
            status=IN_SERVICE,
            current=current.settled(),
            pending=None,
        )

    def fail(self) -> None:
        """Do what the supervisor does when the first deployment failed."""
        endpoint = self.hosting.endpoint("e")
        assert endpoint is not None
        self.hosting.change(
            endpoint.serial, during=(CREATING,), status=FAILED, failure_reason="it did"
        )


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The endpoints for which a supervisor would have been started."""
    names: list[str] = []
    monkeypatch.setattr(keeping, "start_supervisor", lambda _, name, __: names.append(name))
    return names


@pytest.fixture
def desk(engine: Engine, kept: list[str]) -> Desk:
    """An engine with a model and two configs, `c` and `d`."""
    return Desk(engine)


def refusal(call: Callable[..., Any], *args: Any, **params: Any) -> str:
    """The words of a ValidationException."""
    with pytest.raises(EngineError) as caught:
        call(*args, **params)
    assert caught.value.code == "ValidationException"
    return caught.value.message


def test_a_new_endpoint_is_creating_and_has_a_supervisor(desk: Desk, kept: list[str]) -> None:
    assert desk.create() == {"EndpointArn": f"{ARN}endpoint/e"}
    assert kept == ["e"]
    described = desk.describe()
    assert described["EndpointStatus"] == "Creating"
    assert described["EndpointConfigName"] == "c"
    assert "ProductionVariants" not in described


def test_an_endpoint_in_service_shows_its_variants_and_never_its_tags(desk: Desk) -> None:
    tags = [{"Key": "git:owner", "Value": "one"}]
    desk.create(Tags=tags)
    desk.finish()
    described = desk.describe()
    assert (described["EndpointStatus"], described["EndpointArn"]) == (
        "InService",
        f"{ARN}endpoint/e",
    )
    assert described["ProductionVariants"] == [
        {
            "VariantName": "AllTraffic",
            "DeployedImages": [
                {"SpecifiedImage": "tools/serve:1", "ResolvedImage": "tools/serve:1"}
            ],
            "CurrentWeight": 1.0,
            "DesiredWeight": 1.0,
            "CurrentInstanceCount": 2,
            "DesiredInstanceCount": 2,
        }
    ]
    assert not {"Tags", "FailureReason", "PendingDeploymentSummary"} & set(described)
    assert desk("ListTags", ResourceArn=f"{ARN}endpoint/e")["Tags"] == tags


def test_names_that_are_taken_or_unknown_are_refused_in_sagemakers_words(desk: Desk) -> None:
    unknown = {"EndpointName": "x", "EndpointConfigName": "c"}
    assert refusal(desk, "UpdateEndpoint", **unknown) == (
        f'Could not find endpoint "{ARN}endpoint/x".'
    )
    assert refusal(desk, "DeleteEndpoint", EndpointName="x").startswith("Could not find endpoint")
    assert refusal(desk, "DescribeEndpoint", EndpointName="x").startswith("Could not find endpoint")
    assert refusal(desk, "CreateEndpoint", EndpointName="e", EndpointConfigName="x") == (
        f'Could not find endpoint configuration "{ARN}endpoint-config/x".'
    )
    desk.create()
    assert refusal(desk.create) == f'Cannot create already existing endpoint "{ARN}endpoint/e".'


def test_an_endpoint_that_moves_can_be_neither_changed_nor_deleted(desk: Desk) -> None:
    desk.create()
    words = f'Cannot update in-progress endpoint "{ARN}endpoint/e".'
    weights = [{"VariantName": "AllTraffic", "DesiredWeight": 2.0}]
    for _ in range(2):
        assert refusal(desk.update, "d") == words
        assert refusal(desk, "DeleteEndpoint", EndpointName="e") == words
        assert (
            refusal(
                desk,
                "UpdateEndpointWeightsAndCapacities",
                EndpointName="e",
                DesiredWeightsAndCapacities=weights,
            )
            == words
        )
        if desk.describe()["EndpointStatus"] == "Creating":
            desk.finish()
            desk.update("d")


def test_an_update_shows_what_serves_and_apart_from_it_what_is_to_come(desk: Desk) -> None:
    desk.create()
    desk.finish()
    desk.update("d", DeploymentConfig=ROLLING)
    described = desk.describe()
    assert (described["EndpointStatus"], described["EndpointConfigName"]) == ("Updating", "c")
    pending = described["PendingDeploymentSummary"]
    assert pending["EndpointConfigName"] == "d"
    assert pending["ProductionVariants"][0]["InstanceType"] == "ml.m5.large"
    assert "LastDeploymentConfig" not in described
    desk.finish()
    described = desk.describe()
    assert described["EndpointConfigName"] == "d"
    assert described["LastDeploymentConfig"] == ROLLING
    assert described["DataCaptureConfig"] == {
        "EnableCapture": True,
        "CaptureStatus": "Started",
        "CurrentSamplingPercentage": 10,
        "DestinationS3Uri": "s3://bucket/capture",
        "KmsKeyId": "",
    }


def test_a_deployment_config_is_used_again_only_when_it_is_asked_for(desk: Desk) -> None:
    desk.create(DeploymentConfig=ROLLING)
    desk.finish()
    desk.update("d", RetainDeploymentConfig=True)
    desk.finish()
    assert desk.describe()["LastDeploymentConfig"] == ROLLING
    desk.update("c")
    desk.finish()
    assert "LastDeploymentConfig" not in desk.describe()


@pytest.mark.parametrize(
    ("members", "weight", "count", "captures"),
    [
        ({}, 1.0, 5, True),
        ({"RetainAllVariantProperties": True}, 3.0, 4, False),
        (
            {
                "RetainAllVariantProperties": True,
                "ExcludeRetainedVariantProperties": [
                    {"VariantPropertyType": "DesiredInstanceCount"},
                    {"VariantPropertyType": "DataCaptureConfig"},
                ],
            },
            3.0,
            5,
            True,
        ),
    ],
)
def test_an_update_keeps_weights_and_counts_only_when_it_is_asked_to(
    desk: Desk, members: dict[str, Any], weight: float, count: int, captures: bool
) -> None:
    desk.config("e", variant={"InitialInstanceCount": 5}, DataCaptureConfig=CAPTURE)
    desk.create()
    desk.finish()
    change = {"VariantName": "AllTraffic", "DesiredWeight": 3.0, "DesiredInstanceCount": 4}
    desk(
        "UpdateEndpointWeightsAndCapacities",
        EndpointName="e",
        DesiredWeightsAndCapacities=[change],
    )
    (variant,) = desk.describe()["ProductionVariants"]
    assert (variant["CurrentInstanceCount"], variant["DesiredInstanceCount"]) == (2, 4)
    desk.finish()
    desk.update("e", **members)
    desk.finish()
    described = desk.describe()
    (variant,) = described["ProductionVariants"]
    assert (variant["CurrentWeight"], variant["CurrentInstanceCount"]) == (weight, count)
    assert ("DataCaptureConfig" in described) is captures


def test_weights_of_a_variant_that_is_not_there_are_refused(desk: Desk) -> None:
    desk.create()
    desk.finish()
    message = refusal(
        desk,
        "UpdateEndpointWeightsAndCapacities",
        EndpointName="e",
        DesiredWeightsAndCapacities=[{"VariantName": "x", "DesiredWeight": 1.0}],
    )
    assert message.startswith('Could not find variant "x"')
    assert desk.describe()["EndpointStatus"] == "InService"


def test_a_config_in_use_is_not_deleted_but_its_model_is(desk: Desk) -> None:
    desk.create()
    assert "uses it" in refusal(desk, "DeleteEndpointConfig", EndpointConfigName="c")
    desk.finish()
    desk.update("d")
    for name in ("c", "d"):
        assert "uses it" in refusal(desk, "DeleteEndpointConfig", EndpointConfigName=name)
    desk.finish()
    desk("DeleteEndpointConfig", EndpointConfigName="c")
    desk("DeleteModel", ModelName="m")
    assert "Could not find model" in refusal(desk.update, "d")


def test_a_failed_endpoint_says_why_and_can_only_be_deleted(desk: Desk, kept: list[str]) -> None:
    desk.create()
    desk.fail()
    described = desk.describe()
    assert (described["EndpointStatus"], described["FailureReason"]) == ("Failed", "it did")
    assert described["EndpointConfigName"] == "c"
    assert "can only be deleted" in refusal(desk.update, "d")
    kept.clear()
    desk("DeleteEndpoint", EndpointName="e")
    assert desk.describe()["EndpointStatus"] == "Deleting"
    assert kept == ["e"]


def test_endpoints_are_listed_by_status_and_name(desk: Desk) -> None:
    desk.create()
    desk.finish()
    desk("CreateEndpoint", EndpointName="f", EndpointConfigName="c")

    def names(**params: Any) -> list[str]:
        return [each["EndpointName"] for each in desk("ListEndpoints", **params)["Endpoints"]]

    assert names() == ["f", "e"]
    assert names(StatusEquals="InService") == ["e"]
    assert names(SortBy="Status", SortOrder="Ascending") == ["f", "e"]
    assert names(NameContains="x") == []
    assert names(LastModifiedTimeAfter=9e9) == []
    first = desk("ListEndpoints", MaxResults=1)
    assert names(MaxResults=1, NextToken=first["NextToken"]) == ["e"]


def test_endpoints_are_found_by_tag_and_config(desk: Desk) -> None:
    desk.create(Tags=[{"Key": "git:owner", "Value": "one"}])
    filters = [
        {"Name": "Tags.git:owner", "Operator": "Equals", "Value": "one"},
        {"Name": "EndpointConfigName", "Operator": "Equals", "Value": "c"},
    ]
    found = desk("Search", Resource="Endpoint", SearchExpression={"Filters": filters})
    assert [each["Endpoint"]["EndpointName"] for each in found["Results"]] == ["e"]


@pytest.mark.parametrize("status", ["nothing", "Creating", "Failed"])
def test_only_an_endpoint_in_service_can_be_invoked(desk: Desk, status: str) -> None:
    if status != "nothing":
        desk.create()
    if status == "Failed":
        desk.fail()
    with pytest.raises(EngineError) as caught:
        desk.engine.handle(
            "sagemaker-runtime", "InvokeEndpoint", {"EndpointName": "e", "Body": b""}
        )
    assert caught.value.code == "ValidationError"
    assert caught.value.message.startswith("Endpoint e of account 000000000000 not found.")


def test_an_endpoint_that_lost_its_supervisor_gets_another_at_the_next_call(
    desk: Desk, kept: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.create()
    desk.describe()
    assert kept == ["e"]
    monkeypatch.setattr(keeping, "START_PAUSE", 0.0)
    desk.describe()
    assert kept == ["e", "e"]
    desk.fail()
    desk.describe()
    assert kept == ["e", "e"]


def test_a_state_of_the_version_before_gets_the_new_tables(tmp_path: Path) -> None:
    Database(tmp_path / "state.db", STEPS[:1]).close()
    state = State.open(tmp_path)
    state.create("job", {}, arn="arn", tags={})
    assert state.database.rows("SELECT * FROM endpoints") == []
    state.close()
    assert State.open(tmp_path).find("job") is not None
