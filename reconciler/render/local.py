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
    def objects(self) -> Sequence[ObjectRow]: ...


def contents_text(held: ContentsRows, theme: Theme) -> str:
    """A line per job and per object, and the launch counter."""
    return "\n".join(_lines(held, theme)) + "\n"


def _lines(held: ContentsRows, theme: Theme) -> Iterator[str]:
    yield theme.paint(counted(held.launches, "launch", "launches"), "strong")
    width = max((len(job.name) for job in held.jobs), default=0)
    for job in held.jobs:
        yield f"  {inert(job.name):<{width}}  {job.status} / {job.secondary}"
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
        "objects": [
            {"uri": f"s3://{item.bucket}/{item.key}", "size": item.size, "etag": item.etag}
            for item in held.objects
        ],
    }
