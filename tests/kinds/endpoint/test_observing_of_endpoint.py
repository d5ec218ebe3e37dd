"""What SageMaker says of endpoints and configurations, and what it means for a run."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.core.call import Call
from reconciler.core.deployment import CURRENT, PENDING
from reconciler.core.live import Outcome, Phase
from reconciler.errors import Refused
from tests.kinds.endpoint.endpoints import ARN, CONFIG, KIND, endpoint, live, main, request

NEW = "churn-live-abcdefabcd"
MOVING = {"PendingDeploymentSummary": {"EndpointConfigName": NEW}}
READY, PROGRESSING, FAILED = Phase.READY, Phase.PROGRESSING, Phase.FAILED


@pytest.mark.parametrize(
    ("status", "phase"),
    [
        ("InService", READY),
        ("Creating", PROGRESSING),
        ("Updating", PROGRESSING),
        ("SystemUpdating", PROGRESSING),
        ("RollingBack", PROGRESSING),
        ("Deleting", PROGRESSING),
        ("SomethingNew", PROGRESSING),
        ("Failed", FAILED),
        ("OutOfService", FAILED),
        ("UpdateRollbackFailed", FAILED),
    ],
)
def test_a_status_has_its_phase(status: str, phase: Phase) -> None:
    assert live(status).phase is phase


def test_an_endpoint_says_which_configuration_it_serves_and_which_one_comes() -> None:
    assert live("Updating", **MOVING).fields == {CURRENT: CONFIG, PENDING: NEW}
    assert live().fields == {CURRENT: CONFIG, PENDING: None}


def test_a_configuration_is_told_from_an_endpoint() -> None:
    arn = ARN.replace("endpoint/", "endpoint-config/")
    seen = KIND.observe({**request(), "EndpointConfigArn": arn})
    assert (seen.physical_name, seen.arn, seen.phase) == (CONFIG, arn, READY)
    assert KIND.same(Call("CreateEndpointConfig", request()), seen) == ()
    assert KIND.same(Call("CreateEndpointConfig", request(main(model="x"))), seen) == (
        "ProductionVariants.main.ModelName",
    )


def test_counts_and_weights_are_autoscalings_to_change() -> None:
    seen = KIND.observe({**request(main(initial_instance_count=7)), "EndpointConfigArn": ARN})
    assert KIND.same(Call("CreateEndpointConfig", request()), seen) == ()


ROLLED_BACK = {"FailureReason": "the alarm churn-5xx went off"}


@pytest.mark.parametrize(
    ("name", "status", "members", "phase"),
    [
        (CONFIG, "InService", {}, READY),
        (CONFIG, "InService", ROLLED_BACK, READY),
        (CONFIG, "Creating", {}, PROGRESSING),
        (CONFIG, "Updating", MOVING, PROGRESSING),
        (CONFIG, "Failed", {"FailureReason": "no ping"}, FAILED),
        (CONFIG, "OutOfService", {}, FAILED),
        (NEW, "Updating", MOVING, PROGRESSING),
        (NEW, "RollingBack", {}, PROGRESSING),
        (NEW, "InService", ROLLED_BACK, FAILED),
        (NEW, "UpdateRollbackFailed", ROLLED_BACK, FAILED),
        (NEW, "InService", {}, PROGRESSING),
        (NEW, "Deleting", {}, PROGRESSING),
    ],
)
def test_a_run_is_ready_once_it_is_served_and_failed_once_it_was_rolled_back(
    name: str, status: str, members: dict[str, Any], phase: Phase
) -> None:
    own = KIND.of_run(name, live(status, **members))
    assert (own.physical_name, own.phase) == (name, phase)
    assert (own.outcome is None) == (phase is PROGRESSING)
    assert own.reason == (members.get("FailureReason") if phase is FAILED else None)


def test_lack_of_instances_is_told_from_a_failure_of_ones_own() -> None:
    reason = "Unable to provision requested ML compute capacity due to InsufficientInstanceCapacity"
    assert KIND.of_run(CONFIG, live("Failed", FailureReason=reason)).outcome is Outcome.CAPACITY
    assert KIND.of_run(CONFIG, live("Failed", FailureReason="x")).outcome is Outcome.CLIENT


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ('Could not find endpoint "arn:…".', True),
        ('Could not find endpoint configuration "arn:…".', True),
        ("Cannot update in-progress endpoint", False),
        ("Could not find model", False),
    ],
)
def test_only_the_texts_of_an_endpoint_mean_that_it_is_not_there(text: str, missing: bool) -> None:
    assert KIND.is_missing(Refused("DescribeEndpoint", "ValidationException", text)) is missing


def test_tags_change_on_the_endpoint_in_place() -> None:
    calls = KIND.update(endpoint({"owner": "ml"}), {}, live())
    added = [{"Key": "owner", "Value": "ml"}]
    assert calls == (Call("AddTags", {"ResourceArn": ARN, "Tags": added}),)


def test_an_endpoint_and_its_configurations_are_looked_at_and_deleted_apart() -> None:
    assert KIND.look(CONFIG) == Call("DescribeEndpointConfig", {"EndpointConfigName": CONFIG})
    assert KIND.look_live("e") == Call("DescribeEndpoint", {"EndpointName": "e"})
    assert KIND.delete(CONFIG) == (Call("DeleteEndpointConfig", {"EndpointConfigName": CONFIG}),)
    assert KIND.delete_live("e") == (Call("DeleteEndpoint", {"EndpointName": "e"}),)
    assert KIND.search({"a": "b"}, None) is None
