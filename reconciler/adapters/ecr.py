"""ECR: the digest behind a tag."""

from __future__ import annotations

import re
from dataclasses import dataclass

from reconciler.adapters.aws_clients import Clients
from reconciler.adapters.aws_errors import translated
from reconciler.errors import AccessDenied, NotThere

# Hosts of all partitions: `<account>.dkr.ecr.<region>.<suffix>`, and the dual-stack form
# `<account>.dkr-ecr.<region>.on.aws`.
_IMAGE = re.compile(
    r"(?P<account>[0-9]{12})\.dkr[.-]ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)\.[a-z0-9.-]+"
    r"/(?P<repository>[a-z0-9][a-z0-9._/-]*)"
    r"(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]*))?"
    r"(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)

# With an index among them, a tag of several platforms gives the digest of the index itself.
_MEDIA_TYPES = [
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.oci.image.index.v1+json",
]


@dataclass(frozen=True, slots=True)
class EcrImage:
    """An image in ECR."""

    account: str
    region: str
    repository: str
    tag: str
    digest: str | None


def parse_image(image: str) -> EcrImage | None:
    """The parts of an image's name; None if it is not in ECR."""
    match = _IMAGE.fullmatch(image)
    if match is None:
        return None
    return EcrImage(
        account=match["account"],
        region=match["region"],
        repository=match["repository"],
        tag=match["tag"] or "latest",
        digest=match["digest"],
    )


def image_digest(clients: Clients, image: str) -> str | None:
    """`sha256:…` of an image; None where the registry does not let us ask.

    Raises NotThere if the registry has no image of that tag.
    """
    name = parse_image(image)
    if name is None or name.digest:
        return name.digest if name else None
    try:
        with translated("BatchGetImage"):
            answer = clients.get("ecr", region=name.region).batch_get_image(
                registryId=name.account,
                repositoryName=name.repository,
                imageIds=[{"imageTag": name.tag}],
                acceptedMediaTypes=_MEDIA_TYPES,
            )
    except (AccessDenied, NotThere):
        return None
    for found in answer.get("images", []):
        return str(found["imageId"]["imageDigest"])
    raise NotThere("BatchGetImage", "ImageNotFound", f"{image} is not in its registry")
