"""What a local SageMaker knows of models, endpoint configs and endpoints, in its SQLite file.

The engine and the supervisors of endpoints share it. Each method is one transaction; a change of
an endpoint names the statuses in which it is allowed, so that of two that come at once one wins.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from reconciler.local.database import Database
from reconciler.local.serving.endpoint import (
    CREATING,
    FAILED,
    Deployment,
    Endpoint,
    deployment_text,
)

Kind = Literal["model", "endpoint-config"]
"""As in the ARN."""


@dataclass(frozen=True, slots=True)
class Resource:
    """A model or an endpoint config: it is there or not, and never changes."""

    serial: int
    name: str
    request: Mapping[str, Any]
    """Parameters of its Create call without the tags."""
    created: float
    """Seconds since the epoch."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a container of a variant answers, on this machine."""

    port: int
    token: str
    """Whoever does not send it gets no answer."""


class Hosting:
    """The models, endpoint configs and endpoints of one local SageMaker."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        kind: Kind,
        name: str,
        request: Mapping[str, Any],
        *,
        arn: str,
        tags: Mapping[str, str],
    ) -> bool:
        """Add a resource with its tags; False if the name is taken."""
        with self._database.transaction() as connection:
            added = connection.execute(
                "INSERT OR IGNORE INTO hosting (kind, name, request, created) VALUES (?, ?, ?, ?)",
                (kind, name, json.dumps(request), time.time()),
            )
            if added.rowcount:
                _put_tags(connection, arn, tags)
            return added.rowcount > 0

    def find(self, kind: Kind, name: str) -> Resource | None:
        """The resource of that name, or None."""
        row = self._database.row("SELECT * FROM hosting WHERE kind = ? AND name = ?", kind, name)
        return _resource(row) if row else None

    def resources(self, kind: Kind) -> list[Resource]:
        """All resources of a kind, in the order in which they were made."""
        rows = self._database.rows("SELECT * FROM hosting WHERE kind = ? ORDER BY serial", kind)
        return [_resource(row) for row in rows]

    def remove(self, kind: Kind, name: str, *, arn: str) -> bool:
        """Remove a resource with its tags; False if there is none."""
        with self._database.transaction() as connection:
            gone = connection.execute(
                "DELETE FROM hosting WHERE kind = ? AND name = ?", (kind, name)
            )
            connection.execute("DELETE FROM tags WHERE arn = ?", (arn,))
            return gone.rowcount > 0

    def create_endpoint(
        self, name: str, deployment: Deployment, *, arn: str, tags: Mapping[str, str]
    ) -> Endpoint | None:
        """Accept an endpoint with its first deployment; None if the name is taken.

        The caller starts its supervisor.
        """
        now = time.time()
        policy = json.dumps(deployment.policy) if deployment.policy else None
        with self._database.transaction() as connection:
            added = connection.execute(
                "INSERT OR IGNORE INTO endpoints (name, arn, status, created, modified,"
                " deployments, pending, policy, spawned) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (name, arn, CREATING, now, now, 1, deployment_text(deployment), policy, now),
            )
            if not added.rowcount:
                return None
            _put_tags(connection, arn, tags)
        return self.endpoint(name)

    def endpoint(self, name: str) -> Endpoint | None:
        """The endpoint of that name, or None."""
        row = self._database.row("SELECT * FROM endpoints WHERE name = ?", name)
        return Endpoint.from_row(row) if row else None

    def endpoint_of(self, serial: int) -> Endpoint | None:
        """The endpoint of that serial number, or None when it was deleted."""
        row = self._database.row("SELECT * FROM endpoints WHERE serial = ?", serial)
        return Endpoint.from_row(row) if row else None

    def endpoints(self) -> list[Endpoint]:
        """All endpoints, in the order in which they were made."""
        rows = self._database.rows("SELECT * FROM endpoints ORDER BY serial")
        return [Endpoint.from_row(row) for row in rows]

    def status(self, serial: int) -> str | None:
        """The status of an endpoint; None when it was deleted."""
        row = self._database.row("SELECT status FROM endpoints WHERE serial = ?", serial)
        return str(row["status"]) if row else None

    def change(self, serial: int, *, during: Collection[str], **columns: Any) -> bool:
        """Set columns of an endpoint while its status is one of `during`; False when it is not.

        Deployments and deployment configs may be given as they are.
        """
        values = {name: _column(value) for name, value in columns.items()}
        values["modified"] = time.time()
        settings = ", ".join(f"{name} = ?" for name in values)
        marks = ", ".join("?" for _ in during)
        with self._database.transaction() as connection:
            changed = connection.execute(
                f"UPDATE endpoints SET {settings} WHERE serial = ? AND status IN ({marks})",
                (*values.values(), serial, *during),
            )
            return changed.rowcount > 0

    def forget_endpoint(self, serial: int) -> None:
        """Remove an endpoint with its tags and addresses."""
        with self._database.transaction() as connection:
            connection.execute(
                "DELETE FROM tags WHERE arn = (SELECT arn FROM endpoints WHERE serial = ?)",
                (serial,),
            )
            connection.execute("DELETE FROM servers WHERE endpoint = ?", (serial,))
            connection.execute("DELETE FROM endpoints WHERE serial = ?", (serial,))

    def unattended(self, *, pause: float) -> list[tuple[str, int]]:
        """Name and serial of the endpoints that need a supervisor, and got none in the last
        `pause` seconds."""
        now = time.time()
        rows = self._database.rows(
            "SELECT name, serial FROM endpoints WHERE status <> ? AND NOT spawned BETWEEN ? AND ?",
            FAILED,
            now - pause,
            now,
        )
        return [(row["name"], row["serial"]) for row in rows]

    def claim_spawn(self, serial: int, *, pause: float) -> bool:
        """Whether the caller may start a supervisor: nobody did in the last `pause` seconds."""
        now = time.time()
        with self._database.transaction() as connection:
            claim = connection.execute(
                "UPDATE endpoints SET spawned = ? WHERE serial = ? AND NOT spawned BETWEEN ? AND ?",
                (now, serial, now - pause, now),
            )
            return claim.rowcount > 0

    def publish(
        self, serial: int, deployment: int, addresses: Mapping[tuple[str, int], Address]
    ) -> None:
        """Say where the containers of a deployment answer, by variant and place in the model."""
        with self._database.transaction() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO servers VALUES (?, ?, ?, ?, ?, ?)",
                [
                    (serial, deployment, variant, container, address.port, address.token)
                    for (variant, container), address in addresses.items()
                ],
            )

    def withdraw(self, serial: int, deployment: int | None = None) -> None:
        """Forget the addresses of a deployment, or of all that the endpoint has."""
        with self._database.transaction() as connection:
            connection.execute(
                "DELETE FROM servers WHERE endpoint = ? AND deployment = coalesce(?, deployment)",
                (serial, deployment),
            )

    def addresses(self, serial: int, deployment: int, variant: str) -> list[Address]:
        """Where the containers of a variant answer, in their order; empty while none does."""
        rows = self._database.rows(
            "SELECT port, token FROM servers WHERE endpoint = ? AND deployment = ?"
            " AND variant = ? ORDER BY container",
            serial,
            deployment,
            variant,
        )
        return [Address(row["port"], row["token"]) for row in rows]


def _resource(row: sqlite3.Row) -> Resource:
    return Resource(row["serial"], row["name"], json.loads(row["request"]), row["created"])


def _column(value: Any) -> Any:
    if isinstance(value, Deployment):
        return deployment_text(value)
    return json.dumps(value) if isinstance(value, Mapping) else value


def _put_tags(connection: sqlite3.Connection, arn: str, tags: Mapping[str, str]) -> None:
    connection.executemany(
        "INSERT INTO tags (arn, key, value) VALUES (?, ?, ?)",
        [(arn, key, value) for key, value in tags.items()],
    )
