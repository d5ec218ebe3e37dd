"""Images: which Python on this machine stands in for a container image, and what it runs.

A framework image runs in this Python when the framework can be imported in it. Other images run
where a mapping (image pattern to interpreter) says so. What cannot run here is refused, never
faked.
"""

from __future__ import annotations

import importlib.util
import shutil
import sys
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from reconciler.local import scriptmode

FRAMEWORKS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "sagemaker-scikit-learn": (("sklearn", "scikit-learn"),),
    "sagemaker-xgboost": (("xgboost", "xgboost"),),
    "pytorch-training": (("torch", "torch"),),
    "tensorflow-training": (("tensorflow", "tensorflow"),),
    "huggingface-pytorch-training": (("torch", "torch"), ("transformers", "transformers")),
    "pytorch-inference": (("torch", "torch"),),
    "huggingface-pytorch-inference": (("torch", "torch"), ("transformers", "transformers")),
}
"""Repositories of AWS's framework images, with the module and the package each of them needs."""


class ImageNotRunnable(Exception):
    """The image of a request cannot run on this machine; `str()` says what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def without_version(image: str) -> str:
    """An image URI without its tag and digest."""
    name = image.partition("@")[0]
    folder, slash, last = name.rpartition("/")
    return folder + slash + last.partition(":")[0]


def interpreter_for(request: Mapping[str, Any], images: Mapping[str, str]) -> str:
    """The interpreter that runs the training image of a CreateTrainingJob request.

    `images` maps patterns (as in a shell, on the image without tag and digest) to interpreters.
    Raises ImageNotRunnable when the image cannot run here.
    """
    image = request.get("AlgorithmSpecification", {}).get("TrainingImage")
    if not image:
        raise ImageNotRunnable(
            "The local engine runs training images only: give AlgorithmSpecification.TrainingImage"
        )
    has_command = bool(_entrypoint(request) or scriptmode.entry_point(request))
    return _interpreter(without_version(image), images, has_command=has_command)


def serving_interpreter(container: Mapping[str, Any], images: Mapping[str, str]) -> str:
    """The interpreter that serves a ContainerDefinition of a CreateModel request.

    Raises ImageNotRunnable when the image cannot run here.
    """
    if not container.get("Image"):
        raise ImageNotRunnable(
            "The local engine has no model packages: give the container an Image"
        )
    if container.get("Mode") == "MultiModel":
        raise ImageNotRunnable(
            "The local engine serves one model per container: MultiModel runs on SageMaker only"
        )
    return _interpreter(without_version(container["Image"]), images, has_command=True)


def _interpreter(name: str, images: Mapping[str, str], *, has_command: bool) -> str:
    for pattern, interpreter in images.items():
        if fnmatchcase(name, pattern):
            return _mapped(name, interpreter, has_command=has_command)
    repository = name.rpartition("/")[2]
    if repository not in FRAMEWORKS:
        raise ImageNotRunnable(
            f"The image {name} cannot run here: the local engine runs no containers and no "
            "built-in algorithms. Map the image to a Python that can do its work "
            f"(images: {{'*/{repository}': /path/to/python}}), or run it on SageMaker"
        )
    if not has_command:
        raise ImageNotRunnable(
            f"The image {name} runs here only with a script or a ContainerEntrypoint; "
            "its built-in algorithm does not"
        )
    _check_framework(repository)
    return sys.executable


def command_of_image(request: Mapping[str, Any]) -> list[str] | None:
    """ContainerEntrypoint and ContainerArguments as one command; None without an entrypoint."""
    entrypoint = _entrypoint(request)
    arguments = request.get("AlgorithmSpecification", {}).get("ContainerArguments", [])
    return [*entrypoint, *arguments] if entrypoint else None


def _entrypoint(request: Mapping[str, Any]) -> list[str]:
    return list(request.get("AlgorithmSpecification", {}).get("ContainerEntrypoint", []))


def _mapped(name: str, interpreter: str, *, has_command: bool) -> str:
    found = shutil.which(interpreter)
    if found is None:
        raise ImageNotRunnable(
            f"The image {name} is mapped to {interpreter}, which is no program on this machine"
        )
    if not has_command:
        raise ImageNotRunnable(
            f"The image {name} is mapped to an interpreter, which does not know the image's own "
            "entry point: give the job a script or a ContainerEntrypoint"
        )
    return found


def _check_framework(repository: str) -> None:
    missing = [
        package
        for module, package in FRAMEWORKS[repository]
        if importlib.util.find_spec(module) is None
    ]
    if missing:
        packages = " ".join(missing)
        raise ImageNotRunnable(
            f"The image {repository} runs here in {sys.executable}, which lacks {packages}: "
            f"install it there (pip install {packages}), or map the image to a Python that has "
            f"it (images: {{'*/{repository}': /path/to/python}})"
        )
