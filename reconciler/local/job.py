"""Training jobs as values: what the state holds of each, and what its statuses mean."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

IN_PROGRESS = "InProgress"
STOPPING = "Stopping"
MOVING = (IN_PROGRESS, STOPPING)
"""Statuses of a job that somebody must run or end."""
TERMINAL = ("Completed", "Failed", "Stopped")

STATUS_MESSAGES: Mapping[str, str] = {
    "Starting": "Starting the training job",
    "Downloading": "Downloading input data",
    "DownloadingTrainingImage": "Downloading the training image",
    "Training": "Training image download completed. Training in progress.",
    "Uploading": "Uploading generated training model",
    "Stopping": "Stopping the training job",
    "Stopped": "Training job stopped",
    "MaxRuntimeExceeded": "Training job runtime exceeded MaxRuntimeInSeconds provided",
    "Completed": "Training job completed",
    "Failed": "Training job failed",
    "Restarting": "Restarting the training job after an interruption",
}
"""StatusMessage of each secondary status, as SageMaker writes it, where no other is given."""


@dataclass(frozen=True, slots=True)
class Transition:
    """One stage of a job. Times are seconds since the epoch."""

    status: str
    """The secondary status, such as `Downloading`."""
    start: float
    end: float | None
    """None while the stage lasts."""
    message: str


@dataclass(frozen=True, slots=True)
class Job:
    """What the state holds of one training job. Times are seconds since the epoch."""

    name: str
    serial: int
    """Its place in the launch log."""
    request: Mapping[str, Any]
    """Parameters of CreateTrainingJob without the tags, with what UpdateTrainingJob changed."""
    status: str
    secondary: str
    failure_reason: str | None
    stop_requested: bool
    created: float
    started: float | None
    """When the instances began to work: the first stage after Starting."""
    ended: float | None
    modified: float
    transitions: tuple[Transition, ...]
    artifact_uri: str | None
    metrics: tuple[Mapping[str, Any], ...]
    """In the shape of FinalMetricDataList; times in seconds since the epoch."""
    training_seconds: int | None
    billable_seconds: int | None

    @property
    def is_terminal(self) -> bool:
        """Whether nothing will happen to the job any more."""
        return self.status in TERMINAL

    @classmethod
    def from_row(cls, row: sqlite3.Row) -> Job:
        """Read a row of the table `jobs`."""
        return cls(
            name=row["name"],
            serial=row["serial"],
            request=json.loads(row["request"]),
            status=row["status"],
            secondary=row["secondary"],
            failure_reason=row["failure_reason"],
            stop_requested=bool(row["stop_requested"]),
            created=row["created"],
            started=row["started"],
            ended=row["ended"],
            modified=row["modified"],
            transitions=tuple(Transition(**stage) for stage in json.loads(row["transitions"])),
            artifact_uri=row["artifact_uri"],
            metrics=tuple(json.loads(row["metrics"])),
            training_seconds=row["training_seconds"],
            billable_seconds=row["billable_seconds"],
        )


def stages_text(stages: Sequence[Transition]) -> str:
    """Write stages as the JSON text that a row holds."""
    return json.dumps([asdict(stage) for stage in stages])
