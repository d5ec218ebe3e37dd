"""SQLite files that many processes share, any of which may be killed at any time.

Write-ahead logging lets readers and one writer work side by side; whoever waits, waits for at
most `_PATIENCE`. A connection serves all threads of one process, one transaction at a time, and
must not be carried over a fork.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from reconciler.local.errors import StateError

_PATIENCE = 30.0
"""Seconds to wait for another process's transaction."""


class Database:
    """One SQLite file with a known schema."""

    def __init__(self, path: Path, steps: Sequence[str]) -> None:
        """Open the file, and bring it to the schema that all steps together make.

        A file of format n has the first n steps behind it. Raises StateError for one that has
        more than there are.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(
            path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False
        )
        self._connection.row_factory = sqlite3.Row
        _use_write_ahead_log(self._connection)
        # An answer is sent only after its change is on the disk.
        self._connection.execute("PRAGMA synchronous = FULL")
        self._prepare(path, steps)

    def close(self) -> None:
        """Close the file; the database must not be used after."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing: commits at the end, rolls back on an exception or a kill."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def rows(self, query: str, *values: object) -> list[sqlite3.Row]:
        """All rows of a query, read at one moment."""
        with self._lock:
            return self._connection.execute(query, values).fetchall()

    def row(self, query: str, *values: object) -> sqlite3.Row | None:
        """The first row of a query, or None."""
        rows = self.rows(query, *values)
        return rows[0] if rows else None

    def _prepare(self, path: Path, steps: Sequence[str]) -> None:
        known = len(steps)
        if self._version() == known:
            return
        with self.transaction() as connection:
            found = self._version()
            if found > known:
                raise StateError(
                    f"{path} was written by a newer version (format {found}, known: {known}); "
                    "use that version, or remove the folder"
                )
            for step in steps[found:]:
                for statement in step.split(";"):
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {known}")

    def _version(self) -> int:
        return int(self._connection.execute("PRAGMA user_version").fetchone()[0])


@contextmanager
def disk_failures(folder: Path) -> Iterator[None]:
    """Turn a failure on the disk into a StateError that says which folder it is about."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise StateError(
            f"the local engine cannot use {folder}: {error}; "
            "free the space or repair the rights there, and try again"
        ) from error


def _use_write_ahead_log(connection: sqlite3.Connection) -> None:
    """Switch to write-ahead logging, which SQLite does not wait for by itself."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
