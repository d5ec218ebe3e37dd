"""Image: which container image a job runs in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from reconciler.core.call import Call
from reconciler.core.environment import Environment
from reconciler.core.fields import overlay
from reconciler.kinds.images import image_uri
from reconciler.kinds.training_job.algorithm import Script
from reconciler.kinds.training_job.distribution import instance_type
from reconciler.kinds.training_job.spec import TrainingJobSpec


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
            instance_type=instance_type(spec),
        )
    return None


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


def image_of_call(call: Call) -> str | None:
    """The image of a CreateTrainingJob call; None where the algorithm or SageMaker brings it."""
    algorithm: Mapping[str, Any] = call.params.get("AlgorithmSpecification", {})
    return algorithm.get("TrainingImage")


def pin(call: Call, pinned: str) -> Call:
    """The same call with another image."""
    change = {"AlgorithmSpecification": {"TrainingImage": pinned}}
    return replace(call, params=overlay(call.params, change))


def repository(reference: str) -> str:
    """An image reference without tag and digest."""
    name = reference.partition("@")[0]
    head, slash, last = name.rpartition("/")
    return head + slash + last.partition(":")[0]


def _framework_image(spec: TrainingJobSpec, script: Script, region: str) -> str | None:
    if not script.framework:
        return None
    base = None
    if script.base_framework_version:
        base = (script.base_framework or "pytorch") + script.base_framework_version
    return image_uri(
        "pytorch-smp" if _needs_smp_image(spec, script) else script.framework,
        script.framework_version,
        region=region,
        instance_type=instance_type(spec),
        python_version=script.python_version,
        base=base,
    )


def _needs_smp_image(spec: TrainingJobSpec, script: Script) -> bool:
    """SMP v2 (torchrun) comes in images of its own, as the SageMaker Python SDK v2 picks them."""
    torchrun = spec.distributed and spec.distributed.torchrun
    return script.framework == "pytorch" and bool(torchrun and torchrun.smp is not None)
