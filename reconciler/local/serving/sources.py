"""Where the files of a container come from: pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Source = Mapping[str, Any]
"""In the shape of S3ModelDataSource."""


def archive_source(uri: str) -> Source:
    """A tar.gz in S3."""
    return {"S3Uri": uri, "S3DataType": "S3Object", "CompressionType": "Gzip"}


def model_sources(definition: Mapping[str, Any]) -> list[Source]:
    """Where the model of a ContainerDefinition lies; none or one."""
    if "ModelDataUrl" in definition:
        return [archive_source(definition["ModelDataUrl"])]
    source = definition.get("ModelDataSource", {}).get("S3DataSource")
    return [source] if source else []
