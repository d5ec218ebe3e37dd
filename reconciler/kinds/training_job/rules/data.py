"""Data: channels, file systems, registries, and lists that are sets."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.core.environment import Environment
from reconciler.core.kind import Finding
from reconciler.kinds.findings import Path
from reconciler.kinds.training_job.spec import TrainingJobSpec


def augmented_manifests(spec: TrainingJobSpec, _: Environment) -> Iterator[Finding]:
    """E221: an augmented manifest needs Pipe mode (botocore: S3DataSource.S3DataType)."""
    for name, channel in (spec.inputs or {}).items():
        mode = channel.input_mode or spec.training_input_mode or "File"
        if channel.s3_data_type == "AugmentedManifestFile" and mode != "Pipe":
            message = f"an augmented manifest is read in Pipe mode only, `{name}` has {mode}"
            path = ("inputs", name, "s3_data_type")
            yield Finding("E221", message, path, f"set `inputs.{name}.input_mode: Pipe`")


def attribute_names(spec: TrainingJobSpec, _: Environment) -> Iterator[Finding]:
    """E222: attribute names choose from an augmented manifest (botocore: AttributeNames)."""
    for name, channel in (spec.inputs or {}).items():
        if channel.attribute_names and channel.s3_data_type != "AugmentedManifestFile":
            message = "only an augmented manifest has attributes to name"
            path = ("inputs", name, "attribute_names")
            yield Finding("E222", message, path, "set `s3_data_type: AugmentedManifestFile`")


def file_systems(spec: TrainingJobSpec, _: Environment) -> Iterator[Finding]:
    """E223: file systems are reached through the job's VPC (developer guide)."""
    if _in_vpc(spec):
        return
    for name, channel in (spec.inputs or {}).items():
        if channel.file_system is not None:
            message = f"`{name}` is on a file system, which is reached through a VPC only"
            yield Finding("E223", message, ("inputs", name, "file_system"), _VPC_HELP)


def private_registry(spec: TrainingJobSpec, _: Environment) -> Iterator[Finding]:
    """E224: a private registry is reached through the job's VPC (botocore: TrainingImageConfig)."""
    container = spec.container
    if container and container.training_repository_access_mode == "Vpc" and not _in_vpc(spec):
        message = "an image in a private registry is reached through a VPC only"
        path = ("container", "training_repository_access_mode")
        yield Finding("E224", message, path, _VPC_HELP)


def groups_exist(spec: TrainingJobSpec, _: Environment) -> Iterator[Finding]:
    """E226: instance groups that channels and distributions name are groups of the job."""
    known = (spec.compute and spec.compute.instance_groups) or {}
    for path, names in _group_names(spec):
        for index, name in enumerate(names):
            if name not in known:
                have = "known: " + ", ".join(known) if known else "the job has no groups"
                yield Finding("E226", f"there is no instance group `{name}`", (*path, index), have)


def sets(spec: TrainingJobSpec, _: Environment) -> Iterator[Finding]:
    """E234: lists that AWS takes for sets have each item once."""
    networking = spec.networking
    lists: list[tuple[Path, list[str]]] = [
        (("networking", "subnets"), (networking and networking.subnets) or []),
        (
            ("networking", "security_group_ids"),
            (networking and networking.security_group_ids) or [],
        ),
        *_group_names(spec),
        *(
            (("inputs", name, "attribute_names"), channel.attribute_names or [])
            for name, channel in (spec.inputs or {}).items()
        ),
    ]
    for path, items in lists:
        for index, item in enumerate(items):
            if item in items[:index]:
                yield Finding("E234", f"`{item}` stands there twice", (*path, index), "remove one")


def _group_names(spec: TrainingJobSpec) -> Iterator[tuple[Path, list[str]]]:
    for name, channel in (spec.inputs or {}).items():
        yield ("inputs", name, "instance_group_names"), channel.instance_group_names or []
    if spec.distributed is not None:
        yield ("distributed", "instance_groups"), spec.distributed.instance_groups or []


def _in_vpc(spec: TrainingJobSpec) -> bool:
    return bool(spec.networking and spec.networking.subnets)


_VPC_HELP = "set `networking` with `subnets` and `security_group_ids`"

RULES = (
    augmented_manifests,
    attribute_names,
    file_systems,
    private_registry,
    groups_exist,
    sets,
)
