"""Variants: model and capacity of each, and which of them go together."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.core.environment import Environment
from reconciler.core.kind import Finding
from reconciler.kinds.endpoint.request import variants_of
from reconciler.kinds.endpoint.spec import EndpointSpec
from reconciler.kinds.endpoint.variants import CAPACITY, MODELS, Serverless
from reconciler.kinds.findings import Path, at_most_one, exactly_one, missing
from reconciler.kinds.values import format_megabytes

SMALLEST, LARGEST = 1024, 6144
"""MB; memory of a serverless variant comes in whole gigabytes between these (botocore:
ProductionVariantServerlessConfig.MemorySizeInMB)."""

_NEEDS_INSTANCES = (
    "initial_instance_count",
    "volume_size",
    "accelerator_type",
    "managed_instance_scaling",
    "ssm_access",
    "capacity_reservation",
)


def model(spec: EndpointSpec, _: Environment) -> Iterator[Finding]:
    """E202: a variant serves one model; only inference components come without (botocore:
    ProductionVariant.ModelName, CreateEndpointConfig.ExecutionRoleArn)."""
    for path, variant in variants_of(spec):
        if spec.execution_role_arn is None:
            yield from exactly_one(variant, MODELS, path)
        else:
            yield from at_most_one(variant, MODELS, path)


def capacity(spec: EndpointSpec, _: Environment) -> Iterator[Finding]:
    """E102, E202: instances of one type with their number, pools of them, or serverless."""
    for path, variant in variants_of(spec):
        yield from exactly_one(variant, CAPACITY, path)
        counted = variant.initial_instance_count or variant.managed_instance_scaling
        if variant.instance_type is not None and not counted:
            yield missing((*path, "initial_instance_count"))
        scaling = variant.managed_instance_scaling
        least = scaling.min_instance_count if scaling else None
        most = scaling.max_instance_count if scaling else None
        if least is not None and most is not None and least > most:
            where = (*path, "managed_instance_scaling", "min_instance_count")
            yield Finding("E103", f"{least} is more than `max_instance_count`, {most}", where)


def serverless(spec: EndpointSpec, _: Environment) -> Iterator[Finding]:
    """E246: memory and concurrency are in bounds, and nothing needs instances (developer guide,
    Serverless Inference: feature exclusions)."""
    for path, variant in variants_of(spec):
        if variant.serverless is None:
            continue
        yield from _sizes((*path, "serverless"), variant.serverless)
        for key in _NEEDS_INSTANCES:
            if getattr(variant, key) is not None:
                message = f"`{key}` needs instances, and a serverless variant has none"
                yield Finding("E246", message, (*path, key), "remove it")
        if len(list(variants_of(spec))) > 1:
            message = "a serverless variant is the only one of its endpoint"
            yield Finding("E246", message, (*path, "serverless"))
        if spec.data_capture is not None:
            message = "a serverless endpoint captures no data"
            yield Finding("E246", message, ("data_capture",), "remove it, or use instances")


def managed_scaling(spec: EndpointSpec, _: Environment) -> Iterator[Finding]:
    """E252: SageMaker scales variants of inference components only (its own words, as quoted in
    hashicorp/terraform-provider-aws#45926)."""
    for path, variant in variants_of(spec):
        given = [key for key in MODELS if getattr(variant, key) is not None]
        if variant.managed_instance_scaling is not None and given:
            message = f"`managed_instance_scaling` and `{given[0]}` exclude each other"
            where = (*path, "managed_instance_scaling")
            yield Finding("E252", message, where, "give `initial_instance_count` instead")


def _sizes(path: Path, serverless: Serverless) -> Iterator[Finding]:
    memory = serverless.memory_size
    if memory is not None and not (SMALLEST <= memory <= LARGEST and memory % SMALLEST == 0):
        message = f"memory is 1GB to 6GB in whole gigabytes, not {format_megabytes(memory)}"
        yield Finding("E246", message, (*path, "memory_size"))
    warm, most = serverless.provisioned_concurrency, serverless.max_concurrency
    if warm is not None and most is not None and warm > most:
        message = f"{warm} is more than `max_concurrency`, {most}"
        yield Finding("E246", message, (*path, "provisioned_concurrency"))


def shadow(spec: EndpointSpec, _: Environment) -> Iterator[Finding]:
    """E247: one shadow variant beside one in production (botocore:
    CreateEndpointConfig.ShadowProductionVariants)."""
    if not spec.shadow_variants:
        return
    for key in ("variants", "shadow_variants"):
        count = len(getattr(spec, key) or {})
        if count > 1:
            message = f"with `shadow_variants` there is one of each, not {count}"
            yield Finding("E247", message, (key,))


def weights(spec: EndpointSpec, _: Environment) -> Iterator[Finding]:
    """E250: some variant gets traffic (botocore: ProductionVariant.InitialVariantWeight: shares of
    the sum of all weights)."""
    given = [variant.initial_variant_weight for variant in (spec.variants or {}).values()]
    if given and all(weight == 0 for weight in given):
        yield Finding("E250", "all weights are 0, so no variant gets traffic", ("variants",))


RULES = (model, capacity, serverless, managed_scaling, shadow, weights)
