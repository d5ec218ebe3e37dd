"""Models: create, describe and delete, as SageMaker does. A model never changes."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from reconciler.local import faults
from reconciler.local.container import ImageNotRunnable, serving_interpreter
from reconciler.local.context import Context, Handler
from reconciler.local.errors import EngineError
from reconciler.local.images import read_images
from reconciler.local.services.tags import requested_tags
from reconciler.local.serving.endpoint import containers_of
from reconciler.local.serving.hosting import Resource
from reconciler.local.serving.sources import model_sources


def model_arn(context: Context, name: str) -> str:
    """The ARN of a model."""
    return context.arn("model", name)


def model_not_found(context: Context, name: str) -> EngineError:
    """SageMaker's words for a model that is not there (AWS's own controllers match them)."""
    return EngineError("ValidationException", f'Could not find model "{model_arn(context, name)}".')


def is_visible(context: Context, resource: Resource, kind: str) -> bool:
    """Whether reads find a model, endpoint config or endpoint; a fault may hide a young one."""
    age = time.time() - resource.created
    subject = f"{kind}/{resource.name}"
    return not faults.hides(context.state, resource.name, subject=subject, age=age)


def create(context: Context, params: Mapping[str, Any]) -> dict[str, Any]:
    """CreateModel: keep a model whose artifact is there and whose image can run here."""
    name = params["ModelName"]
    arn = model_arn(context, name)
    if ("PrimaryContainer" in params) == bool(params.get("Containers")):
        raise EngineError(
            "ValidationException", "Specify either PrimaryContainer or Containers, and not both."
        )
    tags = requested_tags(params)
    if context.hosting.find("model", name) is None:
        for container in containers_of(params):
            _require_container(context, container)
    request = {member: value for member, value in params.items() if member != "Tags"}
    if not context.hosting.add("model", name, request, arn=arn, tags=tags):
        raise EngineError("ValidationException", f'Cannot create already existing model "{arn}".')
    return {"ModelArn": arn}


def describe(context: Context, params: Mapping[str, Any]) -> dict[str, Any]:
    """DescribeModel: what was asked for, with SageMaker's defaults, and never the tags."""
    name = params["ModelName"]
    model = context.hosting.find("model", name)
    if model is None or not is_visible(context, model, "model"):
        raise model_not_found(context, name)
    return description(model, model_arn(context, name))


def description(model: Resource, arn: str) -> dict[str, Any]:
    """The answer of DescribeModel; times are seconds since the epoch."""
    answer = {"EnableNetworkIsolation": False, **model.request}
    if "PrimaryContainer" in answer:
        answer["PrimaryContainer"] = {"Mode": "SingleModel", **answer["PrimaryContainer"]}
    if "Containers" in answer:
        answer["Containers"] = [{"Mode": "SingleModel", **each} for each in answer["Containers"]]
    return {**answer, "ModelArn": arn, "CreationTime": model.created}


def delete(context: Context, params: Mapping[str, Any]) -> dict[str, Any]:
    """DeleteModel: forget a model; its artifact stays, and endpoints go on serving it."""
    name = params["ModelName"]
    if not context.hosting.remove("model", name, arn=model_arn(context, name)):
        raise model_not_found(context, name)
    return {}


OPERATIONS: Mapping[str, Handler] = {
    "CreateModel": create,
    "DescribeModel": describe,
    "DeleteModel": delete,
}


def _require_container(context: Context, container: Mapping[str, Any]) -> None:
    try:
        serving_interpreter(container, read_images(context.root))
    except ImageNotRunnable as refusal:
        raise EngineError("ValidationException", refusal.message) from None
    for source in model_sources(container):
        uri = source["S3Uri"]
        if not _is_there(context, uri, is_prefix=source["S3DataType"] == "S3Prefix"):
            raise EngineError("ValidationException", f"Could not find model data at {uri}.")


def _is_there(context: Context, uri: str, *, is_prefix: bool) -> bool:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    try:
        if is_prefix:
            return bool(context.storage.list(bucket, key, max_keys=1).objects)
        context.storage.head(bucket, key)
    except EngineError:
        return False
    return True
