"""What SageMaker holds: one look at one thing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Phase(StrEnum):
    """How far a thing on SageMaker has come."""

    PROGRESSING = "progressing"
    """It can still move (also: a status this version does not know)."""
    READY = "ready"
    """Completed, in service."""
    FAILED = "failed"
    STOPPED = "stopped"


class Outcome(StrEnum):
    """Why a run ended, by what a new attempt could change (`launch-protocol`: attempts)."""

    DONE = "done"
    CAPACITY = "capacity"
    """No instances, or the spot wait ran out: retryable."""
    INTERNAL = "internal"
    """An internal error of the service: retryable."""
    ALGORITHM = "algorithm"
    """The training code failed: an outcome, not retryable."""
    CLIENT = "client"
    """The request or its data were wrong: not retryable."""
    STOPPED = "stopped"
    """Stopped by hand or by its own time limit: not retryable."""

    @property
    def retryable(self) -> bool:
        """Whether `retry.max_attempts` of the document may start another attempt."""
        return self in (Outcome.CAPACITY, Outcome.INTERNAL)


@dataclass(frozen=True, slots=True)
class Observation:
    """One look at one thing, in words that every kind shares."""

    physical_name: str
    arn: str
    phase: Phase
    status: str
    """The service's own word, such as `InProgress`."""
    stage: str | None = None
    """The service's second word, such as `Downloading`."""
    reason: str | None = None
    """FailureReason. Text from the container can be in it: hostile."""
    outcome: Outcome | None = None
    """Set once the phase is no longer progressing."""
    fields: Mapping[str, Any] = field(default_factory=dict)
    """What adoption compares and what a run is billed for, by member path of the request."""
    in_place: Mapping[str, Any] = field(default_factory=dict)
    """What can be changed without a new launch, by spec key."""
    artifact_uri: str | None = None
    metrics: Mapping[str, str] = field(default_factory=dict)
    """Final value of each metric, as text."""
    times: Mapping[str, str] = field(default_factory=dict)
    """`created`, `started`, `ended`: UTC, ISO 8601 with a trailing Z."""
    training_seconds: int | None = None
    billable_seconds: int | None = None
    tags: Mapping[str, str] | None = None
    """None when tags were not asked for."""


Live = Mapping[str, Observation | None]
"""By physical name. None: the service says it is not there. No key: nobody looked, or the
answer told nothing; that is never a reason to act."""
