"""Limits of the environment, checked on the configuration that would be created."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reconciler.core.environment import Environment
from reconciler.core.fields import get
from reconciler.core.kind import Finding
from reconciler.kinds import limits
from reconciler.kinds.endpoint.fields import TABLE
from reconciler.kinds.endpoint.spec import EndpointSpec
from reconciler.kinds.findings import Path

_GROUPS = {"ProductionVariants": "variants", "ShadowProductionVariants": "shadow_variants"}
_URIS = (
    ("data_capture.s3_uri", "DataCaptureConfig.DestinationS3Uri"),
    ("async_inference.output.s3_output_path", "AsyncInferenceConfig.OutputConfig.S3OutputPath"),
    ("async_inference.output.s3_failure_path", "AsyncInferenceConfig.OutputConfig.S3FailurePath"),
)


def instance_types(spec: EndpointSpec, environment: Environment) -> Iterator[Finding]:
    """E206: `limits.instance_types`, of variants and their pools."""
    allowed = environment.limits.instance_types
    if allowed is None:
        return
    for path, variant in _variants(spec):
        choices = [(variant, (*path, "instance_type"))]
        choices += [(pool, (*path, "instance_pools")) for pool in variant.get("InstancePools", ())]
        for choice, where in choices:
            chosen = choice.get("InstanceType")
            if chosen and not limits.matches(chosen, allowed):
                message = f"{chosen} is not allowed in {environment.name}"
                yield limits.refused(where, message, allowed)


def instance_count(spec: EndpointSpec, environment: Environment) -> Iterator[Finding]:
    """E206: `limits.max_instance_count`, over all variants, each at the most it may scale to."""
    allowed = environment.limits.max_instance_count
    if allowed is None:
        return
    wanted = sum(
        max(
            variant.get("InitialInstanceCount", 0),
            get(variant, ("ManagedInstanceScaling", "MaxInstanceCount")) or 0,
        )
        for _, variant in _variants(spec)
    )
    if wanted > allowed:
        message = f"{wanted} instances are more than the {allowed} allowed in {environment.name}"
        yield Finding("E206", message, ("variants",))


def buckets(spec: EndpointSpec, environment: Environment) -> Iterator[Finding]:
    """E206: `limits.buckets`, for all that an endpoint writes."""
    yield from limits.buckets(_uris(spec), environment)


def required(spec: EndpointSpec, environment: Environment) -> Iterator[Finding]:
    """E206: `limits.require` and `limits.require_tags`, as far as they mean an endpoint; VPC and
    isolation are those of its models."""
    if "kms" in (environment.limits.require or ()) and not _request(spec).get("KmsKeyId"):
        message = f"each endpoint of {environment.name} needs `kms_key_id`"
        yield Finding("E206", message, ("kms_key_id",))
    yield from limits.labelled(spec, environment, "endpoint")


def _request(spec: EndpointSpec) -> dict[str, Any]:
    return limits.request_of(spec, TABLE, spec.api_overrides)


def _variants(spec: EndpointSpec) -> Iterator[tuple[Path, dict[str, Any]]]:
    request = _request(spec)
    for member, key in _GROUPS.items():
        for variant in request.get(member) or ():
            path = (key, str(variant.get("VariantName")))
            yield limits.place_of(member, path, spec.api_overrides), variant


def _uris(spec: EndpointSpec) -> Iterator[tuple[Path, str]]:
    request = _request(spec)
    for key, member in _URIS:
        uri = get(request, tuple(member.split(".")))
        if uri is not None:
            top, where = member.partition(".")[0], tuple(key.split("."))
            yield limits.place_of(top, where, spec.api_overrides), uri
    for path, variant in _variants(spec):
        uri = get(variant, ("CoreDumpConfig", "DestinationS3Uri"))
        if uri is not None:
            yield (*path, "core_dump"), uri


RULES = (instance_types, instance_count, buckets, required)
