"""Limits of the environment, checked on the request that would be sent.

The bound on cost is in `cost.py`; what needs the whole plan (launches, stops) is checked by the
planner.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.core.environment import Environment
from reconciler.core.fields import get
from reconciler.core.kind import Finding
from reconciler.core.units import format_duration
from reconciler.kinds import limits
from reconciler.kinds.findings import Path
from reconciler.kinds.images import UnknownImage
from reconciler.kinds.training_job.fields import TABLE
from reconciler.kinds.training_job.image import image_of
from reconciler.kinds.training_job.request import MAX_RUNTIME
from reconciler.kinds.training_job.spec import TrainingJobSpec

_URIS = (
    ("output.s3_output_path", "OutputDataConfig.S3OutputPath"),
    ("checkpoint.s3_uri", "CheckpointConfig.S3Uri"),
    ("debugger.s3_output_path", "DebugHookConfig.S3OutputPath"),
    ("profiler.s3_output_path", "ProfilerConfig.S3OutputPath"),
    ("tensorboard.s3_output_path", "TensorBoardOutputConfig.S3OutputPath"),
)


def instance_types(spec: TrainingJobSpec, environment: Environment) -> Iterator[Finding]:
    """E206: `limits.instance_types`."""
    allowed = environment.limits.instance_types
    if allowed is None:
        return
    for path, chosen in _instances(spec):
        if chosen and not limits.matches(chosen, allowed):
            yield limits.refused(path, f"{chosen} is not allowed in {environment.name}", allowed)


def instance_count(spec: TrainingJobSpec, environment: Environment) -> Iterator[Finding]:
    """E206: `limits.max_instance_count`, over all groups; of preferences the largest counts."""
    allowed = environment.limits.max_instance_count
    if allowed is None:
        return
    resources = _request(spec).get("ResourceConfig", {})
    groups = sum(group.get("InstanceCount", 0) for group in resources.get("InstanceGroups", ()))
    preferred = (item.get("InstanceCount", 1) for item in resources.get("InstancePreferences", ()))
    wanted = max(resources.get("InstanceCount", 0), groups, *preferred, 0)
    if wanted > allowed:
        key = "instance_groups" if groups else "instance_count"
        path = _path(spec, "ResourceConfig", ("compute", key))
        message = f"{wanted} instances are more than the {allowed} allowed in {environment.name}"
        yield Finding("E206", message, path)


def runtime(spec: TrainingJobSpec, environment: Environment) -> Iterator[Finding]:
    """E206: `limits.max_runtime`."""
    allowed = environment.limits.max_runtime
    if allowed is None or spec.serverless is not None:
        return
    found = get(_request(spec), ("StoppingCondition", "MaxRuntimeInSeconds"))
    wanted = MAX_RUNTIME if found is None else found
    if wanted > allowed:
        path = _path(spec, "StoppingCondition", ("stopping_condition", "max_runtime"))
        message = f"a run time of {format_duration(wanted)} is longer than the"
        message += f" {format_duration(allowed)} allowed in {environment.name}"
        yield Finding("E206", message, path)


def roles(spec: TrainingJobSpec, environment: Environment) -> Iterator[Finding]:
    """E206: `limits.role_arns`."""
    path = _path(spec, "RoleArn", ("role_arn",))
    yield from limits.role(_request(spec).get("RoleArn"), path, environment)


def images(spec: TrainingJobSpec, environment: Environment) -> Iterator[Finding]:
    """E206: `limits.images`."""
    allowed = environment.limits.images
    if allowed is None:
        return
    try:
        image = image_of(spec, environment)
    except UnknownImage:
        return
    override = get(spec.api_overrides or {}, ("AlgorithmSpecification", "TrainingImage"))
    image = override or image
    if image is not None and not limits.matches(image, allowed):
        path = _path(spec, "AlgorithmSpecification", ("container", "image"))
        message = f"the image {image} is not allowed in {environment.name}"
        yield limits.refused(path, message, allowed)


def buckets(spec: TrainingJobSpec, environment: Environment) -> Iterator[Finding]:
    """E206: `limits.buckets`, for all that a job reads or writes."""
    yield from limits.buckets(_uris(spec), environment)


def required(spec: TrainingJobSpec, environment: Environment) -> Iterator[Finding]:
    """E206: `limits.require` and `limits.require_tags`."""
    request = _request(spec)
    serverless = spec.serverless is not None
    has: dict[str, tuple[bool, Path, str]] = {
        "vpc": (bool(request.get("VpcConfig")), ("networking",), "`networking.subnets`"),
        "kms": (
            bool(get(request, ("OutputDataConfig", "KmsKeyId")))
            and (serverless or bool(get(request, ("ResourceConfig", "VolumeKmsKeyId")))),
            ("output",),
            "`output.kms_key_id` and `compute.volume_kms_key_id`",
        ),
        "owner": (bool(spec.owner), ("owner",), "`owner`"),
        "network_isolation": (
            bool(request.get("EnableNetworkIsolation")),
            ("networking",),
            "`networking.network_isolation: true`",
        ),
    }
    for name in environment.limits.require or ():
        present, path, what = has[name]
        if not present:
            yield Finding("E206", f"each job of {environment.name} needs {what}", path)
    yield from limits.tagged(spec, environment, "job")


def _request(spec: TrainingJobSpec) -> dict[str, Any]:
    return limits.request_of(spec, TABLE, spec.api_overrides)


def _instances(spec: TrainingJobSpec) -> Iterator[tuple[Path, str | None]]:
    """Path and type of every choice of instances."""
    resources = _request(spec).get("ResourceConfig", {})
    choices: list[tuple[Path, Mapping[str, Any]]] = [(("compute", "instance_type"), resources)]
    for group in resources.get("InstanceGroups", ()):
        name = str(group.get("InstanceGroupName"))
        choices.append((("compute", "instance_groups", name, "instance_type"), group))
    for index, choice in enumerate(resources.get("InstancePreferences", ())):
        choices.append((("compute", "instance_preferences", index, "instance_type"), choice))
    for path, choice in choices:
        yield _path(spec, "ResourceConfig", path), choice.get("InstanceType")


def _uris(spec: TrainingJobSpec) -> Iterator[tuple[Path, str]]:
    request = _request(spec)
    for key, member in _URIS:
        uri = get(request, tuple(member.split(".")))
        if uri is not None:
            yield _path(spec, member.partition(".")[0], tuple(key.split("."))), uri
    for channel in request.get("InputDataConfig", ()):
        uri = get(channel, ("DataSource", "S3DataSource", "S3Uri"))
        if uri is not None:
            path = ("inputs", str(channel.get("ChannelName")), "s3_uri")
            yield _path(spec, "InputDataConfig", path), uri


def _path(spec: TrainingJobSpec, member: str, key: Path) -> Path:
    return limits.place_of(member, key, spec.api_overrides)


RULES = (instance_types, instance_count, runtime, roles, images, buckets, required)
