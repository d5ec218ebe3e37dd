"""SageMaker Runtime: InvokeEndpoint.

Of the variants of an endpoint the one that is named answers, else one by weight; while an update
shifts the traffic, its share decides first. A request for a container that was killed waits until
it is back.
"""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reconciler.local.context import Context, Handler
from reconciler.local.errors import EngineError
from reconciler.local.layout import endpoint_folder
from reconciler.local.serving import keeping
from reconciler.local.serving.endpoint import SERVING, Deployment, Endpoint, Variant
from reconciler.local.serving.hosting import Address

if TYPE_CHECKING:
    from reconciler.local.serving.client import Reply

_PATIENCE_SECONDS = 30.0
"""How long a request waits for a container that is not there."""
_PAUSE_SECONDS = 0.02
_TIMED_OUT = "Your invocation timed out while waiting for a response from container {}."
_PASSED_ON = {
    "CustomAttributes": "X-Amzn-SageMaker-Custom-Attributes",
    "InferenceId": "X-Amzn-SageMaker-Inference-Id",
}
"""Parameters that a container gets as headers."""


class _NobodyThere(Exception):
    """The containers are gone, not because of the request."""


@dataclass(frozen=True, slots=True)
class _Target:
    """Whom a request goes to."""

    endpoint: Endpoint
    deployment: Deployment
    variant: Variant


def invoke_endpoint(context: Context, params: Mapping[str, Any]) -> dict[str, Any]:
    """InvokeEndpoint: the answer of the model; raises EngineError ValidationError without an
    endpoint or variant, and ModelError when the container refuses or fails."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        target = _target(context, params)
        endpoint, number = target.endpoint, target.deployment.number
        addresses = context.hosting.addresses(endpoint.serial, number, target.variant.name)
        if addresses and _is_kept(context, endpoint):
            try:
                return _pass_through(context, target, addresses, params)
            except _NobodyThere:
                pass  # the containers were killed after we looked: they come back
        if time.monotonic() > deadline:
            raise _model_error(context, target, 0, 0, _TIMED_OUT)
        keeping.keep(context.root, context.hosting)
        time.sleep(_PAUSE_SECONDS)


OPERATIONS: Mapping[str, Handler] = {"InvokeEndpoint": invoke_endpoint}


def _target(context: Context, params: Mapping[str, Any]) -> _Target:
    name = params["EndpointName"]
    endpoint = context.hosting.endpoint(name)
    if endpoint is None or endpoint.status not in SERVING or endpoint.current is None:
        why = f" It is {endpoint.status}." if endpoint else ""
        raise _invalid(f"Endpoint {name} of account {context.account_id} not found.{why}")
    deployment = endpoint.current
    if endpoint.pending is not None and random.random() < endpoint.pending.share:
        deployment = endpoint.pending
    wanted = params.get("TargetVariant")
    if wanted is None:
        return _Target(endpoint, deployment, _by_weight(deployment.variants))
    for variant in deployment.variants:
        if variant.name == wanted:
            return _Target(endpoint, deployment, variant)
    raise _invalid(f"Variant {wanted} not found for Request")


def _is_kept(context: Context, endpoint: Endpoint) -> bool:
    return keeping.is_kept(context.root, endpoint.name, endpoint.serial)


def _by_weight(variants: Sequence[Variant]) -> Variant:
    weights = [variant.current_weight for variant in variants]
    return random.choices(variants, weights if any(weights) else None)[0]


def _pass_through(
    context: Context, target: _Target, addresses: Sequence[Address], params: Mapping[str, Any]
) -> dict[str, Any]:
    """Send a request through the containers of a variant, each getting the answer of the one
    before; with InferenceExecutionConfig Direct to the one that is named."""
    places = list(range(len(addresses)))
    mode = target.variant.model.get("InferenceExecutionConfig", {}).get("Mode")
    if mode == "Direct":
        places = [_direct_place(target.variant, params)]
    body, kind = params.get("Body", b""), params.get("ContentType", "application/json")
    for place in places:
        accept = params.get("Accept", "*/*") if place == places[-1] else "*/*"
        headers = {"Content-Type": kind, "Accept": accept}
        headers |= {header: params[name] for name, header in _PASSED_ON.items() if name in params}
        reply = _ask(context, target, place, address=addresses[place], body=body, headers=headers)
        body, kind = reply.body, reply.content_type
    return {"Body": body, "ContentType": kind, "InvokedProductionVariant": target.variant.name}


def _direct_place(variant: Variant, params: Mapping[str, Any]) -> int:
    wanted = params.get("TargetContainerHostname")
    names = [container.get("ContainerHostname") for container in variant.containers]
    if wanted is None or wanted not in names:
        raise _invalid(f"TargetContainerHostname must be one of {', '.join(filter(None, names))}")
    return names.index(wanted)


def _ask(
    context: Context,
    target: _Target,
    place: int,
    *,
    address: Address,
    body: bytes,
    headers: Mapping[str, str],
) -> Reply:
    from http.client import HTTPException

    from reconciler.local.serving.client import invoke

    try:
        reply = invoke(address, body, headers)
    except ValueError as error:
        raise _invalid(f"A header of the request cannot be sent: {error}") from None
    except TimeoutError:
        raise _model_error(context, target, place, 0, _TIMED_OUT) from None
    except (OSError, HTTPException) as error:
        if isinstance(error, ConnectionRefusedError) or not _is_kept(context, target.endpoint):
            raise _NobodyThere from None
        ended = "Container {} ended while it worked on the request."
        raise _model_error(context, target, place, 0, ended) from None
    if reply.status >= 400:
        message = reply.body.decode("utf-8", "replace")
        raise _model_error(context, target, place, reply.status, message)
    return reply


def _model_error(
    context: Context, target: _Target, place: int, status: int, message: str
) -> EngineError:
    """What SageMaker says when a container does not answer well; status 0 when it says nothing."""
    name = target.variant.container_name(place)
    endpoint = target.endpoint
    if status == 0:
        message = message.format(name)
    whose = "client" if 400 <= status < 500 else "server"
    logs = endpoint_folder(context.root, endpoint.name, endpoint.serial) / "logs"
    return EngineError(
        "ModelError",
        f'Received {whose} error ({status}) from {name} with message "{message}". '
        f"See {logs} for more information.",
        424,
        {"OriginalStatusCode": status, "OriginalMessage": message},
    )


def _invalid(message: str) -> EngineError:
    return EngineError("ValidationError", message)
