"""S3 on disk: objects, their versions, their conditions.

A put writes a new body (`blobs.py`) and then switches the index (`index.py`) in one transaction:
body, metadata and checksums change together, conditions are judged at that very moment, and no
key is ever a path on the disk. The last of two writers wins, as in S3. Buckets are made on first
use.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from reconciler.local.layout import storage_folder
from reconciler.local.store.blobs import Blobs, Body, Incoming, write_file
from reconciler.local.store.checksums import Digest
from reconciler.local.store.index import Change, Index
from reconciler.local.store.objects import (
    NULL_VERSION,
    Listing,
    ObjectInfo,
    Properties,
    no_such_key,
    precondition_failed,
    require_key,
    successor,
    verify,
)


class Storage:
    """The objects of one local S3."""

    def __init__(self, index: Index, blobs: Blobs) -> None:
        self.index = index
        self.blobs = blobs

    @classmethod
    def open(cls, root: Path | str) -> Storage:
        """Open the S3 of a local SageMaker, and make it when there is none."""
        folder = storage_folder(Path(root))
        return cls(Index(folder / "index.db"), Blobs(folder))

    def close(self) -> None:
        """Close the index."""
        self.index.database.close()

    def put(
        self,
        bucket: str,
        key: str,
        body: Body,
        *,
        if_none_match: bool = False,
        if_match: str | None = None,
        metadata: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        checksums: Mapping[str, str] | None = None,
        content_md5: str | None = None,
    ) -> ObjectInfo:
        """Store an object, and its bucket when that is new.

        Raises EngineError: PreconditionFailed when the object exists (`if_none_match`) or its
        ETag is not `if_match`, BadDigest when a checksum (base64, by algorithm) is not the body's.
        """
        require_key(key)
        self.index.create_bucket(bucket)
        expected = checksums or {}
        with self.blobs.receive(body, digest=Digest(expected)) as incoming:
            verify(incoming, expected, content_md5)
            return self.commit(
                bucket,
                key,
                incoming,
                Properties(metadata or {}, headers or {}, expected),
                etag=incoming.digest.md5,
                if_none_match=if_none_match,
                if_match=if_match,
            )

    def commit(
        self,
        bucket: str,
        key: str,
        incoming: Incoming,
        properties: Properties,
        *,
        etag: str,
        if_none_match: bool = False,
        if_match: str | None = None,
    ) -> ObjectInfo:
        """Make a received body the latest version of an object, if the conditions hold."""
        with self.index.change(bucket, key) as change:
            _require(change.current(), if_none_match=if_none_match, if_match=if_match)
            incoming.keep()
            info = change.insert(
                ObjectInfo(
                    bucket=bucket,
                    key=key,
                    etag=etag,
                    size=incoming.size,
                    last_modified=time.time(),
                    properties=properties,
                    blob=incoming.name,
                )
            )
        self._drop(change)
        return info

    def head(self, bucket: str, key: str, version_id: str | None = None) -> ObjectInfo:
        """Describe an object; raises EngineError NoSuchKey, NoSuchVersion or NoSuchBucket."""
        return self.index.find(bucket, key, version_id)

    def open_object(
        self, bucket: str, key: str, version_id: str | None = None
    ) -> tuple[ObjectInfo, BinaryIO]:
        """Describe an object and open its body; errors as of `head`."""
        while True:
            info = self.head(bucket, key, version_id)
            try:
                return info, self.blobs.open(info.blob)
            except FileNotFoundError:
                # Replaced between the two steps: look again, unless the body is really gone.
                if self.head(bucket, key, version_id).blob == info.blob:
                    raise

    def get(self, bucket: str, key: str, version_id: str | None = None) -> bytes:
        """Read an object; errors as of `head`."""
        _, body = self.open_object(bucket, key, version_id)
        with body:
            return body.read()

    def download(self, bucket: str, key: str, path: Path) -> ObjectInfo:
        """Copy an object to a file, which appears whole or not at all; errors as of `head`."""
        info, body = self.open_object(bucket, key)
        with body:
            write_file(body, path)
        return info

    def upload_file(self, path: Path, bucket: str, key: str) -> ObjectInfo:
        """Store the content of a file, replacing the object if there is one."""
        return self.put(bucket, key, path)

    def delete(
        self, bucket: str, key: str, version_id: str | None = None, *, if_match: str | None = None
    ) -> ObjectInfo | None:
        """Delete an object, or one version of it for good; no error when it is not there.

        Returns the delete marker that a bucket with versioning gets. Raises EngineError
        NoSuchBucket, and PreconditionFailed when the ETag is not `if_match`.
        """
        self.index.bucket(bucket)
        marker = None
        with self.index.change(bucket, key) as change:
            if if_match is not None:
                _require(change.current(), if_none_match=False, if_match=if_match)
            if version_id is not None or change.versioning() is None:
                change.remove(version_id or NULL_VERSION)
            else:
                marker = change.insert(_delete_marker(bucket, key))
        self._drop(change)
        return marker

    def list(
        self,
        bucket: str,
        prefix: str = "",
        delimiter: str = "",
        start_after: str = "",
        max_keys: int = 1000,
        *,
        start_at: str = "",
    ) -> Listing:
        """List one page of keys; `start_at` is the `next_start` of the page before.

        Raises EngineError NoSuchBucket.
        """
        self.index.bucket(bucket)
        start: str | None = max(prefix, start_at, f"{start_after}\0" if start_after else "")
        objects: list[ObjectInfo] = []
        prefixes: list[str] = []
        while start is not None:
            info = self.index.first_from(bucket, start)
            if info is None or not info.key.startswith(prefix):
                start = None
            elif len(objects) + len(prefixes) == max_keys:
                break
            elif delimiter and (cut := info.key.find(delimiter, len(prefix))) >= 0:
                prefixes.append(info.key[: cut + len(delimiter)])
                start = successor(prefixes[-1])
            else:
                objects.append(info)
                start = f"{info.key}\0"
        return Listing(tuple(objects), tuple(prefixes), start)

    def _drop(self, change: Change) -> None:
        """Remove replaced bodies, after the index has forgotten them."""
        for blob in change.dropped:
            self.blobs.remove(blob)


def _require(current: ObjectInfo | None, *, if_none_match: bool, if_match: str | None) -> None:
    if if_none_match and current is not None:
        raise precondition_failed("If-None-Match")
    if if_match is None:
        return
    if current is None:
        raise no_such_key()
    if current.etag != if_match.strip('"'):
        raise precondition_failed("If-Match")


def _delete_marker(bucket: str, key: str) -> ObjectInfo:
    return ObjectInfo(
        bucket=bucket,
        key=key,
        etag="",
        size=0,
        last_modified=time.time(),
        properties=Properties(),
        blob="",
        is_delete_marker=True,
    )
