"""Endpoints serve, change, roll back, survive kills and end, behind real boto3 clients."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from botocore.exceptions import ClientError

from reconciler.local import faults
from reconciler.local.faults import Fault
from reconciler.local.serving import keeping
from reconciler.local.state import State

BROKEN = "raise RuntimeError('no such thing')"
DIES_LATER = """
import os, threading
threading.Timer(0.5, os._exit, [3]).start()
def model_fn(model_dir):
    return None
"""
CANARY = {
    "BlueGreenUpdatePolicy": {
        "TrafficRoutingConfiguration": {
            "Type": "CANARY",
            "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 50},
            "WaitIntervalInSeconds": 60,
        }
    }
}


@pytest.fixture
def quick_recovery(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets a supervisor be replaced at once."""
    monkeypatch.setattr(keeping, "START_PAUSE", 0.5)


def error_of(caught: pytest.ExceptionInfo[ClientError]) -> dict[str, Any]:
    found: dict[str, Any] = caught.value.response["Error"]
    return found


def test_a_model_is_created_put_in_service_and_gives_the_right_answer(sandboxed: Any) -> None:
    sandboxed.model("triple", 3, EnableNetworkIsolation=True)
    described = sandboxed.endpoint("triple")
    assert described["EndpointStatus"] == "InService", described
    assert sandboxed.ask([1, 2, 5]) == ([3, 6, 15], "triple")
    assert "PendingDeploymentSummary" not in described


def test_an_endpoint_is_updated_without_a_gap_and_then_deleted(house: Any) -> None:
    house.model("one", 1)
    house.model("two", 2)
    assert house.endpoint("one")["EndpointStatus"] == "InService"
    house.config("next", "two")
    house.update("next")
    seen = set()
    while house.describe()["EndpointStatus"] == "Updating":
        seen.add(house.ask([1])[0][0])
    assert seen <= {1, 2}
    described = house.settled()
    assert (described["EndpointStatus"], described["EndpointConfigName"]) == ("InService", "next")
    assert house.ask([4]) == ([8], "two")
    house.sagemaker.delete_endpoint(EndpointName="e")
    house.wait_for(lambda: not house.sagemaker.list_endpoints()["Endpoints"])
    with pytest.raises(ClientError, match=r'Could not find endpoint "arn:') as caught:
        house.describe()
    assert error_of(caught)["Code"] == "ValidationException"
    assert house.groups() == []
    house.wait_for(lambda: not house.supervisors())


def test_an_update_to_a_broken_model_rolls_back_and_says_why(house: Any) -> None:
    house.model("good", 2)
    house.model("broken", script=BROKEN)
    house.endpoint("good")
    house.config("next", "broken")
    house.update("next")
    described = house.settled()
    assert (described["EndpointStatus"], described["EndpointConfigName"]) == ("InService", "c")
    assert described["FailureReason"].startswith(
        "The primary container for production variant broken did not pass the ping health check."
    )
    assert "no such thing" in described["FailureReason"]
    assert house.ask([4]) == ([8], "good")
    house.wait_for(lambda: len(house.groups()) == 1)
    assert not (house.root / "endpoints/e.1/2").exists()


def test_a_container_that_ends_while_the_traffic_shifts_rolls_the_update_back(house: Any) -> None:
    house.model("good", 2)
    house.model("dies", script=DIES_LATER)
    house.endpoint("good")
    house.config("next", "dies")
    house.update("next", DeploymentConfig=CANARY)
    pending = house.describe()["PendingDeploymentSummary"]
    assert pending["EndpointConfigName"] == "next"
    described = house.settled()
    assert (described["EndpointStatus"], described["EndpointConfigName"]) == ("InService", "c")
    assert "FailureReason" in described
    assert house.ask([4]) == ([8], "good")


def test_a_canary_gets_part_of_the_traffic_and_then_all_of_it(house: Any) -> None:
    house.model("one", 1)
    house.model("two", 2)
    house.endpoint("one")
    house.config("next", "two")
    house.update("next", DeploymentConfig=CANARY)
    seen: Counter[str] = Counter()
    while house.describe()["EndpointStatus"] == "Updating" and len(seen) < 2:
        seen[house.ask([1])[1]] += 1
    assert set(seen) == {"one", "two"}
    described = house.settled()
    assert described["LastDeploymentConfig"] == CANARY
    assert {house.ask([1])[1] for _ in range(5)} == {"two"}


def test_an_endpoint_whose_first_model_is_broken_has_failed_and_can_be_deleted(house: Any) -> None:
    house.model("broken", script=BROKEN)
    described = house.endpoint("broken")
    assert described["EndpointStatus"] == "Failed"
    assert "no such thing" in described["FailureReason"]
    assert house.comes_to_rest()
    with pytest.raises(ClientError, match="can only be deleted"):
        house.update("c")
    house.sagemaker.delete_endpoint(EndpointName="e")
    house.wait_for(lambda: not house.sagemaker.list_endpoints()["Endpoints"])


def test_faults_make_a_deployment_and_its_rollback_fail(house: Any) -> None:
    house.model("good", 2)
    house.endpoint("good")
    house.config("next", "good")
    faults.add(State.open(house.root), Fault("endpoint_fails", name="e", times=1))
    house.update("next")
    described = house.settled()
    assert (described["EndpointStatus"], described["EndpointConfigName"]) == ("InService", "c")
    assert "a fault asked for this" in described["FailureReason"]
    faults.add(State.open(house.root), Fault("endpoint_fails", name="e", times=1))
    faults.add(State.open(house.root), Fault("rollback_fails", name="e"))
    house.update("next")
    assert house.settled()["EndpointStatus"] == "UpdateRollbackFailed"
    assert house.ask([4]) == ([8], "good")
    house.update("next")
    assert house.settled()["EndpointStatus"] == "InService"


def test_weights_decide_which_variant_answers_unless_one_is_named(house: Any) -> None:
    house.model("one", 1)
    house.model("two", 2)
    house.endpoint("one", "two")
    assert {house.ask([1])[1] for _ in range(30)} == {"one", "two"}
    assert house.ask([5], TargetVariant="two") == ([10], "two")
    house.sagemaker.update_endpoint_weights_and_capacities(
        EndpointName="e",
        DesiredWeightsAndCapacities=[{"VariantName": "two", "DesiredWeight": 0.0}],
    )
    _, two = house.settled()["ProductionVariants"]
    assert (two["CurrentWeight"], two["DesiredWeight"]) == (0.0, 0.0)
    assert {house.ask([1])[1] for _ in range(10)} == {"one"}
    with pytest.raises(ClientError, match="Variant three not found") as caught:
        house.ask([1], TargetVariant="three")
    assert error_of(caught)["Code"] == "ValidationError"


def test_an_endpoint_whose_container_was_killed_answers_the_next_request(house: Any) -> None:
    house.model("triple", 3)
    house.endpoint("triple")
    assert house.kill_containers() == 1
    assert house.ask([1]) == ([3], "triple")
    assert house.describe()["EndpointStatus"] == "InService"


def test_an_endpoint_whose_supervisor_was_killed_answers_the_next_request(
    house: Any, quick_recovery: None
) -> None:
    house.model("triple", 3)
    house.endpoint("triple")
    before = house.groups()
    assert house.kill_supervisors() >= 1
    assert house.ask([1]) == ([3], "triple")
    # Each call looks after the endpoint; the first one may come while the killed one still dies.
    house.wait_for(lambda: house.ask([1]) and set(before).isdisjoint(house.groups()))
    house.wait_for(lambda: len(house.supervisors()) == 1)


def test_an_update_whose_supervisor_was_killed_is_carried_on(
    house: Any, quick_recovery: None
) -> None:
    house.model("one", 1)
    house.model("two", 2)
    house.endpoint("one")
    house.config("next", "two")
    house.update("next", DeploymentConfig=CANARY)
    house.wait_for(lambda: house.ask([1])[1] == "two")
    assert house.kill_supervisors() >= 1
    assert house.settled()["EndpointConfigName"] == "next"
    assert house.ask([1]) == ([2], "two")


def test_a_deleted_model_is_served_on(house: Any, quick_recovery: None) -> None:
    house.model("triple", 3)
    house.endpoint("triple")
    house.sagemaker.delete_model(ModelName="triple")
    house.s3.delete_object(Bucket="bucket", Key="triple.tgz")
    house.kill_supervisors()
    assert house.ask([1]) == ([3], "triple")


def test_what_the_model_does_not_take_is_a_model_error(house: Any) -> None:
    house.model("triple", 3)
    house.endpoint("triple")
    with pytest.raises(house.runtime.exceptions.ModelError, match="server error") as caught:
        house.runtime.invoke_endpoint(EndpointName="e", Body=b"{", ContentType="text/plain")
    answer = caught.value.response
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 424
    assert answer["OriginalStatusCode"] == 500
    assert answer["OriginalMessage"].startswith("JSONDecodeError: ")
    assert house.ask([1]) == ([3], "triple")


def test_the_containers_of_a_pipeline_pass_the_answer_on(house: Any) -> None:
    containers = [
        {
            "Image": "tools/serve:1",
            "ModelDataUrl": house.artifact(
                f"{factor}.tgz", {"factor.json": json.dumps(factor), "inference.py": PIPE}
            ),
        }
        for factor in (2, 5)
    ]
    house.sagemaker.create_model(ModelName="both", Containers=containers)
    assert house.endpoint("both")["EndpointStatus"] == "InService"
    assert house.ask([3]) == ([30], "both")


PIPE = """
import json

def model_fn(model_dir):
    return json.load(open(model_dir + "/factor.json"))

def transform_fn(factor, body, content_type, accept):
    return json.dumps([factor * number for number in json.loads(body)]), "application/json"
"""


def test_code_can_come_from_its_own_archive_and_its_environment_is_the_models(house: Any) -> None:
    code = """
import json, os

def model_fn(model_dir):
    return int(os.environ["FACTOR"])

def transform_fn(factor, body, content_type, accept):
    return json.dumps([factor * number for number in json.loads(body)]), accept
"""
    container = {
        "Image": "tools/serve:1",
        "Environment": {
            "FACTOR": "7",
            "SAGEMAKER_PROGRAM": "serve.py",
            "SAGEMAKER_SUBMIT_DIRECTORY": house.artifact("code.tgz", {"serve.py": code}),
        },
    }
    house.sagemaker.create_model(ModelName="coded", PrimaryContainer=container)
    assert house.endpoint("coded")["EndpointStatus"] == "InService"
    assert house.ask([2]) == ([14], "coded")


def test_an_endpoint_ends_with_the_folder_of_its_engine(house: Any) -> None:
    house.model("triple", 3)
    house.endpoint("triple")
    house.root.rename(house.root.with_name("gone"))
    house.wait_for(lambda: not house.supervisors())
    house.root.with_name("gone").rename(house.root)
