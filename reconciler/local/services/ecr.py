"""ECR: digests of images. There are no images here; each tag has a digest made from its name.

The digest is the SHA-256 of `<repository>:<tag>`, so that it is the same on every machine and
changes when the tag does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from reconciler.local.context import Context, Handler
from reconciler.local.errors import EngineError


def batch_get_image(context: Context, params: Mapping[str, Any]) -> dict[str, Any]:
    """BatchGetImage: the digests of images, without their manifests."""
    images = [
        {
            "registryId": params.get("registryId", context.account_id),
            "repositoryName": params["repositoryName"],
            "imageId": image,
        }
        for image in _images(params["repositoryName"], params["imageIds"])
    ]
    return {"images": images, "failures": []}


def describe_images(context: Context, params: Mapping[str, Any]) -> dict[str, Any]:
    """DescribeImages: the images that are named; none when none is."""
    details = []
    for image in _images(params["repositoryName"], params.get("imageIds", [])):
        detail: dict[str, Any] = {
            "registryId": params.get("registryId", context.account_id),
            "repositoryName": params["repositoryName"],
            "imageDigest": image["imageDigest"],
        }
        if "imageTag" in image:
            detail["imageTags"] = [image["imageTag"]]
        details.append(detail)
    return {"imageDetails": details}


OPERATIONS: Mapping[str, Handler] = {
    "BatchGetImage": batch_get_image,
    "DescribeImages": describe_images,
}


def _images(repository: str, wanted: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    return [_image(repository, image) for image in wanted]


def _image(repository: str, wanted: Mapping[str, str]) -> dict[str, str]:
    if "imageDigest" in wanted:
        return dict(wanted)
    if "imageTag" not in wanted:
        raise EngineError(
            "InvalidParameterException", "An image identifier has an imageTag or an imageDigest"
        )
    name = f"{repository}:{wanted['imageTag']}"
    digest = hashlib.sha256(name.encode()).hexdigest()
    return {"imageDigest": f"sha256:{digest}", "imageTag": wanted["imageTag"]}
