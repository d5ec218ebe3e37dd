"""S3: objects under keys that their content names, and looks at objects."""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping
from typing import Any

from reconciler.adapters.aws_clients import Clients
from reconciler.adapters.aws_errors import translated
from reconciler.core.ports import StoredObject
from reconciler.errors import AccessDenied, NotThere, ReconcilerError, Refused

_SHA256 = "packed-sha256"
"""Metadata key under which the sha256 of what was packed is kept."""

_CONFLICT_TRIES = 5
"""Another writer of the same key is at work (409): S3 says to try again."""


def split_uri(uri: str) -> tuple[str, str]:
    """Bucket and key of `s3://bucket/key`. Raises ReconcilerError for anything else."""
    scheme, _, rest = uri.partition("://")
    bucket, _, key = rest.partition("/")
    if scheme != "s3" or not bucket:
        raise ReconcilerError(f"{uri} is not an S3 URI", advice="write s3://bucket/key")
    return bucket, key


def put_object(
    clients: Clients, uri: str, body: bytes, *, sha256: str, kms_key_id: str | None
) -> StoredObject:
    """Store an object unless an equal one is there already.

    Equal is what holds the same `sha256` in its metadata: the bytes of a gzip stream differ
    between versions of zlib. Raises Refused if the key holds anything else.
    """
    found = _visible(clients, uri)
    for _ in range(_CONFLICT_TRIES):
        if found is not None:
            return _same(found, sha256)
        try:
            return _put_new(clients, uri, body, sha256=sha256, kms_key_id=kms_key_id)
        except Refused as error:
            if error.error_code == "PreconditionFailed":
                found = head_object(clients, uri)
            elif error.error_code == "ConditionalRequestConflict":
                time.sleep(0.2)
            else:
                raise
    raise Refused("PutObject", "ConditionalRequestConflict", f"{uri} is written by others")


def head_object(clients: Clients, uri: str) -> StoredObject | None:
    """The object; for a URI that ends with `/` the first one below it; None if there is none."""
    bucket, key = split_uri(uri)
    try:
        if uri.endswith("/"):
            return _first_below(clients, bucket, key)
        with translated("HeadObject"):
            answer = clients.get("s3").head_object(Bucket=bucket, Key=key)
    except NotThere:
        return None
    return _stored(uri, answer["ContentLength"], answer)


def object_sha256(clients: Clients, uri: str) -> str | None:
    """sha256 (hex) of an object, if S3 keeps one over all of its bytes (S3 API:
    `ChecksumType: FULL_OBJECT`; the sum over the parts of an upload is another)."""
    bucket, key = split_uri(uri)
    with translated("HeadObject"):
        answer = clients.get("s3").head_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED")
    found = answer.get("ChecksumSHA256")
    if found is None or answer.get("ChecksumType") == "COMPOSITE" or "-" in found:
        return None
    return base64.b64decode(found).hex()


def _put_new(
    clients: Clients, uri: str, body: bytes, *, sha256: str, kms_key_id: str | None
) -> StoredObject:
    bucket, key = split_uri(uri)
    encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms_key_id}
    with translated("PutObject"):
        # Retried by botocore, unlike a Create: a repeat of our own put meets an equal object.
        answer = clients.get("s3").put_object(
            Bucket=bucket,
            Key=key,
            Body=body,
            IfNoneMatch="*",
            Metadata={_SHA256: sha256},
            **(encryption if kms_key_id else {}),
        )
    return _stored(uri, len(body), {**answer, "Metadata": {_SHA256: sha256}})


def _visible(clients: Clients, uri: str) -> StoredObject | None:
    """The object, as far as we may look: without s3:ListBucket S3 answers 403 for 404."""
    try:
        return head_object(clients, uri)
    except AccessDenied:
        return None


def _same(found: StoredObject, sha256: str) -> StoredObject:
    if found.sha256 != sha256:
        raise Refused(
            "PutObject",
            "PreconditionFailed",
            f"{found.uri} holds other content than its name says"
            f" (sha256 {found.sha256 or 'not recorded'}, expected {sha256})",
        )
    return found


def _first_below(clients: Clients, bucket: str, prefix: str) -> StoredObject | None:
    with translated("ListObjectsV2"):
        # Two: the first one may be the empty object that consoles make to show a folder.
        answer = clients.get("s3").list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=2)
    for item in answer.get("Contents", []):
        if item["Key"] != prefix:
            return _stored(f"s3://{bucket}/{item['Key']}", item["Size"], item)
    return None


def _stored(uri: str, size: int, answer: Mapping[str, Any]) -> StoredObject:
    return StoredObject(
        uri=uri,
        size=size,
        etag=answer["ETag"].strip('"'),
        version_id=answer.get("VersionId"),
        sha256=answer.get("Metadata", {}).get(_SHA256),
    )
