"""S3: the operations on buckets, and the lists of what is in them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from reconciler.local.context import Context, Handler
from reconciler.local.errors import EngineError
from reconciler.local.store.objects import Listing, ObjectInfo

_PAGE = 1000
"""Keys on one page, at most (S3 API reference)."""


def create_bucket(context: Context, params: Mapping[str, Any]) -> dict[str, Any]:
    """CreateBucket; no error when it is there, as in us-east-1."""
    context.storage.index.create_bucket(params["Bucket"])
    return {"Location": f"/{params['Bucket']}"}


def head_bucket(context: Context, params: Mapping[str, Any]) -> dict[str, Any]:
    """HeadBucket."""
    context.storage.index.bucket(params["Bucket"])
    return {"BucketRegion": context.region}


def delete_bucket(context: Context, params: Mapping[str, Any]) -> dict[str, Any]:
    """DeleteBucket, if it is empty."""
    context.storage.index.delete_bucket(params["Bucket"])
    return {}


def list_buckets(context: Context, params: Mapping[str, Any]) -> dict[str, Any]:
    """ListBuckets, all at once."""
    return {
        "Buckets": [
            {"Name": bucket.name, "CreationDate": bucket.created}
            for bucket in context.storage.index.buckets()
        ],
        "Owner": {"ID": context.account_id},
    }


def get_bucket_versioning(context: Context, params: Mapping[str, Any]) -> dict[str, Any]:
    """GetBucketVersioning."""
    status = context.storage.index.bucket(params["Bucket"]).versioning
    return {"Status": status} if status else {}


def put_bucket_versioning(context: Context, params: Mapping[str, Any]) -> dict[str, Any]:
    """PutBucketVersioning."""
    status = params["VersioningConfiguration"].get("Status")
    if status not in ("Enabled", "Suspended"):
        raise EngineError("MalformedXML", "Versioning is Enabled or Suspended")
    context.storage.index.set_versioning(params["Bucket"], status)
    return {}


def list_objects_v2(context: Context, params: Mapping[str, Any]) -> dict[str, Any]:
    """ListObjectsV2."""
    token = params.get("ContinuationToken")
    page = _page(
        context, params, start_after=params.get("StartAfter", ""), start_at=_read_token(token)
    )
    answer = {
        **_page_members(page, params),
        "KeyCount": len(page.objects) + len(page.prefixes),
        **_echo(params, ("StartAfter",)),
    }
    if token is not None:
        answer["ContinuationToken"] = token
    if page.next_start is not None:
        answer["NextContinuationToken"] = base64.urlsafe_b64encode(
            page.next_start.encode()
        ).decode()
    return answer


def list_objects(context: Context, params: Mapping[str, Any]) -> dict[str, Any]:
    """ListObjects, the older form: a page begins after a marker."""
    page = _page(context, params, start_after=params.get("Marker", ""), start_at="")
    answer = {**_page_members(page, params), **_echo(params, ("Marker",))}
    if page.next_start is not None and (page.objects or page.prefixes):
        last = max(*(info.key for info in page.objects), *page.prefixes, "")
        answer["NextMarker"] = _encoded(params, last)
    return answer


def list_object_versions(context: Context, params: Mapping[str, Any]) -> dict[str, Any]:
    """ListObjectVersions, all at once."""
    versions, markers = [], []
    for info in context.storage.index.versions(params["Bucket"], params.get("Prefix", "")):
        entry = {
            "Key": _encoded(params, info.key),
            "VersionId": info.version_id or "null",
            "IsLatest": info.is_latest,
            "LastModified": info.last_modified,
        }
        if info.is_delete_marker:
            markers.append(entry)
        else:
            versions.append({**entry, "ETag": f'"{info.etag}"', "Size": info.size})
    return {
        "Name": params["Bucket"],
        "IsTruncated": False,
        "Versions": versions,
        "DeleteMarkers": markers,
        **_echo(params, ("Prefix",)),
    }


OPERATIONS: Mapping[str, Handler] = {
    "CreateBucket": create_bucket,
    "HeadBucket": head_bucket,
    "DeleteBucket": delete_bucket,
    "ListBuckets": list_buckets,
    "GetBucketVersioning": get_bucket_versioning,
    "PutBucketVersioning": put_bucket_versioning,
    "ListObjectsV2": list_objects_v2,
    "ListObjects": list_objects,
    "ListObjectVersions": list_object_versions,
}


def _page(
    context: Context, params: Mapping[str, Any], *, start_after: str, start_at: str
) -> Listing:
    size = _page_size(params)
    if size == 0:
        return Listing((), (), None)
    return context.storage.list(
        params["Bucket"],
        params.get("Prefix", ""),
        params.get("Delimiter", ""),
        start_after,
        size,
        start_at=start_at,
    )


def _page_size(params: Mapping[str, Any]) -> int:
    return min(int(params.get("MaxKeys", _PAGE)), _PAGE)


def _page_members(page: Listing, params: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "Name": params["Bucket"],
        "MaxKeys": _page_size(params),
        "IsTruncated": page.next_start is not None,
        "Contents": [_entry(info, params) for info in page.objects],
        "CommonPrefixes": [{"Prefix": _encoded(params, prefix)} for prefix in page.prefixes],
        **_echo(params, ("Prefix", "Delimiter")),
    }


def _entry(info: ObjectInfo, params: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "Key": _encoded(params, info.key),
        "LastModified": info.last_modified,
        "ETag": f'"{info.etag}"',
        "Size": info.size,
        "StorageClass": info.properties.headers.get("StorageClass", "STANDARD"),
    }


def _echo(params: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, str]:
    """The request's members that the answer repeats."""
    repeated = {name: _encoded(params, params[name]) for name in names if name in params}
    return {**repeated, **{n: params[n] for n in ("EncodingType",) if n in params}}


def _encoded(params: Mapping[str, Any], text: str) -> str:
    """A key as the answer has it: `EncodingType: url` is for keys that XML cannot hold."""
    return quote(text, safe="/") if params.get("EncodingType") == "url" else text


def _read_token(token: str | None) -> str:
    try:
        return base64.urlsafe_b64decode(token or "").decode()
    except (binascii.Error, ValueError):
        raise EngineError(
            "InvalidArgument", "The continuation token provided is incorrect"
        ) from None
