"""The index of the local S3: buckets, versions of objects and multipart uploads, in SQLite.

It says which file holds the body of which version. What one transaction writes is what every
reader sees next: there is no moment with the new body and the old metadata.
"""

from __future__ import annotations

import json
import sqlite3
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from reconciler.local.database import Database
from reconciler.local.errors import EngineError
from reconciler.local.store.objects import (
    NULL_VERSION,
    ObjectInfo,
    no_such_bucket,
    no_such_key,
    require_bucket_name,
)

_SCHEMA = """
CREATE TABLE buckets (name TEXT PRIMARY KEY, created REAL NOT NULL, versioning TEXT);
CREATE TABLE objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    bucket TEXT NOT NULL, key TEXT NOT NULL, version TEXT NOT NULL,
    latest INTEGER NOT NULL, marker INTEGER NOT NULL,
    blob TEXT NOT NULL, size INTEGER NOT NULL, etag TEXT NOT NULL, modified REAL NOT NULL,
    properties TEXT NOT NULL,
    UNIQUE (bucket, key, version)
);
CREATE UNIQUE INDEX latest_objects ON objects (bucket, key) WHERE latest;
CREATE TABLE uploads (
    id TEXT PRIMARY KEY, bucket TEXT NOT NULL, key TEXT NOT NULL, properties TEXT NOT NULL,
    algorithm TEXT, created REAL NOT NULL
);
CREATE TABLE parts (
    upload TEXT NOT NULL, number INTEGER NOT NULL, blob TEXT NOT NULL, size INTEGER NOT NULL,
    etag TEXT NOT NULL, checksums TEXT NOT NULL, modified REAL NOT NULL,
    PRIMARY KEY (upload, number)
)
"""


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket of the local S3."""

    name: str
    created: float
    """Seconds since the epoch."""
    versioning: str | None
    """`Enabled`, `Suspended`, or None when it was never set."""


class Index:
    """The tables of one local S3."""

    def __init__(self, path: Path) -> None:
        self.database = Database(path, (_SCHEMA,))

    def buckets(self) -> list[Bucket]:
        """All buckets, by name."""
        rows = self.database.rows("SELECT name, created, versioning FROM buckets ORDER BY name")
        return [Bucket(*row) for row in rows]

    def bucket(self, name: str) -> Bucket:
        """The bucket of that name; raises EngineError NoSuchBucket."""
        row = self.database.row(
            "SELECT name, created, versioning FROM buckets WHERE name = ?", name
        )
        if row is None:
            raise no_such_bucket()
        return Bucket(*row)

    def create_bucket(self, name: str) -> None:
        """Make a bucket unless it is there; raises EngineError InvalidBucketName."""
        require_bucket_name(name)
        if self.database.row("SELECT 1 FROM buckets WHERE name = ?", name):
            return
        with self.database.transaction() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO buckets (name, created) VALUES (?, ?)", (name, time.time())
            )

    def delete_bucket(self, name: str) -> None:
        """Remove an empty bucket; raises EngineError BucketNotEmpty or NoSuchBucket."""
        self.bucket(name)
        with self.database.transaction() as connection:
            if connection.execute("SELECT 1 FROM objects WHERE bucket = ?", (name,)).fetchone():
                raise EngineError(
                    "BucketNotEmpty", "The bucket you tried to delete is not empty", 409
                )
            connection.execute("DELETE FROM buckets WHERE name = ?", (name,))

    def set_versioning(self, name: str, status: str) -> None:
        """Set a bucket's versioning to `Enabled` or `Suspended`; raises NoSuchBucket."""
        self.bucket(name)
        with self.database.transaction() as connection:
            connection.execute("UPDATE buckets SET versioning = ? WHERE name = ?", (status, name))

    def find(self, bucket: str, key: str, version_id: str | None = None) -> ObjectInfo:
        """The latest version of an object, or the one that is named.

        Raises EngineError: NoSuchBucket, NoSuchKey, NoSuchVersion, or MethodNotAllowed when the
        version named is a delete marker.
        """
        self.bucket(bucket)
        if version_id is None:
            row = self.database.row(
                "SELECT * FROM objects WHERE bucket = ? AND key = ? AND latest", bucket, key
            )
            if row is None or row["marker"]:
                raise no_such_key()
            return ObjectInfo.from_row(row)
        row = self.database.row(
            "SELECT * FROM objects WHERE bucket = ? AND key = ? AND version = ?",
            bucket,
            key,
            version_id,
        )
        if row is None:
            raise EngineError("NoSuchVersion", "The specified version does not exist.", 404)
        if row["marker"]:
            raise EngineError("MethodNotAllowed", "The version is a delete marker.", 405)
        return ObjectInfo.from_row(row)

    def first_from(self, bucket: str, start: str) -> ObjectInfo | None:
        """The object with the least key that is not less than `start`, or None."""
        row = self.database.row(
            "SELECT * FROM objects WHERE bucket = ? AND key >= ? AND latest AND NOT marker"
            " ORDER BY key LIMIT 1",
            bucket,
            start,
        )
        return ObjectInfo.from_row(row) if row else None

    def versions(self, bucket: str, prefix: str) -> list[ObjectInfo]:
        """All versions and delete markers under a prefix, by key, the newest first."""
        self.bucket(bucket)
        rows = self.database.rows(
            "SELECT * FROM objects WHERE bucket = ? AND key >= ? ORDER BY key, seq DESC",
            bucket,
            prefix,
        )
        return [ObjectInfo.from_row(row) for row in rows if row["key"].startswith(prefix)]

    @contextmanager
    def change(self, bucket: str, key: str) -> Iterator[Change]:
        """One transaction on one object; the bodies it replaced are in `Change.dropped` after."""
        with self.database.transaction() as connection:
            yield Change(connection, bucket, key)


class Change:
    """A transaction on the versions of one object."""

    def __init__(self, connection: sqlite3.Connection, bucket: str, key: str) -> None:
        self._connection = connection
        self._bucket = bucket
        self._key = key
        self.dropped: list[str] = []
        """Names of bodies that no version has any more."""

    def current(self) -> ObjectInfo | None:
        """The latest version, or None when there is none or it is a delete marker."""
        row = self._connection.execute(
            "SELECT * FROM objects WHERE bucket = ? AND key = ? AND latest AND NOT marker",
            (self._bucket, self._key),
        ).fetchone()
        return ObjectInfo.from_row(row) if row else None

    def versioning(self) -> str | None:
        """The versioning of the bucket."""
        row = self._connection.execute(
            "SELECT versioning FROM buckets WHERE name = ?", (self._bucket,)
        ).fetchone()
        if row is None:
            raise no_such_bucket()
        return str(row["versioning"]) if row["versioning"] else None

    def insert(self, info: ObjectInfo) -> ObjectInfo:
        """Make this the latest version; without versioning it replaces the one before."""
        enabled = self.versioning() == "Enabled"
        version = uuid.uuid4().hex if enabled else NULL_VERSION
        if not enabled:
            self.remove(NULL_VERSION)
        self._connection.execute(
            "UPDATE objects SET latest = 0 WHERE bucket = ? AND key = ? AND latest",
            (self._bucket, self._key),
        )
        self._connection.execute(
            "INSERT INTO objects (bucket, key, version, latest, marker, blob, size, etag,"
            " modified, properties) VALUES (?, ?, ?, 1, ?, ?, ?, ?, ?, ?)",
            (
                self._bucket,
                self._key,
                version,
                info.is_delete_marker,
                info.blob,
                info.size,
                info.etag,
                info.last_modified,
                json.dumps(asdict(info.properties)),
            ),
        )
        return replace(info, version_id=version if enabled else None)

    def remove(self, version: str) -> None:
        """Remove one version for good; the newest of the others becomes the latest."""
        where = (self._bucket, self._key, version)
        row = self._connection.execute(
            "SELECT blob FROM objects WHERE bucket = ? AND key = ? AND version = ?", where
        ).fetchone()
        if row is None:
            return
        if row["blob"]:
            self.dropped.append(row["blob"])
        self._connection.execute(
            "DELETE FROM objects WHERE bucket = ? AND key = ? AND version = ?", where
        )
        self._connection.execute(
            "UPDATE objects SET latest = 1 WHERE NOT latest AND seq ="
            " (SELECT max(seq) FROM objects WHERE bucket = ? AND key = ?)",
            (self._bucket, self._key),
        )
