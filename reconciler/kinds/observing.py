"""Observing: what answers of SageMaker about all kinds of things have in common."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from reconciler.core.call import Call
from reconciler.errors import NotThere, ServiceError
from reconciler.kinds.images import repository

_IMAGES = frozenset({"TrainingImage", "Image"})
"""Members that hold an image reference."""


def search(resource: str, tags: Mapping[str, str], token: str | None) -> Call:
    """The Search call for things with all of these tags; pages of 100 are its most."""
    filters = [
        {"Name": f"Tags.{key}", "Operator": "Equals", "Value": value}
        for key, value in sorted(tags.items())
    ]
    params: dict[str, Any] = {
        "Resource": resource,
        "SearchExpression": {"Filters": filters},
        "MaxResults": 100,
    }
    return Call("Search", params | ({"NextToken": token} if token else {}))


def tags_of(found: Mapping[str, Any]) -> dict[str, str]:
    """The tags of one result of Search, which has them, unlike an answer of Describe."""
    return {tag["Key"]: tag["Value"] for tag in found.get("Tags") or ()}


def is_missing(error: ServiceError, *starts: str) -> bool:
    """Whether an error says that something does not exist: by its code, or by a
    ValidationException whose message starts with one of the texts."""
    if isinstance(error, NotThere) or error.error_code == "ResourceNotFound":
        return True
    return error.error_code == "ValidationException" and error.detail.startswith(starts)


def differing(wanted: Mapping[str, Any], live: Mapping[str, Any]) -> tuple[str, ...]:
    """Member paths that are wanted and in which the live thing differs.

    A tag and a digest of one repository count as the same image.
    """
    return tuple(
        path
        for path, value in wanted.items()
        if value is not None and _compared(path, value) != _compared(path, live.get(path))
    )


def _compared(path: str, value: Any) -> Any:
    is_image = path.rpartition(".")[2] in _IMAGES and value is not None
    return repository(value) if is_image else value


def utc(moment: datetime | float) -> str:
    """UTC, ISO 8601 to the second; botocore parses times, a bare answer has seconds since 1970."""
    if not isinstance(moment, datetime):
        moment = datetime.fromtimestamp(moment, UTC)
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
