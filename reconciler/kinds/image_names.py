"""Image names: which framework or algorithm of the table an image URI stands for.

The way back from `kinds/images.py`, for `import`. A name counts only if it gives the very same URI.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.kinds.images import UnknownImage, image_uri, table


@dataclass(frozen=True, slots=True)
class ImageName:
    """What `image_uri` needs to give an image."""

    name: str
    version: str
    python_version: str | None
    base: str | None
    """Hugging Face's framework with its version, such as `pytorch2.5.1`."""


def names_of(
    uri: str, *, region: str, instance_type: str | None, smdistributed: bool = False
) -> Iterator[ImageName]:
    """Every name that gives exactly this URI in a region and on an instance type, for a job with
    AWS's smdistributed libraries or without."""
    repository = uri.rpartition("/")[2].partition(":")[0]
    for name, versions in table()["images"]["training"].items():
        for version, found in versions.items():
            for candidate in _candidates(name, version, found, repository):
                if uri == _uri(candidate, region, instance_type, smdistributed):
                    yield candidate


def _candidates(
    name: str, version: str, found: int | Mapping[str, int], repository: str
) -> Iterator[ImageName]:
    """Names of one version whose image is in a repository of that name."""
    keyed = [(None, found)] if isinstance(found, int) else [*found.items()]
    for key, index in keyed:
        entry: Mapping[str, Any] = table()["entries"][index]
        if entry["repository"].rpartition("/")[2] != repository:
            continue
        if key is not None and key.startswith("py") and key[2:].isdigit():
            yield ImageName(name, version, key, None)
            continue
        for python in entry.get("python") or (None,):
            yield ImageName(name, version, python, key)


def _uri(
    candidate: ImageName, region: str, instance_type: str | None, smdistributed: bool
) -> str | None:
    try:
        return image_uri(
            candidate.name,
            candidate.version,
            region=region,
            instance_type=instance_type,
            python_version=candidate.python_version,
            base=candidate.base,
            smdistributed=smdistributed,
        )
    except UnknownImage:
        return None
