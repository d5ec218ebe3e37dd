"""Events: what happens while a journey is under way, for a person or a machine to follow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class EventType(StrEnum):
    """What happened. The names are part of `apply -o jsonl`."""

    STARTED = "started"
    """A journey began; `data` has `format`, `environment`, `commit`."""
    PLANNED = "planned"
    """A pass has its plan; `data` has `changes` and `digest`."""
    INTENDED = "intended"
    """Intents are in the lock."""
    UPLOADED = "uploaded"
    LAUNCHED = "launched"
    ADOPTED = "adopted"
    REUSED = "reused"
    UPDATED = "updated"
    STOPPED = "stopped"
    DELETED = "deleted"
    PROGRESS = "progress"
    """A run moved; `data` has `status`, `stage`, `metrics`, `seconds`, `limit_seconds`."""
    ENDED = "ended"
    """A run ended; `data` has `state`, `reason`, `artifact`, `metrics`, `seconds`, `log`."""
    WAITING = "waiting"
    """A resource waits for another one."""
    HELD = "held"
    """A rule or limit holds a resource back, or its name is taken; `data` has `code`, `help`."""
    FAILED = "failed"
    """A change could not be carried out; the others go on."""
    REPAIRED = "repaired"
    """Others had changed the lock; it says again what the reconciler recorded."""
    RECORDED = "recorded"
    """The lock was written; `data` has `paths`."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to one resource (or to the journey, when `name` is empty)."""

    type: EventType
    at: str
    name: str = ""
    version: int | None = None
    message: str = ""
    """One line for people; may hold hostile text."""
    data: Mapping[str, Any] = field(default_factory=dict)


Emit = Callable[[Event], None]
