"""The REST-XML protocol of S3: which operation a method, a path and a query mean, and its parts.

The bucket is in the path or in the host name; members are in path, query, headers and body.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, unquote
from xml.etree.ElementTree import Element, SubElement

from reconciler.local.errors import EngineError
from reconciler.local.instants import http_date
from reconciler.local.wire import xml
from reconciler.local.wire.chunked import decoded
from reconciler.local.wire.message import Request, Response, WireCall
from reconciler.servicemodel.load import Member, ServiceModel, Shape, load

_BUCKET_HOST = re.compile(
    r"(?P<bucket>.+)\.(?:s3[a-z0-9.\-]*\.amazonaws\.com(?:\.cn)?|localhost)(?::\d+)?"
)
_XML = "application/xml"
_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
_NOT_MODIFIED = 304

_ROOTS = {
    "ListBuckets": "ListAllMyBucketsResult",
    "ListObjects": "ListBucketResult",
    "ListObjectsV2": "ListBucketResult",
    "ListObjectVersions": "ListVersionsResult",
    "GetBucketVersioning": "VersioningConfiguration",
    "GetObjectTagging": "Tagging",
    "DeleteObjects": "DeleteResult",
    "CreateMultipartUpload": "InitiateMultipartUploadResult",
    "CompleteMultipartUpload": "CompleteMultipartUploadResult",
}
"""The root elements of answers, which the service model does not tell (S3 API reference)."""


@dataclass(frozen=True, slots=True)
class _Route:
    """What a request must have to mean an operation."""

    operation: str
    method: str
    places: tuple[str, ...]
    """Of `Bucket` and `Key`, those that must be there."""
    literals: tuple[tuple[str, str], ...]
    """Query parameters of the operation's URI, with their values."""
    query: tuple[str, ...]
    """Query parameters that are required."""
    headers: tuple[str, ...]
    """Headers that are required, in lower case."""

    def fits(self, request: Request, places: Mapping[str, str]) -> bool:
        """Whether the request can mean this operation."""
        return (
            request.method == self.method
            and tuple(places) == self.places
            and all(request.query.get(name) == value for name, value in self.literals)
            and all(name in request.query for name in self.query)
            and all(name in request.headers for name in self.headers)
        )

    @property
    def weight(self) -> int:
        """How special the operation is: of those that fit, the heaviest is meant."""
        return len(self.literals) + len(self.query) + len(self.headers)


def read(model: ServiceModel, request: Request) -> WireCall:
    """Read a call. Raises EngineError for a request that means no operation."""
    request = decoded(request)
    places = _places(request)
    fitting = [route for route in _routes(model.service) if route.fits(request, places)]
    if not fitting:
        raise EngineError("MethodNotAllowed", "The request means no operation of S3", 405)
    operation = max(fitting, key=lambda route: route.weight).operation
    name = model.operation(operation).input
    if name is None:
        return WireCall(operation, {})
    return WireCall(operation, dict(_params(model, model.shape(name), request, places)))


def write(model: ServiceModel, operation: str, answer: Mapping[str, Any]) -> Response:
    """Write the answer to a call."""
    description = model.operation(operation)
    status = 206 if "ContentRange" in answer else description.status
    if description.output is None:
        return Response(status)
    shape = model.shape(description.output)
    headers = dict(_headers(model, shape, answer))
    if shape.payload is None:
        members = [each for each in shape.members.values() if each.location is None]
        if not members:
            return Response(status, headers)
        root = Element(_ROOTS.get(operation, operation), {"xmlns": _NAMESPACE})
        xml.add(model, root, shape, answer)
        return Response(status, {"Content-Type": _XML, **headers}, xml.write(root))
    payload = shape.members[shape.payload]
    inner = model.shape(payload.shape)
    if inner.type == "structure":
        root = Element(payload.wire_name, {"xmlns": _NAMESPACE})
        xml.add(model, root, inner, answer.get(shape.payload, {}))
        return Response(status, {"Content-Type": _XML, **headers}, xml.write(root))
    return Response(status, headers, answer.get(shape.payload, b""))


def write_error(error: EngineError) -> Response:
    """Write an error; the front leaves the body out when the method is HEAD."""
    if error.http_status == _NOT_MODIFIED:  # HTTP allows it no body
        return Response(error.http_status)
    root = Element("Error")
    SubElement(root, "Code").text = error.code
    SubElement(root, "Message").text = error.message
    return Response(error.http_status, {"Content-Type": _XML}, xml.write(root))


@cache
def _routes(service: str) -> tuple[_Route, ...]:
    model = load(service)
    return tuple(_route(model, name) for name in model.operation_names)


def _route(model: ServiceModel, name: str) -> _Route:
    operation = model.operation(name)
    path, _, query = operation.uri.partition("?")
    shape = model.shape(operation.input) if operation.input else None
    required = [shape.members[each] for each in shape.required] if shape else []
    return _Route(
        operation=name,
        method=operation.method,
        places=tuple(place.rstrip("+") for place in re.findall(r"\{([^}]+)\}", path)),
        literals=tuple(parse_qsl(query, keep_blank_values=True)),
        query=tuple(each.wire_name for each in required if each.location == "querystring"),
        headers=tuple(each.wire_name.lower() for each in required if each.location == "header"),
    )


def _places(request: Request) -> dict[str, str]:
    """Bucket and key, as far as the request has them."""
    try:
        path = unquote(request.path, errors="strict").removeprefix("/")
    except UnicodeDecodeError:
        raise EngineError("InvalidURI", "Couldn't parse the specified URI.") from None
    host = _BUCKET_HOST.fullmatch(request.headers.get("host", ""))
    bucket, _, key = (host["bucket"], "", path) if host else path.partition("/")
    places = {"Bucket": bucket, "Key": key}
    return {name: value for name, value in places.items() if value}


def _params(
    model: ServiceModel, shape: Shape, request: Request, places: Mapping[str, str]
) -> Iterator[tuple[str, Any]]:
    for name, member in shape.members.items():
        kind = model.shape(member.shape).type
        wire = member.wire_name
        match member.location:
            case "uri" if name in places:
                yield name, places[name]
            case "querystring" if wire in request.query:
                yield name, xml.scalar(kind, request.query[wire])
            case "header" if wire.lower() in request.headers:
                yield name, xml.scalar(kind, request.headers[wire.lower()])
            case "headers":
                found = _prefixed(request.headers, wire.lower())
                if found:
                    yield name, found
            case None if name == shape.payload:
                yield from _payload(model, member, request)


def _payload(model: ServiceModel, member: Member, request: Request) -> Iterator[tuple[str, Any]]:
    shape = model.shape(member.shape)
    if shape.type != "structure":
        yield member.name, request.body
    elif content := request.body.read():
        yield member.name, xml.read(model, xml.parse(content), shape)


def _prefixed(headers: Mapping[str, str], prefix: str) -> dict[str, str]:
    return {
        name.removeprefix(prefix): value
        for name, value in headers.items()
        if name.startswith(prefix)
    }


def _headers(
    model: ServiceModel, shape: Shape, answer: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    for name, member in shape.members.items():
        if name not in answer:
            continue
        if member.location == "headers":
            for key, value in answer[name].items():
                yield f"{member.wire_name}{key}", str(value)
        elif member.location == "header":
            kind = model.shape(member.shape).type
            value = answer[name]
            yield (
                member.wire_name,
                (http_date(value) if kind == "timestamp" else xml.text(kind, value)),
            )
