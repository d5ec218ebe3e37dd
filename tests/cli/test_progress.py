"""Who tells what happens meanwhile."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from reconciler.cli.console import Console
from reconciler.cli.live import LiveRows
from reconciler.cli.options import Settings
from reconciler.cli.progress import Narrator, Recorder
from reconciler.reconcile.events import Event, EventType

AT = "2026-11-25T13:25:01Z"


def settings(**changes: Any) -> Settings:
    """Settings of a run with the defaults."""
    defaults: dict[str, Any] = {
        "directory": Path(),
        "environment": None,
        "output": "text",
        "color": "auto",
        "quiet": False,
        "verbose": False,
    }
    return Settings(**{**defaults, **changes})


def event(type: EventType, message: str = "", name: str = "digits", **data: Any) -> Event:
    """One event."""
    return Event(type, AT, name, 2, message, data)


def test_a_line_is_told_once_although_every_pass_says_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Waiting and progress come with each look; new words are new lines."""
    tell = Narrator(Console(settings(), None))
    for message in ("waits for a", "waits for a", "waits for b"):
        tell(event(EventType.WAITING, message))
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_quiet_silences_progress_but_not_json(capsys: pytest.CaptureFixture[str]) -> None:
    """JSON lines are the result."""
    quiet = Console(settings(quiet=True), None)
    Narrator(quiet)(event(EventType.LAUNCHED))
    Recorder(quiet)(event(EventType.LAUNCHED))
    told = capsys.readouterr()
    assert told.err == ""
    assert json.loads(told.out)["type"] == "launched"


@pytest.mark.parametrize("teller", [Narrator, Recorder])
def test_a_reader_that_went_away_does_not_end_the_journey(
    teller: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Jobs are being launched: it goes on untold."""

    def closed(*_: Any, **__: Any) -> None:
        raise BrokenPipeError

    monkeypatch.setattr(click, "echo", closed)
    teller(Console(settings(), None))(event(EventType.LAUNCHED))


@pytest.fixture
def rows(monkeypatch: pytest.MonkeyPatch) -> Iterator[LiveRows]:
    """Live rows that are not started: their cells are what matters."""
    monkeypatch.setattr("time.time", lambda: 1_764_077_400.0)
    yield LiveRows(Console(settings(), None))


def cells(rows: LiveRows) -> list[tuple[str, ...]]:
    """What the table shows now."""
    return [row.cells(rows.theme) for row in rows.rows.values()]


def test_a_run_under_way_has_a_row_with_its_time_and_metrics(rows: LiveRows) -> None:
    """The bar measures against the longest time it may take."""
    for auc in ("0.80", "0.85", "0.871"):
        rows(
            event(
                EventType.PROGRESS,
                "Training",
                stage="Training",
                started="2025-11-25T13:00:00Z",
                limit_seconds=3600,
                metrics={"auc": auc},
            )
        )
    [(title, stage, bar, time, metrics)] = cells(rows)
    assert (title, stage) == ("digits 2", "Training")
    assert time == "30m / ≤ 1h"
    assert bar.count("━") == 12
    assert metrics.startswith("auc 0.871 ▁")


def test_what_waits_has_a_row_and_what_ended_has_none(
    rows: LiveRows, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is over is a line above."""
    rows(event(EventType.WAITING, "digits is running", name="next"))
    rows(event(EventType.LAUNCHED, "digits-0123456789"))
    assert [row[:2] for row in cells(rows)] == [
        ("next 2", "digits is running"),
        ("digits 2", "launched"),
    ]
    rows(event(EventType.ENDED, "completed"))
    assert [row[0] for row in cells(rows)] == ["next 2"]
    told = capsys.readouterr().err
    assert "launched  digits 2" in told and "ended     digits 2" in told
