"""What the local engine holds, as text and as a document for machines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from reconciler.render.inert import inert
from reconciler.render.theme import Theme
from reconciler.render.values import counted


class JobRow(Protocol):
    """A job of the engine."""

    @property
    def name(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def secondary(self) -> str: ...
    @property
    def artifact_uri(self) -> str | None: ...


class ModelRow(Protocol):
    """A model of the engine."""

    @property
    def name(self) -> str: ...


class EndpointRow(Protocol):
    """An endpoint of the engine."""

    @property
    def name(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def failure_reason(self) -> str | None: ...


class ObjectRow(Protocol):
    """An object of the engine's S3."""

    @property
    def bucket(self) -> str: ...
    @property
    def key(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def etag(self) -> str: ...


class ContentsRows(Protocol):
    """All of it."""

    @property
    def launches(self) -> int: ...
    @property
    def jobs(self) -> Sequence[JobRow]: ...
    @property
    def models(self) -> Sequence[ModelRow]: ...
    @property
    def endpoints(self) -> Sequence[EndpointRow]: ...
    @property
    def objects(self) -> Sequence[ObjectRow]: ...


def contents_text(held: ContentsRows, theme: Theme) -> str:
    """A line per job, model, endpoint and object, and the launch counter."""
    return "\n".join(_lines(held, theme)) + "\n"


def _lines(held: ContentsRows, theme: Theme) -> Iterator[str]:
    yield theme.paint(counted(held.launches, "launch", "launches"), "strong")
    width = max((len(job.name) for job in held.jobs), default=0)
    for job in held.jobs:
        yield f"  {inert(job.name):<{width}}  {job.status} / {job.secondary}"
    if held.models:
        yield theme.paint(counted(len(held.models), "model"), "strong")
    for model in held.models:
        yield f"  {inert(model.name)}"
    if held.endpoints:
        yield theme.paint(counted(len(held.endpoints), "endpoint"), "strong")
    width = max((len(endpoint.name) for endpoint in held.endpoints), default=0)
    for endpoint in held.endpoints:
        yield f"  {inert(endpoint.name):<{width}}  {endpoint.status}"
    yield theme.paint(counted(len(held.objects), "object"), "strong")
    for item in held.objects:
        yield f"  {item.size:>12,}  s3://{inert(item.bucket)}/{inert(item.key)}"


def contents_document(held: ContentsRows) -> dict[str, Any]:
    """`reconciler/local/v1`."""
    return {
        "format": "reconciler/local/v1",
        "launches": held.launches,
        "jobs": [
            {
                "name": job.name,
                "status": job.status,
                "secondary_status": job.secondary,
                "artifact_uri": job.artifact_uri,
            }
            for job in held.jobs
        ],
        "models": [{"name": model.name} for model in held.models],
        "endpoints": [
            {
                "name": endpoint.name,
                "status": endpoint.status,
                "failure_reason": endpoint.failure_reason,
            }
            for endpoint in held.endpoints
        ],
        "objects": [
            {"uri": f"s3://{item.bucket}/{item.key}", "size": item.size, "etag": item.etag}
            for item in held.objects
        ],
    }
