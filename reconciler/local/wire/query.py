"""The query protocol of STS: a form in, XML out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl
from xml.etree.ElementTree import Element, SubElement

from reconciler.local.errors import EngineError
from reconciler.local.wire import xml
from reconciler.local.wire.message import Request, Response, WireCall
from reconciler.servicemodel.load import ServiceModel

_CONTENT_TYPE = {"Content-Type": "text/xml"}
_BAD_REQUEST_BELOW = 500


def read(model: ServiceModel, request: Request) -> WireCall:
    """Read a call whose parameters are plain texts; nested ones are not needed here."""
    form = dict(parse_qsl(request.body.read().decode("utf-8", "replace"), keep_blank_values=True))
    form.update(request.query)
    operation = form.pop("Action", "")
    form.pop("Version", None)
    return WireCall(operation, dict(form))


def write(model: ServiceModel, operation: str, answer: Mapping[str, Any]) -> Response:
    """Write the answer to a call."""
    description = model.operation(operation)
    root = Element(f"{operation}Response", {"xmlns": model.metadata["xmlNamespace"]})
    if description.output and description.result_wrapper:
        result = SubElement(root, description.result_wrapper)
        xml.add(model, result, model.shape(description.output), answer)
    return Response(200, _CONTENT_TYPE, xml.write(root))


def write_error(error: EngineError) -> Response:
    """Write an error."""
    root = Element("ErrorResponse")
    inner = SubElement(root, "Error")
    sender = error.http_status < _BAD_REQUEST_BELOW
    SubElement(inner, "Type").text = "Sender" if sender else "Receiver"
    SubElement(inner, "Code").text = error.code
    SubElement(inner, "Message").text = error.message
    return Response(error.http_status, _CONTENT_TYPE, xml.write(root))
