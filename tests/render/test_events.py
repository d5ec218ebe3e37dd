"""Events: one line each, for people and for machines."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.core.ports import LogLine
from reconciler.render.events import event_json, event_line
from reconciler.render.log import log_line
from reconciler.render.theme import Theme


@dataclass(frozen=True)
class Event:
    """One event."""

    type: str = "ended"
    at: str = "2026-11-25T13:25:01Z"
    name: str = "digits"
    version: int | None = 2
    message: str = "completed"
    data: Mapping[str, Any] = field(default_factory=dict)


def test_an_event_is_one_line() -> None:
    """Time of day, what happened, to what, how."""
    assert event_line(Event(), Theme()) == "13:25:01 ended     digits 2                 completed"


def test_a_hostile_message_stays_on_its_line() -> None:
    """It may quote a container."""
    line = event_line(Event(message="failed: x\n13:25:02 ended     other 1\x1b[A"), Theme())
    assert "\n" not in line and "\x1b" not in line


def test_of_several_lines_the_first_is_told() -> None:
    """The outcome has the reason in full."""
    line = event_line(Event(message="failed: Error:\nTraceback\n"), Theme())
    assert line == "13:25:01 ended     digits 2                 failed: Error: …"


def test_the_start_of_a_journey_names_the_environment() -> None:
    """It has neither name nor message."""
    event = Event("started", name="", version=None, message="", data={"environment": "prod"})
    assert event_line(event, Theme()).split() == ["13:25:01", "started", "prod"]


def test_a_line_of_json_has_type_time_name_and_message() -> None:
    """The first one says which format follows."""
    first = json.loads(event_json(Event(), first=True))
    assert first["format"] == "reconciler/events/v1"
    second = event_json(Event(message="two\nlines"))
    assert "\n" not in second
    assert json.loads(second) == {
        "type": "ended",
        "at": "2026-11-25T13:25:01Z",
        "name": "digits",
        "version": 2,
        "message": "two\nlines",
        "data": {},
    }


def test_a_log_line_is_inert() -> None:
    """The container wrote it."""
    line = LogLine("algo-1", 1_700_000_000_000, "::error::\x1b[2Jboo", "1")
    assert log_line(line, Theme()) == "algo-1 22:13:20 : :error::\\x1b[2Jboo"
