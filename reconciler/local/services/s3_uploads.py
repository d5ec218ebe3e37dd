"""S3: multipart uploads, whose parts become one object at once."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from reconciler.local.context import Context, Handler
from reconciler.local.errors import EngineError
from reconciler.local.services.s3 import (
    body_of,
    given_checksums,
    kept_headers,
    lower_metadata,
    stored,
    wants_absence,
)
from reconciler.local.store.checksums import ALGORITHMS, Digest, composite
from reconciler.local.store.objects import Properties, require_key, verify

_LEAST_PART = 5 << 20
"""Bytes of each part but the last (S3 user guide, "Amazon S3 multipart upload limits")."""


def create_multipart_upload(context: Context, params: Mapping[str, Any]) -> dict[str, Any]:
    """CreateMultipartUpload."""
    bucket, key = params["Bucket"], params["Key"]
    algorithm = params.get("ChecksumAlgorithm")
    if algorithm is not None and algorithm not in ALGORITHMS:
        raise EngineError("NotImplemented", f"The local S3 does not know {algorithm}", 501)
    require_key(key)
    context.storage.index.create_bucket(bucket)
    properties = Properties(lower_metadata(params), kept_headers(params))
    upload = uuid.uuid4().hex
    with context.storage.index.database.transaction() as connection:
        connection.execute(
            "INSERT INTO uploads (id, bucket, key, properties, algorithm, created)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (upload, bucket, key, json.dumps(asdict(properties)), algorithm, time.time()),
        )
    answer = {"Bucket": bucket, "Key": key, "UploadId": upload}
    return {**answer, "ChecksumAlgorithm": algorithm} if algorithm else answer


def upload_part(context: Context, params: Mapping[str, Any]) -> dict[str, Any]:
    """UploadPart: store one part, in place of the one of the same number."""
    storage, upload = context.storage, _upload(context, params)
    checksums = given_checksums(params)
    algorithms = {*checksums, *([upload["algorithm"]] if upload["algorithm"] else [])}
    with storage.blobs.receive(body_of(params), digest=Digest(algorithms)) as incoming:
        verify(incoming, checksums, params.get("ContentMD5"))
        found = incoming.digest.checksums
        with storage.index.database.transaction() as connection:
            where = (upload["id"], params["PartNumber"])
            old = connection.execute(
                "SELECT blob FROM parts WHERE upload = ? AND number = ?", where
            ).fetchone()
            incoming.keep()
            connection.execute(
                "INSERT OR REPLACE INTO parts (upload, number, blob, size, etag, checksums,"
                " modified) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    *where,
                    incoming.name,
                    incoming.size,
                    incoming.digest.md5,
                    json.dumps(found),
                    time.time(),
                ),
            )
    if old is not None:
        storage.blobs.remove(old["blob"])
    answer = {"ETag": f'"{incoming.digest.md5}"'}
    return answer | {f"Checksum{algorithm}": value for algorithm, value in found.items()}


def complete_multipart_upload(context: Context, params: Mapping[str, Any]) -> dict[str, Any]:
    """CompleteMultipartUpload: put the parts together, if the conditions hold."""
    storage, upload = context.storage, _upload(context, params)
    chosen = _chosen(_parts(context, upload), params.get("MultipartUpload", {}).get("Parts", []))
    checksums = [json.loads(part["checksums"]) for part in chosen]
    properties = Properties(**json.loads(upload["properties"]))
    algorithm = upload["algorithm"]
    whole = composite(algorithm, checksums) if algorithm else None
    if whole is not None:
        properties = Properties(properties.metadata, properties.headers, {algorithm: whole})
    bodies = [storage.blobs.open(part["blob"]) for part in chosen]
    try:
        with storage.blobs.receive(*bodies, digest=Digest(())) as incoming:
            info = storage.commit(
                upload["bucket"],
                upload["key"],
                incoming,
                properties,
                etag=_etag([part["etag"] for part in chosen]),
                if_none_match=wants_absence(params),
                if_match=params.get("IfMatch"),
            )
    finally:
        for body in bodies:
            body.close()
    _forget(context, upload)
    place = {"Bucket": info.bucket, "Key": info.key, "Location": f"/{info.bucket}/{info.key}"}
    return {**place, **stored(info)}


def abort_multipart_upload(context: Context, params: Mapping[str, Any]) -> dict[str, Any]:
    """AbortMultipartUpload: forget the parts."""
    _forget(context, _upload(context, params))
    return {}


OPERATIONS: Mapping[str, Handler] = {
    "CreateMultipartUpload": create_multipart_upload,
    "UploadPart": upload_part,
    "CompleteMultipartUpload": complete_multipart_upload,
    "AbortMultipartUpload": abort_multipart_upload,
}


def _upload(context: Context, params: Mapping[str, Any]) -> sqlite3.Row:
    row = context.storage.index.database.row(
        "SELECT * FROM uploads WHERE id = ? AND bucket = ? AND key = ?",
        params["UploadId"],
        params["Bucket"],
        params["Key"],
    )
    if row is None:
        raise EngineError("NoSuchUpload", "The specified multipart upload does not exist.", 404)
    return row


def _parts(context: Context, upload: sqlite3.Row) -> list[sqlite3.Row]:
    return context.storage.index.database.rows(
        "SELECT * FROM parts WHERE upload = ? ORDER BY number", upload["id"]
    )


def _chosen(parts: Sequence[sqlite3.Row], wanted: Sequence[Mapping[str, Any]]) -> list[sqlite3.Row]:
    """The stored parts that a client lists; raises EngineError when they do not fit."""
    numbers: list[int] = [part.get("PartNumber", 0) for part in wanted]
    if not wanted or numbers != sorted(set(numbers)):
        raise EngineError("InvalidPartOrder", "The list of parts was not in ascending order.")
    known = {(part["number"], part["etag"]): part for part in parts}
    places = [(part.get("PartNumber", 0), part.get("ETag", "").strip('"')) for part in wanted]
    if not set(places) <= set(known):
        raise EngineError("InvalidPart", "One or more of the specified parts was not found.")
    chosen = [known[place] for place in places]
    if any(part["size"] < _LEAST_PART for part in chosen[:-1]):
        raise EngineError("EntityTooSmall", "A part is smaller than the minimum allowed size")
    return chosen


def _etag(etags: Sequence[str]) -> str:
    """The ETag of a multipart object: the MD5 of its parts' MD5s, and their count."""
    whole = hashlib.md5(b"".join(map(bytes.fromhex, etags)), usedforsecurity=False)
    return f"{whole.hexdigest()}-{len(etags)}"


def _forget(context: Context, upload: sqlite3.Row) -> None:
    with context.storage.index.database.transaction() as connection:
        blobs = connection.execute(
            "DELETE FROM parts WHERE upload = ? RETURNING blob", (upload["id"],)
        ).fetchall()
        connection.execute("DELETE FROM uploads WHERE id = ?", (upload["id"],))
    for row in blobs:
        context.storage.blobs.remove(row["blob"])
