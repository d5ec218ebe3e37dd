"""Status as a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.core.gates import verdict
from reconciler.core.record import State
from reconciler.render.json import status_document
from reconciler.render.status import status_text
from reconciler.render.theme import Theme


@dataclass(frozen=True)
class Row:
    """Where one resource stands."""

    name: str
    kind: str = "TrainingJob"
    version: int | None = 1
    physical_name: str | None = "x-0123456789"
    state: State | None = State.COMPLETED
    status: str | None = None
    stage: str | None = None
    seconds: float | None = None
    metrics: Mapping[str, str] = field(default_factory=dict)
    artifact_uri: str | None = None
    gates: Mapping[str, Any] | None = None
    reason: str | None = None
    standing: str | None = "in sync"
    word: str | None = None
    deleted: bool = False
    shortfalls: tuple[str, ...] = ()
    lacks_artifact: bool = False


ROWS = (
    Row("churn", seconds=2062, metrics={"auc": "0.87400001"}, artifact_uri="s3://b/m.tar.gz"),
    Row("digits", state=State.LAUNCHED, status="InProgress", stage="Training"),
    Row("broken", state=State.FAILED, reason="AlgorithmError:\nboom"),
    Row("new", state=None, physical_name=None, standing="launch"),
)


def test_a_table_has_a_row_per_resource_and_reasons_below() -> None:
    """Columns are as wide as their longest cell."""
    assert status_text(ROWS, Theme(), environment="local") == (
        "  NAME    VERSION  STATE      STATUS                 TIME     METRICS\n"
        "✓ churn   1        completed                         34m 22s  auc 0.874\n"
        "    s3://b/m.tar.gz\n"
        "… digits  1        launched   InProgress / Training\n"
        "✗ broken  1        failed\n"
        "    AlgorithmError:\n"
        "    boom\n"
        "… new     1        launch\n"
    )


def test_an_empty_table_says_what_to_type() -> None:
    """A header over nothing helps nobody."""
    assert "reconciler plan -e local" in status_text((), Theme(), environment="local")


def test_the_document_for_machines_has_every_field() -> None:
    """Words of several parts become one."""
    document = status_document("local", ROWS)
    assert document["format"] == "reconciler/status/v1"
    assert document["resources"][0] == {
        "kind": "TrainingJob",
        "name": "churn",
        "version": 1,
        "physical_name": "x-0123456789",
        "standing": "in_sync",
        "state": "completed",
        "status": None,
        "stage": None,
        "seconds": 2062,
        "metrics": {"auc": "0.87400001"},
        "artifact_uri": "s3://b/m.tar.gz",
        "gates": None,
        "reason": None,
        "deleted": False,
        "shortfalls": [],
    }


def test_a_failed_gate_does_not_look_like_success() -> None:
    """Which one it was stands below, with its value and its bound."""
    gates = verdict({"val:accuracy": {"min": "0.9"}}, {"val:accuracy": "0.71"})
    row = Row("gated", gates=gates)
    lines = status_text((row,), Theme(), environment="local").splitlines()
    assert lines[1:] == [
        "! gated  1        completed, gates failed",
        "    val:accuracy 0.71 < 0.9",
    ]
    assert status_document("local", (row,))["resources"][0]["gates"] == gates


def test_a_run_that_nobody_asks_for_any_more_is_marked() -> None:
    """It costs money as long as it runs."""
    row = Row("left", state=State.LAUNCHED, standing="orphaned")
    assert (
        status_text((row,), Theme(), environment="local").splitlines()[1]
        == "ℹ left  1        launched, orphaned"
    )


def test_what_has_no_version_shows_none() -> None:
    """The record counts models and endpoints as version 1."""
    row = Row("churn", kind="Model")
    assert (
        status_text((row,), Theme(), environment="local").splitlines()[1]
        == "✓ Model churn  –        completed"
    )


def test_what_was_deleted_is_not_called_completed() -> None:
    """As text and as JSON."""
    row = Row("live", kind="Endpoint", word="deleted", deleted=True)
    assert (
        status_text((row,), Theme(), environment="local").splitlines()[1]
        == "– Endpoint live  –        deleted"
    )
    assert status_document("local", (row,))["resources"][0]["deleted"] is True


def test_an_endpoint_that_is_served_is_in_service() -> None:
    """Completed is a word for runs that end."""
    row = Row("live", kind="Endpoint", word="in service", status="InService")
    assert "in service  InService" in status_text((row,), Theme(), environment="local")


def test_what_a_completed_run_did_not_leave_is_told() -> None:
    """A missing artifact is marked: what builds on it waits. A metric is a remark."""
    missing = Row("a", shortfalls=("its artifact is missing",), lacks_artifact=True)
    metric = Row("b", shortfalls=("metric loss was never found in its log",))
    assert status_text((missing, metric), Theme(), environment="local").splitlines()[1:] == [
        "! a     1        completed, no artifact",
        "    its artifact is missing",
        "✓ b     1        completed",
        "    metric loss was never found in its log",
    ]
    told = [row["shortfalls"] for row in status_document("local", (missing, metric))["resources"]]
    assert told == [["its artifact is missing"], ["metric loss was never found in its log"]]
