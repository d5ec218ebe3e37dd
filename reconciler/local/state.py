"""What a local SageMaker knows: jobs, tags and the launch log, in one SQLite file.

The engine and the supervisors of jobs share it, each in its own process. Each method is one
transaction, so that a kill at any time leaves a state that some method wrote whole.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from reconciler.local.database import Database
from reconciler.local.errors import StateError
from reconciler.local.job import (
    IN_PROGRESS,
    MOVING,
    STATUS_MESSAGES,
    STOPPING,
    TERMINAL,
    Job,
    Transition,
    stages_text,
)
from reconciler.local.layout import state_file
from reconciler.local.schema import STEPS


class State:
    """The jobs, tags and launches of one local SageMaker."""

    def __init__(self, database: Database) -> None:
        self.database = database
        """For the other tables of the same file (`faults.py`)."""

    @classmethod
    def open(cls, root: Path | str) -> State:
        """Open the state in a folder, and make it when there is none.

        Raises StateError when a newer version wrote it.
        """
        return cls(Database(state_file(Path(root)), STEPS))

    def close(self) -> None:
        """Close the file."""
        self.database.close()

    def create(
        self, name: str, request: Mapping[str, Any], *, arn: str, tags: Mapping[str, str]
    ) -> bool:
        """Accept a job: its row, its tags and its line in the launch log; False if the name is
        taken. The caller starts its supervisor."""
        now = time.time()
        first = Transition("Starting", now, None, STATUS_MESSAGES["Starting"])
        with self.database.transaction() as connection:
            if connection.execute("SELECT 1 FROM jobs WHERE name = ?", (name,)).fetchone():
                return False
            launch = connection.execute(
                "INSERT INTO launches (name, at) VALUES (?, ?)", (name, now)
            )
            connection.execute(
                "INSERT INTO jobs (name, serial, request, status, secondary, created, modified,"
                " transitions, spawned) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    name,
                    launch.lastrowid,
                    json.dumps(request),
                    IN_PROGRESS,
                    first.status,
                    now,
                    now,
                    stages_text([first]),
                    now,
                ),
            )
            connection.executemany(
                "INSERT INTO tags (arn, key, value) VALUES (?, ?, ?)",
                [(arn, key, value) for key, value in tags.items()],
            )
        return True

    def find(self, name: str) -> Job | None:
        """The job of that name, or None."""
        row = self.database.row("SELECT * FROM jobs WHERE name = ?", name)
        return Job.from_row(row) if row else None

    def job(self, name: str) -> Job:
        """The job of that name; raises StateError if there is none."""
        job = self.find(name)
        if job is None:
            raise StateError(f"there is no training job {name}")
        return job

    def jobs(self) -> list[Job]:
        """All jobs, in the order in which they were accepted."""
        return [
            Job.from_row(row) for row in self.database.rows("SELECT * FROM jobs ORDER BY serial")
        ]

    def moving(self, *, pause: float = 0.0) -> list[str]:
        """Names of the jobs that are not terminal, and got no supervisor in the last `pause`
        seconds."""
        now = time.time()
        rows = self.database.rows(
            "SELECT name FROM jobs WHERE status IN (?, ?) AND NOT spawned BETWEEN ? AND ?",
            *MOVING,
            now - pause,
            now,
        )
        return [row["name"] for row in rows]

    def move(self, name: str, secondary: str) -> bool:
        """Begin the next stage of a job; its status stays. False when the job is terminal."""
        now = time.time()
        with self.database.transaction() as connection:
            job = _moving_job(connection, name)
            if job is None:
                return False
            words = STATUS_MESSAGES.get(secondary, "")
            stages = [*_closed(job.transitions, now), Transition(secondary, now, None, words)]
            started = now if job.started is None and secondary != "Starting" else job.started
            connection.execute(
                "UPDATE jobs SET secondary = ?, transitions = ?, started = ?, modified = ?"
                " WHERE name = ?",
                (secondary, stages_text(stages), started, now, name),
            )
        return True

    def finish(
        self,
        name: str,
        *,
        status: str,
        secondary: str,
        reason: str | None = None,
        artifact_uri: str | None = None,
        metrics: Sequence[Mapping[str, Any]] = (),
        training_seconds: int | None = None,
        billable_seconds: int | None = None,
    ) -> bool:
        """End a job, with all that came of it; False when it had ended before.

        Metrics are in the shape of FinalMetricDataList, times in seconds since the epoch.
        """
        if status not in TERMINAL:
            raise ValueError(f"{status} does not end a job")
        now = time.time()
        with self.database.transaction() as connection:
            job = _moving_job(connection, name)
            if job is None:
                return False
            last = Transition(secondary, now, now, reason or STATUS_MESSAGES.get(secondary, ""))
            values = {
                "name": name,
                "status": status,
                "secondary": secondary,
                "failure_reason": reason,
                "ended": now,
                "modified": now,
                "transitions": stages_text([*_closed(job.transitions, now), last]),
                "artifact_uri": artifact_uri,
                "metrics": json.dumps(list(metrics)),
                "training_seconds": training_seconds,
                "billable_seconds": billable_seconds,
            }
            columns = ", ".join(f"{column} = :{column}" for column in values)
            connection.execute(f"UPDATE jobs SET {columns} WHERE name = :name", values)
        return True

    def request_stop(self, name: str) -> bool:
        """Ask for the end of a running job: flag and status `Stopping` at once.

        False when the job is not InProgress.
        """
        now = time.time()
        with self.database.transaction() as connection:
            job = _moving_job(connection, name)
            if job is None or job.status != IN_PROGRESS:
                return False
            stopping = Transition(STOPPING, now, None, STATUS_MESSAGES[STOPPING])
            stages = [*_closed(job.transitions, now), stopping]
            connection.execute(
                "UPDATE jobs SET stop_requested = 1, status = ?, secondary = ?, transitions = ?,"
                " modified = ? WHERE name = ?",
                (STOPPING, STOPPING, stages_text(stages), now, name),
            )
        return True

    def stop_requested(self, name: str) -> bool:
        """Whether somebody asked for the end of the job."""
        row = self.database.row("SELECT stop_requested FROM jobs WHERE name = ?", name)
        return bool(row and row["stop_requested"])

    def amend(self, name: str, request: Mapping[str, Any]) -> None:
        """Replace what the job was asked for, as UpdateTrainingJob does."""
        with self.database.transaction() as connection:
            connection.execute(
                "UPDATE jobs SET request = ?, modified = ? WHERE name = ?",
                (json.dumps(request), time.time(), name),
            )

    def delete(self, name: str, *, arn: str) -> None:
        """Forget a terminal job and its tags; its line in the launch log stays."""
        with self.database.transaction() as connection:
            gone = connection.execute(
                "DELETE FROM jobs WHERE name = ? AND status NOT IN (?, ?)", (name, *MOVING)
            )
            if gone.rowcount:
                connection.execute("DELETE FROM tags WHERE arn = ?", (arn,))

    def claim_spawn(self, name: str, *, pause: float) -> bool:
        """Whether the caller may start a supervisor: nobody did in the last `pause` seconds."""
        now = time.time()
        with self.database.transaction() as connection:
            claim = connection.execute(
                "UPDATE jobs SET spawned = ? WHERE name = ? AND status IN (?, ?)"
                " AND NOT spawned BETWEEN ? AND ?",
                (now, name, *MOVING, now - pause, now),
            )
            return claim.rowcount > 0

    def launch_count(self) -> int:
        """How many jobs were ever accepted."""
        row = self.database.row("SELECT count(*) AS launches FROM launches")
        return int(row["launches"]) if row else 0

    def launches(self) -> list[tuple[int, str, float]]:
        """The launch log: number, name and time (seconds since the epoch) of each accepted job."""
        rows = self.database.rows("SELECT seq, name, at FROM launches ORDER BY seq")
        return [(row["seq"], row["name"], row["at"]) for row in rows]

    def tags(self, arn: str) -> dict[str, str]:
        """The tags of a resource, in the order in which they were set."""
        rows = self.database.rows("SELECT key, value FROM tags WHERE arn = ? ORDER BY rowid", arn)
        return {row["key"]: row["value"] for row in rows}

    def all_tags(self) -> dict[str, dict[str, str]]:
        """The tags of all resources, by ARN."""
        tags: dict[str, dict[str, str]] = {}
        for row in self.database.rows("SELECT arn, key, value FROM tags ORDER BY rowid"):
            tags.setdefault(row["arn"], {})[row["key"]] = row["value"]
        return tags

    def change_tags(self, arn: str, *, put: Mapping[str, str], remove: Iterable[str]) -> None:
        """Set and remove tags of a resource."""
        with self.database.transaction() as connection:
            connection.executemany(
                "INSERT INTO tags (arn, key, value) VALUES (?, ?, ?)"
                " ON CONFLICT (arn, key) DO UPDATE SET value = excluded.value",
                [(arn, key, value) for key, value in put.items()],
            )
            connection.executemany(
                "DELETE FROM tags WHERE arn = ? AND key = ?", [(arn, key) for key in remove]
            )


def _moving_job(connection: sqlite3.Connection, name: str) -> Job | None:
    row = connection.execute("SELECT * FROM jobs WHERE name = ?", (name,)).fetchone()
    if row is None:
        raise StateError(f"there is no training job {name}")
    job = Job.from_row(row)
    return None if job.is_terminal else job


def _closed(transitions: tuple[Transition, ...], now: float) -> list[Transition]:
    """The stages with an end for the last one."""
    *before, last = transitions
    return [*before, replace(last, end=now)]
