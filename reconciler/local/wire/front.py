"""From an HTTP request to the engine and back, for every service.

Which service a request is for stands in its signature (the credential scope), so that all of them
can share one port. Signatures are not checked, but a request must have one: a web page cannot
make a browser send it.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import replace
from types import ModuleType

from reconciler.local.engine import SERVICES, Engine
from reconciler.local.errors import EngineError, UnknownCall
from reconciler.local.wire import jsonrpc, query, restjson, restxml
from reconciler.local.wire.message import Request, Response
from reconciler.servicemodel.load import load

_PROTOCOLS: dict[str, ModuleType] = {
    "json": jsonrpc,
    "query": query,
    "rest-json": restjson,
    "rest-xml": restxml,
}
_CREDENTIAL = re.compile(r"(?:Credential=)?[^/,\s]*/\d{8}/[^/]*/(?P<service>[^/]+)/aws4_request")


def answer(engine: Engine, request: Request) -> Response:
    """Answer a request; an error of the service is an answer too.

    Raises UnknownCall for what the engine does not have, EngineError for a request that is for no
    service, and NoAnswer as `Engine.handle` does.
    """
    service = service_of(request)
    if service not in SERVICES:
        raise UnknownCall(service, request.headers.get("x-amz-target") or request.path)
    model = load(service)
    protocol = _PROTOCOLS[model.metadata["protocol"]]
    try:
        call = protocol.read(model, request)
        response = protocol.write(
            model, call.operation, engine.handle(service, call.operation, call.params)
        )
    except UnknownCall:
        raise
    except EngineError as error:
        response = protocol.write_error(error)
    return _with_request_id(response)


def refusal(request: Request, error: EngineError) -> Response:
    """The error, in the protocol that the request seems to be in."""
    protocol = jsonrpc if "x-amz-target" in request.headers else query
    return _with_request_id(protocol.write_error(error))


def service_of(request: Request) -> str:
    """boto3's name of the service that a request is signed for.

    Raises EngineError MissingAuthenticationToken when it is not signed.
    """
    # A signature in the query is that of a presigned URL; an old one names no service.
    if "AWSAccessKeyId" in request.query:
        return "s3"
    signed = request.headers.get("authorization") or request.query.get("X-Amz-Credential", "")
    match = _CREDENTIAL.search(signed)
    if match is None:
        raise EngineError(
            "MissingAuthenticationToken",
            "Request is missing an authentication token: sign it with any credentials",
            403,
        )
    service = match["service"]
    # SageMaker Runtime signs as SageMaker does, whose only path is `/`.
    if service == "sagemaker" and request.path.startswith("/endpoints/"):
        return "sagemaker-runtime"
    return service


def _with_request_id(response: Response) -> Response:
    number = str(uuid.uuid4())
    headers = {"x-amzn-RequestId": number, "x-amz-request-id": number, **response.headers}
    return replace(response, headers=headers)
