"""Completeness: what a spec must have once everything is inherited."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.core.environment import Environment
from reconciler.core.kind import Finding
from reconciler.kinds.findings import Required, exactly_one, missing, required
from reconciler.kinds.training_job.algorithm import ALGORITHMS
from reconciler.kinds.training_job.compute import Compute
from reconciler.kinds.training_job.data import INPUT_SOURCES
from reconciler.kinds.training_job.spec import TrainingJobSpec

REQUIRED: Required = (
    ("serverless", ("base_model_arn", "job_type")),
    ("inputs.*.file_system", (
        "file_system_id", "file_system_type", "file_system_access_mode", "directory_path",
    )),
    ("inputs.*.dataset", ("dataset_arn",)),
    ("inputs.*.model_access", ("accept_eula",)),
    ("inputs.*.hub_access", ("hub_content_arn",)),
    ("inputs.*.shuffle", ("seed",)),
    ("container.training_repository_auth", ("training_repository_credentials_provider_arn",)),
    ("compute.instance_groups.*", ("instance_type", "instance_count")),
    ("compute.instance_preferences.*", ("instance_type",)),
    ("compute.instance_placement.placement_specifications.*", ("instance_count",)),
    ("retry_strategy", ("maximum_retry_attempts",)),
    ("mlflow", ("mlflow_resource_arn",)),
    ("model_package", ("model_package_group_arn",)),
)  # fmt: skip
"""Members that are required once their structure is sent (botocore: CreateTrainingJob)."""


def required_members(spec: TrainingJobSpec, _: Environment) -> Iterator[Finding]:
    """E102: a group that is given has the members that AWS requires of it."""
    yield from required(spec, REQUIRED)


def role(spec: TrainingJobSpec, environment: Environment) -> Iterator[Finding]:
    """E102: an execution role, of the job or its environment (botocore: RoleArn is required)."""
    if spec.role_arn is None and environment.default_role is None:
        yield missing(("role_arn",), "best in the environment document, for all its jobs")


def algorithm(spec: TrainingJobSpec, _: Environment) -> Iterator[Finding]:
    """E202: exactly one of the four ways to say what runs."""
    yield from exactly_one(spec, ALGORITHMS, ())


def builtin(spec: TrainingJobSpec, _: Environment) -> Iterator[Finding]:
    """E202: a built-in algorithm by its name, or an algorithm resource; not both."""
    if spec.builtin is not None:
        yield from exactly_one(spec.builtin, ("name", "algorithm_name"), ("builtin",))


def channels(spec: TrainingJobSpec, _: Environment) -> Iterator[Finding]:
    """E202: exactly one source for each channel (botocore: DataSource)."""
    for name, channel in (spec.inputs or {}).items():
        yield from exactly_one(channel, INPUT_SOURCES, ("inputs", name))
        if channel.job is None:
            for key in ("version", "environment"):
                if getattr(channel, key) is not None:
                    message = f"`{key}` is the {key} of the `job` that a channel comes from"
                    yield Finding("E202", message, ("inputs", name, key), "remove it")


def instances(spec: TrainingJobSpec, _: Environment) -> Iterator[Finding]:
    """E102: instances by type and count, as groups, or as preferences; serverless needs none."""
    if spec.serverless is not None:
        return
    compute = spec.compute or Compute()
    if compute.instance_groups or compute.instance_preferences:
        return
    for key in ("instance_type", "instance_count"):
        if getattr(compute, key) is None:
            yield missing(("compute", key))


def network(spec: TrainingJobSpec, _: Environment) -> Iterator[Finding]:
    """E102: subnets and security groups go together (botocore: VpcConfig)."""
    networking = spec.networking
    if networking is not None and bool(networking.subnets) != bool(networking.security_group_ids):
        key = "security_group_ids" if networking.subnets else "subnets"
        yield missing(("networking", key))


def comparisons(spec: TrainingJobSpec, _: Environment) -> Iterator[Finding]:
    """E102: "better" needs its direction, and a gate something to hold against."""
    for name, gate in (spec.gates or {}).items():
        if (gate.better_than is None) != (gate.goal is None):
            yield missing(("gates", name, "goal" if gate.goal is None else "better_than"))
        elif gate.better_than is None and gate.min is None and gate.max is None:
            yield missing(("gates", name, "min"))


RULES = (role, algorithm, builtin, channels, instances, network, comparisons, required_members)
