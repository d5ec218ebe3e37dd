"""Limits of the environment, checked on what a model would be created with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.core.environment import Environment
from reconciler.core.fields import get
from reconciler.core.kind import Finding
from reconciler.kinds import limits
from reconciler.kinds.findings import Path
from reconciler.kinds.images import UnknownImage
from reconciler.kinds.model.fields import DATA_SOURCE, PRIMARY, TABLE
from reconciler.kinds.model.parts import image_of, parts_of
from reconciler.kinds.model.spec import ModelSpec


def roles(spec: ModelSpec, environment: Environment) -> Iterator[Finding]:
    """E206: `limits.role_arns`."""
    path = limits.place_of("ExecutionRoleArn", ("role_arn",), spec.api_overrides)
    yield from limits.role(_request(spec).get("ExecutionRoleArn"), path, environment)


def images(spec: ModelSpec, environment: Environment) -> Iterator[Finding]:
    """E206: `limits.images`."""
    allowed = environment.limits.images
    for path, image in _images(spec, environment) if allowed is not None else ():
        if not limits.matches(image, allowed or ()):
            message = f"the image {image} is not allowed in {environment.name}"
            yield limits.refused(path, message, allowed or ())


def buckets(spec: ModelSpec, environment: Environment) -> Iterator[Finding]:
    """E206: `limits.buckets`, for all that a model reads."""
    yield from limits.buckets(_uris(spec), environment)


def required(spec: ModelSpec, environment: Environment) -> Iterator[Finding]:
    """E206: `limits.require` and `limits.require_tags`, as far as they mean a model."""
    request = _request(spec)
    wanted = environment.limits.require or ()
    if "vpc" in wanted and not request.get("VpcConfig"):
        message = f"each model of {environment.name} needs `networking.subnets`"
        yield Finding("E206", message, ("networking",))
    if "network_isolation" in wanted and not request.get("EnableNetworkIsolation"):
        message = f"each model of {environment.name} needs `networking.network_isolation: true`"
        yield Finding("E206", message, ("networking",))
    yield from limits.labelled(spec, environment, "model")


def _request(spec: ModelSpec) -> dict[str, Any]:
    return limits.request_of(spec, TABLE, spec.api_overrides)


def _overridden(spec: ModelSpec) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Containers that `api_overrides` say, each with its path."""
    overrides = spec.api_overrides or {}
    if isinstance(overrides.get(PRIMARY), Mapping):
        yield ("api_overrides", PRIMARY), overrides[PRIMARY]
    for container in overrides.get("Containers") or ():
        if isinstance(container, Mapping):
            yield ("api_overrides", "Containers"), container


def _images(spec: ModelSpec, environment: Environment) -> Iterator[tuple[Path, str]]:
    for part in parts_of(spec):
        try:
            image = image_of(part.container, environment)
        except UnknownImage:
            continue
        if image is not None:
            yield (*part.path, "image" if part.container.image else "framework"), image
    for path, container in _overridden(spec):
        if isinstance(container.get("Image"), str):
            yield (*path, "Image"), container["Image"]


def _uris(spec: ModelSpec) -> Iterator[tuple[Path, str]]:
    for part in parts_of(spec):
        if part.artifact is not None and part.artifact.s3_uri:
            yield (*part.artifact_path, "s3_uri"), part.artifact.s3_uri
        for name, source in (part.container.additional_model_data_sources or {}).items():
            if source.s3_uri:
                where = (*part.path, "additional_model_data_sources", name, "s3_uri")
                yield where, source.s3_uri
    for path, container in _overridden(spec):
        source_uri = get(container, (*DATA_SOURCE.split("."), "S3Uri"))
        for uri in (container.get("ModelDataUrl"), source_uri):
            if isinstance(uri, str):
                yield path, uri


RULES = (roles, images, buckets, required)
