"""Status as a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

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
    reason: str | None = None
    standing: str | None = "in sync"


ROWS = (
    Row("churn", seconds=2062, metrics={"auc": "0.87400001"}, artifact_uri="s3://b/m.tar.gz"),
    Row("digits", state=State.LAUNCHED, status="InProgress", stage="Training"),
    Row("broken", state=State.FAILED, reason="AlgorithmError:\nboom"),
    Row("new", state=None, physical_name=None, standing="launch"),
)


def test_a_table_has_a_row_per_resource_and_reasons_below() -> None:
    """Columns are as wide as their longest cell."""
    assert status_text(ROWS, Theme()) == (
        "  NAME    VERSION  STATE      STATUS                 TIME     METRICS\n"
        "✓ churn   1        completed                         34m 22s  auc 0.874\n"
        "    s3://b/m.tar.gz\n"
        "… digits  1        launched   InProgress / Training\n"
        "✗ broken  1        failed\n"
        "    AlgorithmError:\\nboom\n"
        "… new     1        launch\n"
    )


def test_an_empty_table_says_what_to_type() -> None:
    """A header over nothing helps nobody."""
    assert "reconciler plan" in status_text((), Theme())


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
        "reason": None,
    }
