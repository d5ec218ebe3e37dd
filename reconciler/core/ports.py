"""What the journeys need from outside, as Protocols and values. `adapters/` fills them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from reconciler.core.call import Call
from reconciler.core.files import Files
from reconciler.core.record import Record
from reconciler.errors import ReconcilerError

Records = Mapping[str, Record]
"""The lock of one environment: record by name of the resource."""


class TipMoved(ReconcilerError):
    """Somebody else wrote since the tip was read: read again, plan again."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Documents and lock, read at the same moment."""

    files: Files
    records: Records
    tip: str
    """Token that `LockStore.write` compares: the swap fails if anything moved since."""
    findings: tuple[str, ...] = ()
    """What others did to the files of the lock, in words; may hold hostile text. `records` is
    what the reconciler recorded, as if it had not happened, and the next write says so again."""


class LockStore(Protocol):
    """Where the lock lives: the working tree, or a branch of a git remote."""

    def snapshot(self, environment: str) -> Snapshot:
        """Read the newest documents and the environment's lock together."""

    def write(
        self,
        environment: str,
        change: Callable[[Records], Records],
        *,
        message: str,
        tip: str | None = None,
    ) -> Records:
        """Compare and swap: read the lock afresh, apply `change`, write what differs.

        With `tip`, fails with TipMoved if documents or lock moved since that snapshot. Without,
        a lost race is tried again on the fresh lock. Writes nothing when nothing differs.
        Raises LockUnwritable when the place refuses. Returns the lock as it now is.
        """


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One object in S3."""

    uri: str
    size: int
    etag: str
    version_id: str | None = None
    sha256: str | None = None
    """sha256 (hex) of what was packed, from the object's metadata, where we put it there."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of a job's log."""

    host: str
    """`algo-1`, …"""
    at: int
    """Milliseconds since 1970, UTC."""
    text: str
    """Written by the container: hostile."""
    event_id: str
    """Tells two equal lines of one millisecond apart; the same in every answer."""


class Cloud(Protocol):
    """AWS, or the local engine that speaks the same protocol."""

    @property
    def mutating_calls(self) -> int:
        """How many calls that could change something were sent so far, uploads included."""

    def identity(self) -> tuple[str, str]:
        """Account id and region of the credentials. Raises NoCredentials."""

    def login_ends_within(self, seconds: int) -> bool:
        """Whether the credentials end so soon and cannot be renewed; False where nobody knows."""

    def send(self, call: Call) -> Mapping[str, Any]:
        """Send one call. A call that mutates is sent exactly once. Raises ServiceError."""

    def put(
        self, uri: str, body: bytes, *, sha256: str, kms_key_id: str | None = None
    ) -> StoredObject:
        """Store an object under a key that its content names; an equal one stays as it is.

        Raises Refused if the key holds other content.
        """

    def head(self, uri: str) -> StoredObject | None:
        """The object, or for a URI that ends with `/` the first object below it; None if there is
        none."""

    def sha256(self, uri: str) -> str | None:
        """sha256 (hex) of the whole object, as S3 itself computed it; None where S3 holds none.

        Raises NotThere when there is no such object.
        """

    def image_digest(self, image: str) -> str | None:
        """`sha256:…` of an image in ECR; None where the registry does not let us ask."""

    def log(self, physical_name: str, *, since: int = 0) -> Iterator[LogLine]:
        """Lines of a job's log from `since` (milliseconds) on, of all hosts by time."""


class Clock(Protocol):
    """Time. Nothing that is decided depends on it but waiting."""

    def now(self) -> str:
        """UTC, ISO 8601 to the second with a trailing Z."""

    def monotonic(self) -> float:
        """Seconds from some start; never goes back."""

    def sleep(self, seconds: float) -> None:
        """Wait; ends early when a signal came."""

    def interrupted(self) -> bool:
        """Whether a signal asked to stop."""
