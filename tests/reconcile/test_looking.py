"""Status: things by the words of their kind, and what a completed run did not leave."""

from __future__ import annotations

from pathlib import Path

from reconciler.core.plan import Standing
from reconciler.reconcile.looking import StatusLine, status
from reconciler.reconcile.planning import plan
from tests.support.checkout import Checkout
from tests.support.serving import ServedCheckout


def lines(checkout: Checkout, **options: bool) -> dict[str, StatusLine]:
    """By name, of several runs the newest."""
    with checkout.journey() as context:
        return {line.name: line for line in status(context, **options)}


def test_what_is_served_is_in_service_until_it_is_deleted(tmp_path: Path) -> None:
    checkout = ServedCheckout.create(tmp_path / "repository")
    try:
        checkout.endpoint(more="on_delete: delete\n")
        checkout.commit()
        checkout.apply()
        found = lines(checkout)
        assert [found[name].word for name in ("wine", "wine-model", "wine-live")] == [
            "completed",
            "created",
            "in service",
        ]
        assert found["wine-live"].status == "InService"
        (checkout.root / "jobs/wine-live.yaml").unlink()
        checkout.apply()
        found = lines(checkout)
        assert (found["wine-live"].word, found["wine-live"].deleted) == ("deleted", True)
        assert found["wine-live"].status is None
    finally:
        checkout.close()


def test_an_endpoint_that_somebody_deleted_is_not_in_service(tmp_path: Path) -> None:
    checkout = ServedCheckout.create(tmp_path / "repository")
    try:
        checkout.apply()
        checkout.client("sagemaker").delete_endpoint(EndpointName="wine-live")
        until = 100
        while lines(checkout)["wine-live"].word != "not there":
            until -= 1
            assert until
        assert lines(checkout, offline=True)["wine-live"].word == "in service"
    finally:
        checkout.close()


def test_a_run_without_its_artifact_is_told_until_it_is_run_again(tmp_path: Path) -> None:
    """What builds on it does not go on by itself, and says what to do."""
    checkout = Checkout.create(tmp_path / "repository")
    checkout.write("training/nothing.py", "print('a model? no')\n")
    checkout.job("wine", script="nothing.py")
    checkout.job("taster", more="inputs: {base: {job: wine}}\n")
    checkout.commit()
    report = checkout.apply()
    assert not report.failed
    assert report.outcomes[0].message == (
        "completed, but its artifact is missing, and metric depth was never found in its log"
    )
    found = lines(checkout)["wine"]
    assert found.lacks_artifact and found.shortfalls[0] == "its artifact is missing"
    with checkout.journey() as context:
        notes = {note.name: note for note in plan(context).notes}
    assert notes["wine"].standing is Standing.IN_SYNC
    assert notes["wine"].message == "in sync; it left no artifact"
    assert "reconciler rerun wine" in notes["taster"].message
