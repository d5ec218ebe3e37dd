"""Objects of the local S3 as values, and what S3 answers when something is wrong."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.local.errors import EngineError
from reconciler.local.store.blobs import Incoming

_BUCKET = re.compile(r"(?!\d+\.\d+\.\d+\.\d+$)(?!.*\.\.)[a-z0-9][a-z0-9.\-]{1,61}[a-z0-9]")
_LONGEST_KEY = 1024
"""Bytes of a key in UTF-8 (S3 user guide, "Naming Amazon S3 objects")."""

NULL_VERSION = "null"
"""S3's name of the version of an object in a bucket without versioning."""


@dataclass(frozen=True, slots=True)
class Properties:
    """What a client says of an object, kept with it."""

    metadata: Mapping[str, str] = field(default_factory=dict)
    """User metadata, by lower-case name without `x-amz-meta-`."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """ContentType, ContentEncoding, … by their name in the API."""
    checksums: Mapping[str, str] = field(default_factory=dict)
    """Checksums in base64, by algorithm; of a put, those that the body must have."""


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """One version of an object, without its body."""

    bucket: str
    key: str
    etag: str
    """In hexadecimal, without quotes."""
    size: int
    """In bytes."""
    last_modified: float
    """Seconds since the epoch."""
    properties: Properties
    blob: str
    """Name of the body; empty for a delete marker."""
    version_id: str | None = None
    """None in a bucket without versioning."""
    is_latest: bool = True
    is_delete_marker: bool = False

    @property
    def metadata(self) -> Mapping[str, str]:
        """User metadata, by lower-case name."""
        return self.properties.metadata

    @property
    def checksums(self) -> Mapping[str, str]:
        """Checksums in base64, by algorithm."""
        return self.properties.checksums

    @classmethod
    def from_row(cls, row: sqlite3.Row) -> ObjectInfo:
        """Read a row of the table `objects`."""
        return cls(
            bucket=row["bucket"],
            key=row["key"],
            etag=row["etag"],
            size=row["size"],
            version_id=None if row["version"] == NULL_VERSION else row["version"],
            last_modified=row["modified"],
            properties=Properties(**json.loads(row["properties"])),
            is_latest=bool(row["latest"]),
            is_delete_marker=bool(row["marker"]),
            blob=row["blob"],
        )


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a bucket's keys, in the order of their bytes."""

    objects: tuple[ObjectInfo, ...]
    prefixes: tuple[str, ...]
    """What the keys that go on after the delimiter have in common."""
    next_start: str | None
    """The least key that the next page may hold; None after the last page."""


def require_bucket_name(name: str) -> None:
    """Raise InvalidBucketName for a name that S3 would not accept."""
    if not _BUCKET.fullmatch(name):
        raise EngineError("InvalidBucketName", f"The specified bucket is not valid: {name}")


def require_key(key: str) -> None:
    """Raise KeyTooLongError or InvalidURI for a key that S3 would not accept."""
    try:
        length = len(key.encode())
    except UnicodeEncodeError:
        raise EngineError("InvalidURI", "The key is no valid UTF-8") from None
    if length > _LONGEST_KEY:
        raise EngineError("KeyTooLongError", "Your key is too long")


def verify(incoming: Incoming, checksums: Mapping[str, str], content_md5: str | None) -> None:
    """Raise BadDigest when a body is not what its checksums say."""
    for algorithm, expected in checksums.items():
        if incoming.digest.checksums[algorithm] != expected:
            raise EngineError(
                "BadDigest", f"The {algorithm} you specified did not match the calculated checksum."
            )
    if content_md5 is not None and incoming.digest.content_md5 != content_md5:
        raise EngineError("BadDigest", "The Content-MD5 you specified did not match the body.")


def no_such_bucket() -> EngineError:
    """The bucket does not exist."""
    return EngineError("NoSuchBucket", "The specified bucket does not exist", 404)


def no_such_key() -> EngineError:
    """The object does not exist, or its latest version is a delete marker."""
    return EngineError("NoSuchKey", "The specified key does not exist.", 404)


def precondition_failed(condition: str) -> EngineError:
    """If-Match or If-None-Match does not hold."""
    message = f"At least one of the pre-conditions you specified did not hold: {condition}"
    return EngineError("PreconditionFailed", message, 412)


def successor(prefix: str) -> str | None:
    """The least text that is greater than all that begin with the prefix; None if there is none."""
    for index in range(len(prefix) - 1, -1, -1):
        code = ord(prefix[index]) + 1
        if code == 0xD800:  # UTF-8 has no surrogates
            code = 0xE000
        if code <= 0x10FFFF:
            return prefix[:index] + chr(code)
    return None
