"""Parts: the containers of a model, one or several, seen alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reconciler.core.environment import Environment
from reconciler.kinds.images import image_uri
from reconciler.kinds.model.container import Artifact, Container
from reconciler.kinds.model.spec import ModelSpec


@dataclass(frozen=True, slots=True)
class Part:
    """One container of a model, with its artifact and environment variables."""

    path: tuple[str, ...]
    """Where it stands in the spec: `("container",)`, `("containers", "0")`."""
    artifact_path: tuple[str, ...]
    env_path: tuple[str, ...]
    container: Container
    artifact: Artifact | None
    env: dict[str, str]


def parts_of(spec: ModelSpec) -> Iterator[Part]:
    """Every container, in the order of the request."""
    if spec.containers is None:
        container = spec.container or Container()
        yield Part(
            ("container",), ("artifact",), ("env",), container, spec.artifact, spec.env or {}
        )
    for index, item in enumerate(spec.containers or ()):
        path = ("containers", str(index))
        places = ((*path, "artifact"), (*path, "env"))
        yield Part(path, *places, item, item.artifact, item.env or {})


def image_of(container: Container, environment: Environment) -> str | None:
    """The image URI, written in the document or from the table; None where a package brings it.

    Raises `kinds.images.UnknownImage` for what the table does not have.
    """
    if container.image is not None or container.framework is None:
        return container.image
    base = None
    if container.base_framework_version:
        base = (container.base_framework or "pytorch") + container.base_framework_version
    return image_uri(
        container.framework,
        container.framework_version,
        region=environment.aws_region,
        instance_type=container.instance_type,
        python_version=container.python_version,
        base=base,
        scope="inference",
    )
