"""Journeys from artifact to endpoint over the local engine: models really answer."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.adapters.clock import SystemClock
from reconciler.core.plan import Plan, Standing
from reconciler.core.record import State
from reconciler.reconcile.applying import apply
from reconciler.reconcile.approving import approved_rows
from reconciler.reconcile.context import Report
from reconciler.reconcile.planning import plan
from reconciler.render.json import dumps, plan_document
from tests.support.serving import ServedCheckout


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[ServedCheckout]:
    made = ServedCheckout.create(tmp_path / "repository")
    yield made
    made.close()


def planned(checkout: ServedCheckout) -> Plan:
    with checkout.journey() as context:
        return plan(context)


def standing(checkout: ServedCheckout, name: str) -> tuple[Standing, str]:
    (note,) = [note for note in planned(checkout).notes if note.name == name]
    return note.standing, note.message


def test_one_commit_is_trained_created_and_served(checkout: ServedCheckout) -> None:
    report = checkout.apply()
    assert not report.failed
    assert checkout.prediction() == "3"
    model, run = checkout.newest("wine-model")
    artifact = checkout.newest("wine")[1].artifact
    assert run.state is State.COMPLETED
    assert run.request["PrimaryContainer"]["ModelDataUrl"] == artifact["uri"]  # type: ignore[index]
    config, run = checkout.newest("wine-live")
    assert run.state is State.COMPLETED
    assert run.request["ProductionVariants"][0]["ModelName"] == model  # type: ignore[index]
    assert checkout.serves()["EndpointConfigName"] == config
    assert [line.message for line in report.outcomes] == ["completed", "created", "in service"]


def test_a_second_apply_sends_nothing_that_mutates(checkout: ServedCheckout) -> None:
    checkout.apply()
    before = checkout.lock_bytes()
    assert checkout.apply().mutating_calls == 0
    assert checkout.lock_bytes() == before
    assert planned(checkout).changes == ()


def test_without_waiting_each_run_goes_one_step_further(checkout: ServedCheckout) -> None:
    for _ in range(60):
        report = checkout.apply(wait=False)
        assert not report.failed
        begun = "wine-live.json" in checkout.lock_bytes()
        if begun and checkout.newest("wine-live")[1].state is State.COMPLETED:
            break
        with SystemClock() as clock:
            clock.sleep(0.2)
    assert checkout.prediction() == "3"
    assert checkout.launches() == 1


def test_a_new_artifact_is_served_and_a_revert_brings_the_old_one_back(
    checkout: ServedCheckout,
) -> None:
    checkout.apply()
    first = checkout.newest("wine-live")[0]
    checkout.job("wine", depth=4)
    checkout.commit("deeper")
    checkout.apply()
    assert checkout.prediction() == "4"
    checkout.git("revert", "--no-edit", "HEAD")
    report = checkout.apply()
    assert not report.failed
    assert checkout.prediction() == "3"
    assert checkout.serves()["EndpointConfigName"] == first
    assert checkout.launches() == 2
    assert report.mutating_calls == 1


def apply_as_shown(checkout: ServedCheckout) -> Report:
    """Apply with nothing approved but what one plan shows."""
    rows = approved_rows(json.loads(dumps(plan_document(planned(checkout)))))
    with checkout.journey() as context:
        return apply(replace(context, approvals=lambda _: rows), wait=True, timeout=60)


def test_what_follows_a_plan_was_shown_by_it_and_is_approved_with_it(
    checkout: ServedCheckout,
) -> None:
    """The first time, and when another artifact replaces what is served."""
    checkout.model(more="prune: true\n")
    checkout.endpoint(more="prune: true\n")
    checkout.commit("clean up")
    assert not apply_as_shown(checkout).failed
    assert checkout.prediction() == "3"
    checkout.job("wine", depth=4)
    checkout.commit("deeper")
    assert [change.name for change in planned(checkout).changes] == ["wine"]
    assert not apply_as_shown(checkout).failed
    assert checkout.prediction() == "4"
    models = checkout.client("sagemaker").list_models()["Models"]
    assert [model["ModelName"] for model in models] == [checkout.newest("wine-model")[0]]
    assert planned(checkout).changes == ()


def test_what_follows_a_revert_was_shown_by_its_plan(checkout: ServedCheckout) -> None:
    """Job, model and configuration are there already: the endpoint only goes back to it."""
    checkout.apply()
    checkout.job("wine", depth=4)
    checkout.commit("deeper")
    checkout.apply()
    checkout.git("revert", "--no-edit", "HEAD")
    report = apply_as_shown(checkout)
    assert not report.failed, report.plan
    assert checkout.prediction() == "3" and checkout.launches() == 2


def test_an_artifact_whose_gates_failed_is_not_served(checkout: ServedCheckout) -> None:
    checkout.apply()
    checkout.job("wine", depth=4, more="gates: {depth: {min: 5}}\n")
    checkout.commit("gated")
    checkout.apply()
    assert checkout.launches() == 2
    assert checkout.prediction() == "3"
    assert standing(checkout, "wine-model") == (
        Standing.IN_SYNC,
        "in sync; not followed: wine 1: gate failed: depth 4.0 < 5.0",
    )


def test_a_model_that_does_not_start_is_rolled_back_and_not_tried_again(
    checkout: ServedCheckout,
) -> None:
    checkout.apply()
    good = checkout.newest("wine-live")[0]
    checkout.model(script="broken.py")
    checkout.commit("broken")
    report = checkout.apply()
    assert report.failed
    assert checkout.prediction() == "3"
    assert checkout.serves()["EndpointConfigName"] == good
    bad, run = checkout.newest("wine-live")
    assert bad != good
    assert run.state is State.FAILED
    assert run.reason
    again = checkout.apply()
    assert (again.mutating_calls, checkout.serves()["EndpointConfigName"]) == (0, good)
    assert standing(checkout, "wine-live")[0] is Standing.FAILED
    checkout.git("revert", "--no-edit", "HEAD")
    assert not checkout.apply().failed
    assert standing(checkout, "wine-live")[0] is Standing.IN_SYNC


def test_an_endpoint_that_never_came_up_is_made_anew_by_other_content(
    checkout: ServedCheckout,
) -> None:
    checkout.model(script="broken.py")
    assert checkout.apply().failed
    assert checkout.serves()["EndpointStatus"] == "Failed"
    checkout.model()
    assert not checkout.apply().failed
    assert checkout.prediction() == "3"


def test_an_endpoint_of_others_is_refused(checkout: ServedCheckout) -> None:
    checkout.apply(["wine", "wine-model"])
    model = checkout.newest("wine-model")[0]
    client = checkout.client("sagemaker")
    variant = {"VariantName": "x", "ModelName": model, "InstanceType": "ml.m5.large",
               "InitialInstanceCount": 1}  # fmt: skip
    client.create_endpoint_config(EndpointConfigName="theirs", ProductionVariants=[variant])
    client.create_endpoint(EndpointName="wine-live", EndpointConfigName="theirs")
    report = checkout.apply()
    assert report.failed
    assert checkout.serves()["EndpointConfigName"] == "theirs"
    assert standing(checkout, "wine-live")[0] is Standing.CONFLICT
    assert "wine-live.json" not in checkout.lock_bytes()


def test_a_configuration_that_others_gave_it_is_drift(checkout: ServedCheckout) -> None:
    checkout.apply()
    client = checkout.client("sagemaker")
    model = checkout.newest("wine-model")[0]
    variant = {"VariantName": "x", "ModelName": model, "InstanceType": "ml.m5.large",
               "InitialInstanceCount": 1}  # fmt: skip
    client.create_endpoint_config(EndpointConfigName="by-hand", ProductionVariants=[variant])
    client.update_endpoint(EndpointName="wine-live", EndpointConfigName="by-hand")
    client.get_waiter("endpoint_in_service").wait(
        EndpointName="wine-live", WaiterConfig={"Delay": 1}
    )
    config = checkout.newest("wine-live")[0]
    report = checkout.apply()
    assert report.mutating_calls == 0
    assert standing(checkout, "wine-live") == (
        Standing.DRIFTED,
        f"it serves by-hand, recorded is {config}",
    )


def test_what_was_replaced_goes_where_the_documents_say_prune(checkout: ServedCheckout) -> None:
    checkout.model(more="prune: true\n")
    checkout.endpoint(more="prune: true\n")
    checkout.apply()
    old = [checkout.newest(name)[0] for name in ("wine-live", "wine-model")]
    checkout.job("wine", depth=4)
    report = checkout.apply()
    gone = {f"old configuration {old[0]} deleted", f"old model {old[1]} deleted"}
    assert gone <= {line.message for line in report.outcomes}
    assert [len(names) for names in checkout.on_sagemaker()] == [1, 1]
    assert checkout.on_sagemaker() == checkout.recorded()
    checkout.job("wine", depth=3)
    assert not checkout.apply().failed
    assert checkout.prediction() == "3"
    assert checkout.launches() == 2
    assert checkout.on_sagemaker() == checkout.recorded()


def test_an_endpoint_ends_with_its_document_only_where_that_said_so(
    checkout: ServedCheckout,
) -> None:
    checkout.apply()
    text = (checkout.root / "jobs/wine-live.yaml").read_text()
    (checkout.root / "jobs/wine-live.yaml").unlink()
    assert checkout.apply().mutating_calls == 0
    assert checkout.prediction() == "3"
    checkout.write("jobs/wine-live.yaml", text + "on_delete: delete\n")
    checkout.apply()
    (checkout.root / "jobs/wine-live.yaml").unlink()
    checkout.apply()
    listed = checkout.client("sagemaker").list_endpoints()["Endpoints"]
    assert [endpoint["EndpointStatus"] for endpoint in listed] in ([], ["Deleting"])
    checkout.write("jobs/wine-live.yaml", text)
    assert not checkout.apply().failed
    assert checkout.prediction() == "3"


def test_a_lost_lock_is_adopted_again(checkout: ServedCheckout) -> None:
    checkout.apply()
    config = checkout.newest("wine-live")[0]
    for path in (checkout.root / "locks" / "local").iterdir():
        path.unlink()
    report = checkout.apply()
    assert not report.failed
    assert report.mutating_calls == 0
    assert checkout.newest("wine-live")[0] == config
    assert checkout.on_sagemaker() == checkout.recorded()


def test_an_artifact_from_elsewhere_is_checked_before_it_is_served(
    checkout: ServedCheckout,
) -> None:
    body = b"3"
    digest = hashlib.sha256(body).hexdigest()
    client = checkout.client("s3")
    client.create_bucket(Bucket="elsewhere")
    client.put_object(Bucket="elsewhere", Key="a.tar.gz", Body=body, ChecksumAlgorithm="SHA256")
    client.put_object(Bucket="elsewhere", Key="b.tar.gz", Body=body)
    for key, sha256, said in (
        ("a", "0" * 64, f"has the sha256 {digest}, not {'0' * 64}; nothing was created"),
        ("a", digest, "launched"),
        ("b", digest, "unverified, S3 keeps no sha256 of it: s3://elsewhere/b.tar.gz"),
    ):
        artifact = f"{{s3_uri: s3://elsewhere/{key}.tar.gz, sha256: {sha256!r}}}"
        checkout.model()
        document = checkout.root / "jobs/wine-model.yaml"
        document.write_text(document.read_text().replace("{job: wine}", artifact))
        report = checkout.apply(["wine-model"], wait=False)
        assert report.failed is ("nothing was created" in said)
        assert report.outcomes[-1].message.endswith(said)


ROUNDS = (3, 1, 2, 3)
"""Which call the process dies at: CreateEndpoint; then CreateModel, CreateEndpointConfig and
UpdateEndpoint."""


@pytest.mark.parametrize("answered", [False, True], ids=["unsent", "unrecorded"])
def test_a_crash_at_any_call_leaves_nothing_wrong(
    checkout: ServedCheckout, *, answered: bool
) -> None:
    checkout.apply(["wine"])
    for number, at in enumerate(ROUNDS):
        checkout.model(more=f'env: {{ROUND: "{number}"}}\n')
        assert checkout.apply_and_die(at, answered=answered) == at
        assert not checkout.apply().failed
        config, run = checkout.newest("wine-live")
        assert run.state is State.COMPLETED
        assert checkout.serves()["EndpointConfigName"] == config
        assert checkout.prediction() == "3"
        assert checkout.on_sagemaker() == checkout.recorded()
        assert planned(checkout).changes == ()
    assert checkout.launches() == 1
