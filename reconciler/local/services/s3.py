"""S3: the operations on buckets and objects, over `storage.py`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, BinaryIO
from urllib.parse import parse_qsl, unquote

from reconciler.local.context import Context, Handler
from reconciler.local.errors import EngineError
from reconciler.local.store.blobs import part_of
from reconciler.local.store.checksums import ALGORITHMS
from reconciler.local.store.objects import ObjectInfo

_KEPT = (
    "ContentType",
    "ContentEncoding",
    "ContentDisposition",
    "ContentLanguage",
    "CacheControl",
    "ServerSideEncryption",
    "SSEKMSKeyId",
    "StorageClass",
    "Tagging",
)
"""What a put says of an object and a get says again (`Tagging` by GetObjectTagging)."""
_ABOUT_CHECKSUMS = ("ChecksumAlgorithm", "ChecksumMode", "ChecksumType")
_RANGE = re.compile(r"bytes=(?P<first>\d*)-(?P<last>\d*)")


def put_object(context: Context, params: Mapping[str, Any]) -> dict[str, Any]:
    """PutObject, with conditions and checksums."""
    info = context.storage.put(
        params["Bucket"],
        params["Key"],
        body_of(params),
        if_none_match=wants_absence(params),
        if_match=params.get("IfMatch"),
        metadata=lower_metadata(params),
        headers=kept_headers(params),
        checksums=given_checksums(params),
        content_md5=params.get("ContentMD5"),
    )
    return stored(info)


def get_object(context: Context, params: Mapping[str, Any]) -> dict[str, Any]:
    """GetObject, whole or a range of it; the Body is an open file."""
    info, body = context.storage.open_object(
        params["Bucket"], params["Key"], params.get("VersionId")
    )
    try:
        _require_conditions(info, params)
        answer = _described(info, params)
        if "Range" in params:
            first, length = _range(params["Range"], info.size)
            body = part_of(body, first, length)
            answer["ContentRange"] = f"bytes {first}-{first + length - 1}/{info.size}"
            answer["ContentLength"] = length
            # A checksum is of the whole object: it would not fit the part.
            answer = {name: each for name, each in answer.items() if name[:8] != "Checksum"}
    except EngineError:
        body.close()
        raise
    return {**answer, "Body": body}


def head_object(context: Context, params: Mapping[str, Any]) -> dict[str, Any]:
    """HeadObject."""
    info = context.storage.head(params["Bucket"], params["Key"], params.get("VersionId"))
    _require_conditions(info, params)
    return _described(info, params)


def copy_object(context: Context, params: Mapping[str, Any]) -> dict[str, Any]:
    """CopyObject within this S3, with the metadata of the source unless it is to be replaced."""
    place, _, version = unquote(params["CopySource"]).partition("?versionId=")
    bucket, _, key = place.lstrip("/").partition("/")
    info, body = context.storage.open_object(bucket, key, version or None)
    replaced = params.get("MetadataDirective") == "REPLACE"
    with body:
        copy = context.storage.put(
            params["Bucket"],
            params["Key"],
            body,
            if_none_match=wants_absence(params),
            if_match=params.get("IfMatch"),
            metadata=lower_metadata(params) if replaced else info.metadata,
            headers=kept_headers(params) if replaced else info.properties.headers,
        )
    result = {"ETag": f'"{copy.etag}"', "LastModified": copy.last_modified}
    return {"CopyObjectResult": result, **_version(copy)}


def delete_object(context: Context, params: Mapping[str, Any]) -> dict[str, Any]:
    """DeleteObject; deleting what is not there is no error."""
    marker = context.storage.delete(
        params["Bucket"], params["Key"], params.get("VersionId"), if_match=params.get("IfMatch")
    )
    if marker is not None:
        return {"DeleteMarker": True, **_version(marker)}
    return {"VersionId": params["VersionId"]} if "VersionId" in params else {}


def delete_objects(context: Context, params: Mapping[str, Any]) -> dict[str, Any]:
    """DeleteObjects: several at once."""
    deleted = []
    for target in params["Delete"]["Objects"]:
        context.storage.delete(params["Bucket"], target["Key"], target.get("VersionId"))
        deleted.append({name: target[name] for name in ("Key", "VersionId") if name in target})
    return {} if params["Delete"].get("Quiet") else {"Deleted": deleted}


def get_object_tagging(context: Context, params: Mapping[str, Any]) -> dict[str, Any]:
    """GetObjectTagging: the tags that came with the put."""
    info = context.storage.head(params["Bucket"], params["Key"], params.get("VersionId"))
    tags = parse_qsl(info.properties.headers.get("Tagging", ""), keep_blank_values=True)
    return {"TagSet": [{"Key": key, "Value": value} for key, value in tags]}


OPERATIONS: Mapping[str, Handler] = {
    "PutObject": put_object,
    "GetObject": get_object,
    "HeadObject": head_object,
    "CopyObject": copy_object,
    "DeleteObject": delete_object,
    "DeleteObjects": delete_objects,
    "GetObjectTagging": get_object_tagging,
}


def body_of(params: Mapping[str, Any]) -> bytes | BinaryIO:
    """The body of a put; none is an empty one."""
    body: bytes | str | BinaryIO = params.get("Body", b"")
    return body.encode() if isinstance(body, str) else body


def wants_absence(params: Mapping[str, Any]) -> bool:
    """Whether the put is only for a key that does not exist; raises EngineError for an ETag."""
    condition = params.get("IfNoneMatch")
    if condition not in (None, "*"):
        raise EngineError("NotImplemented", "If-None-Match of a put can only be *", 501)
    return condition is not None


def lower_metadata(params: Mapping[str, Any]) -> dict[str, str]:
    """User metadata by lower-case name, as S3 keeps it."""
    return {name.lower(): value for name, value in params.get("Metadata", {}).items()}


def kept_headers(params: Mapping[str, Any]) -> dict[str, str]:
    """What is kept of a put besides the user's metadata."""
    kept = {name: params[name] for name in _KEPT if params.get(name)}
    return {"ContentType": "binary/octet-stream", **kept}


def given_checksums(params: Mapping[str, Any]) -> dict[str, str]:
    """The checksums that a request carries, by algorithm; raises EngineError for an unknown one."""
    given = {
        name.removeprefix("Checksum"): value
        for name, value in params.items()
        if name.startswith("Checksum") and name not in _ABOUT_CHECKSUMS
    }
    for algorithm in given:
        if algorithm not in ALGORITHMS:
            raise EngineError("NotImplemented", f"The local S3 does not know {algorithm}", 501)
    return given


def stored(info: ObjectInfo) -> dict[str, Any]:
    """The answer to a put."""
    return {"ETag": f'"{info.etag}"', **_checksums(info), **_version(info)}


def _described(info: ObjectInfo, params: Mapping[str, Any]) -> dict[str, Any]:
    headers = {name: value for name, value in info.properties.headers.items() if name != "Tagging"}
    checksums = _checksums(info) if params.get("ChecksumMode") == "ENABLED" else {}
    return {
        **headers,
        **checksums,
        **_version(info),
        "AcceptRanges": "bytes",
        "ContentLength": info.size,
        "ETag": f'"{info.etag}"',
        "LastModified": info.last_modified,
        "Metadata": dict(info.metadata),
    }


def _checksums(info: ObjectInfo) -> dict[str, str]:
    if not info.checksums:
        return {}
    kind = "COMPOSITE" if "-" in info.etag else "FULL_OBJECT"
    sums = {f"Checksum{algorithm}": value for algorithm, value in info.checksums.items()}
    return {**sums, "ChecksumType": kind}


def _version(info: ObjectInfo) -> dict[str, str]:
    return {"VersionId": info.version_id} if info.version_id else {}


def _require_conditions(info: ObjectInfo, params: Mapping[str, Any]) -> None:
    etag = f'"{info.etag}"'
    if params.get("IfMatch", etag).strip('"') not in (info.etag, "*"):
        raise EngineError("PreconditionFailed", "If-Match does not hold", 412)
    if params.get("IfNoneMatch", "").strip('"') in (info.etag, "*"):
        raise EngineError("NotModified", "Not Modified", 304)


def _range(text: str, size: int) -> tuple[int, int]:
    """First byte and length of a range; raises EngineError InvalidRange beyond the end."""
    match = _RANGE.fullmatch(text)
    if match is None or not (match["first"] or match["last"]):
        return 0, size
    if match["first"]:
        first = int(match["first"])
        last = min(int(match["last"] or size - 1), size - 1)
    else:
        first, last = max(size - int(match["last"]), 0), size - 1
    if first >= size or last < first:
        raise EngineError("InvalidRange", "The requested range is not satisfiable", 416)
    return first, last - first + 1
