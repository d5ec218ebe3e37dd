"""The REST-JSON protocol of SageMaker Runtime: a body that means nothing here, and what is around.

Its operations are told apart by their paths; all members besides the body are text, in the path
and in headers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import unquote

from reconciler.local.errors import EngineError
from reconciler.local.wire.message import Request, Response, WireCall
from reconciler.servicemodel.load import ServiceModel, load


def read(model: ServiceModel, request: Request) -> WireCall:
    """Read a call. Raises EngineError for a request that means no operation."""
    for operation, pattern in _paths(model.service):
        match = pattern.fullmatch(request.path)
        if match is not None and request.method == model.operation(operation).method:
            places = {name: unquote(text) for name, text in match.groupdict().items()}
            return WireCall(operation, {**places, **_params(model, operation, request)})
    raise EngineError("UnknownOperationException", f"{request.path} means no operation", 404)


def write(model: ServiceModel, operation: str, answer: Mapping[str, Any]) -> Response:
    """Write the answer to a call."""
    output = model.operation(operation).output
    members = model.shape(output).members if output else {}
    headers = {
        members[name].wire_name: str(value)
        for name, value in answer.items()
        if name in members and members[name].location == "header"
    }
    return Response(model.operation(operation).status, headers, answer.get("Body", b""))


def write_error(error: EngineError) -> Response:
    """Write an error."""
    content = json.dumps({"Message": error.message, **error.members})
    headers = {"Content-Type": "application/json", "x-amzn-ErrorType": error.code}
    return Response(error.http_status, headers, content.encode())


@cache
def _paths(service: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Each operation with the pattern of its path."""
    model = load(service)
    return tuple(
        (name, re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", model.operation(name).uri)))
        for name in model.operation_names
    )


def _params(model: ServiceModel, operation: str, request: Request) -> dict[str, Any]:
    shape = model.shape(model.operation(operation).input or "")
    params: dict[str, Any] = {
        name: request.headers[member.wire_name.lower()]
        for name, member in shape.members.items()
        if member.location == "header" and member.wire_name.lower() in request.headers
    }
    if shape.payload is not None:
        params[shape.payload] = request.body.read()
    return params
