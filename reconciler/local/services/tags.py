"""Tags of SageMaker resources: set at creation, changed and read by ARN."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reconciler.local.context import Context, Handler
from reconciler.local.errors import EngineError

_MOST_TAGS = 50
"""Tags of one resource (AWS tagging rules)."""
_PAGE = 50
"""Tags on one page of ListTags unless asked otherwise."""


def require_tags(tags: Sequence[Mapping[str, str]]) -> Sequence[Mapping[str, str]]:
    """Return the tags; raise EngineError for a key that comes twice or that AWS keeps to itself."""
    keys = [tag["Key"].lower() for tag in tags]
    if len(set(keys)) < len(keys):
        raise EngineError(
            "ValidationException",
            "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
        )
    if any(key.startswith("aws:") for key in keys):
        raise EngineError("ValidationException", "aws: prefixed tag key names are not allowed")
    return tags


def add_tags(context: Context, params: Mapping[str, Any]) -> dict[str, Any]:
    """AddTags: set tags, replacing those of the same key; answers with all tags."""
    arn = _known(context, params["ResourceArn"])
    put = {tag["Key"]: tag["Value"] for tag in require_tags(params["Tags"])}
    if len(context.state.tags(arn) | put) > _MOST_TAGS:
        raise EngineError("ValidationException", f"A resource can have at most {_MOST_TAGS} tags")
    context.state.change_tags(arn, put=put, remove=())
    return {"Tags": _tag_list(context.state.tags(arn))}


def delete_tags(context: Context, params: Mapping[str, Any]) -> dict[str, Any]:
    """DeleteTags: remove tags by key."""
    arn = _known(context, params["ResourceArn"])
    context.state.change_tags(arn, put={}, remove=params["TagKeys"])
    return {}


def list_tags(context: Context, params: Mapping[str, Any]) -> dict[str, Any]:
    """ListTags: one page of a resource's tags."""
    tags = _tag_list(context.state.tags(_known(context, params["ResourceArn"])))
    start = _start(params.get("NextToken"))
    end = start + params.get("MaxResults", _PAGE)
    answer: dict[str, Any] = {"Tags": tags[start:end]}
    if end < len(tags):
        answer["NextToken"] = str(end)
    return answer


OPERATIONS: Mapping[str, Handler] = {
    "AddTags": add_tags,
    "DeleteTags": delete_tags,
    "ListTags": list_tags,
}


def _known(context: Context, arn: str) -> str:
    """The ARN, if it is that of a training job here."""
    prefix = context.arn("training-job", "")
    if arn.startswith(prefix) and context.state.find(arn.removeprefix(prefix)):
        return arn
    raise EngineError("ValidationException", f"Could not find resource {arn}")


def _start(token: str | None) -> int:
    if token is None:
        return 0
    if not token.isdecimal():
        raise EngineError("ValidationException", "Invalid NextToken")
    return int(token)


def _tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
