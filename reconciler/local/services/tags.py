"""Tags of SageMaker resources: set at creation, changed and read by ARN."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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


def requested_tags(params: Mapping[str, Any]) -> dict[str, str]:
    """The tags of a Create call; raises EngineError as `require_tags` does."""
    return {tag["Key"]: tag["Value"] for tag in require_tags(params.get("Tags", []))}


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
    """The ARN, if it is that of something here."""
    kind, _, name = arn.removeprefix(context.arn("", "")[:-1]).partition("/")
    find = _FINDERS.get(kind)
    if find is not None and context.arn(kind, name) == arn and find(context, name):
        return arn
    raise EngineError("ValidationException", f"Could not find resource {arn}")


_FINDERS: Mapping[str, Callable[[Context, str], object]] = {
    "training-job": lambda context, name: context.state.find(name),
    "model": lambda context, name: context.hosting.find("model", name),
    "endpoint-config": lambda context, name: context.hosting.find("endpoint-config", name),
    "endpoint": lambda context, name: context.hosting.endpoint(name),
}
"""How to find what has tags, by the kind in its ARN."""


def _start(token: str | None) -> int:
    if token is None:
        return 0
    if not token.isdecimal():
        raise EngineError("ValidationException", "Invalid NextToken")
    return int(token)


def _tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
