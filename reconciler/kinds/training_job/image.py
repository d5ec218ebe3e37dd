"""Image: which container image a job runs in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.core.environment import Environment
from reconciler.kinds.images import image_uri, is_accelerated, is_trainium
from reconciler.kinds.training_job.algorithm import Script
from reconciler.kinds.training_job.distribution import instance_type, smp_parameters
from reconciler.kinds.training_job.spec import TrainingJobSpec

_NEURON = {"huggingface": "huggingface-neuronx", "pytorch": "pytorch-neuron"}
"""Frameworks whose images for Trainium stand under a name of their own in the table."""


def image_of(spec: TrainingJobSpec, environment: Environment) -> str | None:
    """The image URI, written in the document or from the table; None where there is none.

    Raises `kinds.images.UnknownImage` for what the table does not have.
    """
    if spec.script is not None:
        return spec.script.image or _framework_image(spec, spec.script, environment.aws_region)
    if spec.container is not None:
        return spec.container.image
    if spec.builtin is not None and spec.builtin.name:
        return image_uri(
            spec.builtin.name,
            spec.builtin.algorithm_version,
            region=environment.aws_region,
            instance_type=image_instance_type(spec),
        )
    return None


def image_instance_type(spec: TrainingJobSpec) -> str | None:
    """The instance type that decides about the image: of several groups the first accelerated one,
    as in the SageMaker Python SDK v2, since a GPU image runs on a CPU too."""
    groups = (spec.compute and spec.compute.instance_groups) or {}
    types = [group.instance_type for group in groups.values() if group.instance_type]
    return next((name for name in types if is_accelerated(name)), None) or instance_type(spec)


def with_rule_images(rules: Mapping[str, Any], region: str) -> dict[str, Any]:
    """Debugger or profiler rules; those without an image are SageMaker's own and get its image.

    Raises `kinds.images.UnknownImage` where the region has none.
    """
    return {
        name: rule
        if rule.get("rule_evaluator_image")
        else {
            "rule_evaluator_image": image_uri(
                "debugger", "latest", region=region, scope="debugger"
            ),
            **rule,
        }
        for name, rule in rules.items()
    }


def _framework_image(spec: TrainingJobSpec, script: Script, region: str) -> str | None:
    if not script.framework:
        return None
    base = None
    if script.base_framework_version:
        base = (script.base_framework or "pytorch") + script.base_framework_version
    instance = image_instance_type(spec)
    name = _NEURON.get(script.framework) if is_trainium(instance) else None
    return image_uri(
        "pytorch-smp" if _needs_smp_image(spec, script) else name or script.framework,
        script.framework_version,
        region=region,
        instance_type=instance,
        python_version=script.python_version,
        base=base,
        smdistributed=_has_smdistributed(spec),
    )


def _has_smdistributed(spec: TrainingJobSpec) -> bool:
    """Whether one of AWS's two smdistributed libraries spreads the work."""
    distributed = spec.distributed
    data_parallel = distributed is not None and distributed.smddp is not None
    return data_parallel or smp_parameters(distributed) is not None


def _needs_smp_image(spec: TrainingJobSpec, script: Script) -> bool:
    """SMP v2 (torchrun) comes in images of its own, as the SageMaker Python SDK v2 picks them."""
    torchrun = spec.distributed and spec.distributed.torchrun
    return script.framework == "pytorch" and bool(torchrun and torchrun.smp is not None)
