"""Algorithms: what an image URI stands for, as a document would rather say it."""

from __future__ import annotations

from typing import Any, get_args

from reconciler.kinds.image_names import ImageName, names_of
from reconciler.kinds.images import versions
from reconciler.kinds.training_job.algorithm import Framework

_BOTH = frozenset({"xgboost"})
"""Frameworks that are built-in algorithms too, when no script is given."""

_SMP = "pytorch-smp"
"""The images that `script: {framework: pytorch}` with `torchrun.smp` gets."""

_WRITTEN = {_SMP: "pytorch", "huggingface-neuronx": "huggingface", "pytorch-neuron": "pytorch"}
"""Names of the table that a document has by another one."""


def region_of(image: str) -> str | None:
    """The region of an image in ECR; None for an image elsewhere."""
    host = image.partition("/")[0].split(".")
    return host[3] if host[1:3] == ["dkr", "ecr"] and len(host) > 4 else None


def is_builtin(name: ImageName) -> bool:
    """Whether an image is one of a built-in algorithm."""
    frameworks = {*get_args(Framework), *_WRITTEN}
    return name.name in _BOTH or name.name not in frameworks


def builtin(image: str, *, region: str, instance_type: str | None) -> dict[str, Any] | None:
    """`builtin:` for an image of a built-in algorithm; None for any other."""
    for name in names_of(image, region=region, instance_type=instance_type):
        if is_builtin(name):
            several = len(versions(name.name)) > 1
            return {"name": name.name} | ({"algorithm_version": name.version} if several else {})
    return None


def framework(
    image: str, *, region: str, instance_type: str | None, smp: bool, smdistributed: bool = False
) -> dict[str, Any] | None:
    """Keys of `script:` for an image of a framework; None for any other. `smp`: the job uses the
    model parallel library v2, which has images of its own; `smdistributed`: one of AWS's two
    libraries of that name."""
    for name in names_of(
        image, region=region, instance_type=instance_type, smdistributed=smdistributed
    ):
        known = _WRITTEN.get(name.name, name.name)
        if known in get_args(Framework) and (name.name == _SMP) == (smp and known == "pytorch"):
            return _framework(name, known)
    return None


def _framework(name: ImageName, known: str) -> dict[str, Any]:
    found = {
        "framework": known,
        "framework_version": name.version,
    }
    if name.python_version:
        found["python_version"] = name.python_version
    if name.base:
        base = "tensorflow" if name.base.startswith("tensorflow") else "pytorch"
        found |= {"base_framework": base, "base_framework_version": name.base.removeprefix(base)}
    return found
