"""What an endpoint's configuration is created with, and how it comes into service."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reconciler.core.call import Call
from reconciler.core.fields import from_request
from reconciler.core.importing import differences
from reconciler.core.kind import Reference
from reconciler.kinds.endpoint.deploying import deployment_config, deployment_of
from reconciler.kinds.endpoint.fields import TABLE
from reconciler.kinds.endpoint.rollout import Deployment
from reconciler.servicemodel.check import check
from reconciler.servicemodel.load import load
from tests.kinds.endpoint.endpoints import (
    CONFIG,
    KIND,
    SERVERLESS,
    deployed,
    endpoint,
    live,
    main,
    request,
)

CASES = sorted((Path(__file__).parents[1] / "requests" / "endpoint").glob("*.json"))
NAMES = {"EndpointName": "churn-live", "EndpointConfigName": CONFIG}


def test_a_variant_serves_the_physical_name_of_its_model() -> None:
    assert KIND.references(endpoint()) == (
        Reference(("variants", "main"), "churn", kind="Model", output="name"),
    )
    assert request() == {
        "EndpointConfigName": CONFIG,
        "ProductionVariants": [
            {
                "VariantName": "main",
                "ModelName": "churn-abcdefabcd",
                "InstanceType": "ml.m5.large",
                "InitialInstanceCount": 2,
            }
        ],
    }


def test_a_model_that_others_look_after_is_named_as_it_is() -> None:
    spec = main(model=None, model_name="theirs")
    assert KIND.references(endpoint(spec)) == ()
    assert request(spec)["ProductionVariants"][0]["ModelName"] == "theirs"


def test_shadow_variants_refer_to_models_too() -> None:
    shadow = {"shadow_variants": {"next": {**main()["variants"]["main"], "model": "churn-next"}}}
    assert [ref.path for ref in KIND.references(endpoint(shadow))] == [
        ("variants", "main"),
        ("shadow_variants", "next"),
    ]
    assert request(shadow)["ShadowProductionVariants"][0]["ModelName"] == "churn-next-abcdefabcd"


def test_both_sides_are_captured_where_the_document_does_not_say() -> None:
    capture = {"data_capture": {"s3_uri": "s3://b/c/", "initial_sampling_percentage": 20}}
    assert request(capture)["DataCaptureConfig"] == {
        "DestinationS3Uri": "s3://b/c/",
        "InitialSamplingPercentage": 20,
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
    }


def test_a_weight_is_sent_as_it_is_written() -> None:
    weights = [
        request(main(initial_variant_weight=w))["ProductionVariants"][0]["InitialVariantWeight"]
        for w in (1, 0.5)
    ]
    assert json.dumps(weights) == "[1, 0.5]"


def test_overrides_are_laid_over_the_configuration() -> None:
    assert request({"api_overrides": {"KmsKeyId": "alias/x"}})["KmsKeyId"] == "alias/x"


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_published_requests_come_back(path: Path) -> None:
    wanted: dict[str, Any] = json.loads(path.read_text())["CreateEndpointConfig"]
    name = wanted["EndpointConfigName"]
    members = {key: value for key, value in wanted.items() if key != "EndpointConfigName"}
    given = request({"variants": None}, from_request(TABLE, members), physical_name=name)
    assert differences(TABLE, wanted, given) == ()


def test_an_endpoint_that_is_not_there_is_created() -> None:
    assert deployed({"tags": {"team": "growth"}}) == (
        Call("CreateEndpoint", {**NAMES, "Tags": [{"Key": "team", "Value": "growth"}]}),
    )


def test_an_endpoint_has_no_tag_that_is_of_one_configuration_only() -> None:
    ours = ("name", "version", "digest", "commit")
    tags = {f"sagemaker-gitops:{key}": "x" for key in ours}
    (call,) = deployed({"tags": tags})
    assert [tag["Key"] for tag in call.params["Tags"]] == ["sagemaker-gitops:name"]


def test_an_endpoint_in_service_is_updated() -> None:
    assert deployed(seen=live()) == (Call("UpdateEndpoint", NAMES),)


def test_a_failed_endpoint_is_made_anew() -> None:
    delete, create = deployed(seen=live("Failed"))
    assert delete == Call("DeleteEndpoint", {"EndpointName": "churn-live"})
    assert create.operation == "CreateEndpoint"


def test_what_autoscaling_has_set_is_kept_where_the_document_says_so() -> None:
    deployment = {
        "retain_all_variant_properties": True,
        "exclude_retained_variant_properties": ["DesiredWeight"],
    }
    (update,) = deployed({"deployment": deployment}, seen=live())
    assert update.params == {
        **NAMES,
        "RetainAllVariantProperties": True,
        "ExcludeRetainedVariantProperties": [{"VariantPropertyType": "DesiredWeight"}],
    }
    (create,) = deployed({"deployment": deployment})
    assert "RetainAllVariantProperties" not in create.params


def blue_green(kind: str, wait: int, **more: Any) -> dict[str, Any]:
    return {"TrafficRoutingConfiguration": {"Type": kind, "WaitIntervalInSeconds": wait, **more}}


DEPLOYMENTS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {}),
    ({"all_at_once": {}}, {"BlueGreenUpdatePolicy": blue_green("ALL_AT_ONCE", 0)}),
    (
        {"all_at_once": {"wait_interval": "5m"}, "rollback_alarms": ["a", "b"]},
        {
            "BlueGreenUpdatePolicy": blue_green("ALL_AT_ONCE", 300),
            "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "a"}, {"AlarmName": "b"}]},
        },
    ),
    (
        {"rollback_alarms": ["a"]},
        {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "a"}]}},
    ),
    (
        {"canary": {"percent": 10, "wait_interval": "10m"}, "termination_wait": "30m"},
        {
            "BlueGreenUpdatePolicy": {
                **blue_green("CANARY", 600, CanarySize={"Type": "CAPACITY_PERCENT", "Value": 10}),
                "TerminationWaitInSeconds": 1800,
            }
        },
    ),
    (
        {"linear": {"instances": 2}, "maximum_execution_timeout": "1h"},
        {
            "BlueGreenUpdatePolicy": {
                **blue_green("LINEAR", 0, LinearStepSize={"Type": "INSTANCE_COUNT", "Value": 2}),
                "MaximumExecutionTimeoutInSeconds": 3600,
            }
        },
    ),
    (
        {
            "rolling": {"percent": 20, "wait_interval": "2m", "rollback_percent": 50},
            "maximum_execution_timeout": "1h",
        },
        {
            "RollingUpdatePolicy": {
                "MaximumBatchSize": {"Type": "CAPACITY_PERCENT", "Value": 20},
                "WaitIntervalInSeconds": 120,
                "MaximumExecutionTimeoutInSeconds": 3600,
                "RollbackMaximumBatchSize": {"Type": "CAPACITY_PERCENT", "Value": 50},
            }
        },
    ),
]


@pytest.mark.parametrize(("document", "config"), DEPLOYMENTS)
def test_a_deployment_is_said_both_ways(document: dict[str, Any], config: dict[str, Any]) -> None:
    assert deployment_config(Deployment.model_validate(document)) == config
    assert deployment_of(config) == document


def test_only_waits_of_a_deployment_mean_all_at_once() -> None:
    config = deployment_config(Deployment.model_validate({"termination_wait": "5m"}))
    expected = {**blue_green("ALL_AT_ONCE", 0), "TerminationWaitInSeconds": 300}
    assert config == {"BlueGreenUpdatePolicy": expected}


@pytest.mark.parametrize(
    "change",
    [
        {},
        main(**SERVERLESS),
        {"data_capture": {"s3_uri": "s3://b/c/", "initial_sampling_percentage": 20}},
        main(
            initial_variant_weight=0.5, volume_size="30GB", routing={"routing_strategy": "RANDOM"}
        ),
        *({"deployment": document} for document, _ in DEPLOYMENTS),
    ],
)
def test_every_call_fits_the_service_model(change: dict[str, Any]) -> None:
    service = load("sagemaker")
    assert list(check(service, "CreateEndpointConfig", request(change))) == []
    for seen in (None, live(), live("Failed")):
        for call in deployed(change, seen=seen):
            assert list(check(service, call.operation, call.params)) == []


@pytest.mark.parametrize(
    ("member", "key"),
    [
        (("EndpointName",), ("name",)),
        (("EndpointConfigName",), ("name",)),
        (("DeploymentConfig", "BlueGreenUpdatePolicy"), ("deployment",)),
        (("ProductionVariants", 0, "InstanceType"), ("variants",)),
        (("DataCaptureConfig", "KmsKeyId"), ("data_capture", "kms_key_id")),
        (("Tags", 3, "Key"), ("tags",)),
    ],
)
def test_a_member_leads_back_to_its_key(
    member: tuple[str | int, ...], key: tuple[str, ...]
) -> None:
    assert KIND.key_of(member) == key
