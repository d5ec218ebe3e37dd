"""The JSON protocol of SageMaker, ECR and Logs: the operation in a header, all else in the body."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from reconciler.local.errors import EngineError
from reconciler.local.instants import epoch
from reconciler.local.wire.message import Request, Response, WireCall
from reconciler.servicemodel.load import ServiceModel

_CONTENT_TYPE = {"Content-Type": "application/x-amz-json-1.1"}

Leaf = Callable[[str, Any], Any]
"""What to make of a value that is no structure, list or map, given the type of its shape."""


def read(model: ServiceModel, request: Request) -> WireCall:
    """Read a call; members that are null count as absent. Raises EngineError."""
    operation = request.headers.get("x-amz-target", "").rpartition(".")[2]
    try:
        params = json.loads(request.body.read() or b"{}")
    except ValueError:
        raise EngineError("SerializationException", "The body is not JSON") from None
    if not isinstance(params, Mapping):
        raise EngineError("SerializationException", "The body is not a JSON object")
    if operation not in model.operation_names:
        return WireCall(operation, dict(params))
    shape = model.operation(operation).input
    return WireCall(operation, dict(_walk(model, shape, params, _decoded)))


def write(model: ServiceModel, operation: str, answer: Mapping[str, Any]) -> Response:
    """Write the answer to a call."""
    shape = model.operation(operation).output
    content = json.dumps(_walk(model, shape, answer, _encoded)) if shape else ""
    return Response(200, _CONTENT_TYPE, content.encode())


def write_error(error: EngineError) -> Response:
    """Write an error."""
    content = json.dumps({"__type": error.code, "message": error.message})
    headers = {**_CONTENT_TYPE, "x-amzn-ErrorType": error.code}
    return Response(error.http_status, headers, content.encode())


def _walk(model: ServiceModel, shape_name: str | None, value: Any, leaf: Leaf) -> Any:
    """Copy a value by its shape; what does not fit the shape stays, for `check` to find."""
    if shape_name is None or value is None:
        return value
    shape = model.shape(shape_name)
    if shape.type == "structure" and isinstance(value, Mapping):
        return {
            name: _walk(model, _member(shape.members, name), each, leaf)
            for name, each in value.items()
            if each is not None
        }
    if shape.type == "map" and isinstance(value, Mapping) and shape.element:
        return {key: _walk(model, shape.element.shape, each, leaf) for key, each in value.items()}
    if shape.type == "list" and isinstance(value, list) and shape.element:
        return [_walk(model, shape.element.shape, each, leaf) for each in value]
    return leaf(shape.type, value)


def _member(members: Mapping[str, Any], name: str) -> str | None:
    return members[name].shape if name in members else None


def _decoded(kind: str, value: Any) -> Any:
    if kind == "blob" and isinstance(value, str):
        try:
            return base64.b64decode(value, validate=True)
        except binascii.Error:
            raise EngineError("SerializationException", "A blob is not base64") from None
    return value


def _encoded(kind: str, value: Any) -> Any:
    if kind == "blob" and isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if kind == "timestamp" and isinstance(value, datetime | str):
        return epoch(value)
    return value
