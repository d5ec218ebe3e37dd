"""Instances: spot, warm pools, preferences, waiting times."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.core.environment import Environment
from reconciler.core.kind import Finding
from reconciler.core.units import format_duration
from reconciler.kinds.findings import Path
from reconciler.kinds.images import is_accelerated
from reconciler.kinds.training_job.compute import (
    Compute,
    InstanceGroup,
    InstancePreference,
    StoppingCondition,
)
from reconciler.kinds.training_job.request import MAX_RUNTIME
from reconciler.kinds.training_job.spec import TrainingJobSpec

WAIT_WITHOUT_CHECKPOINTS = 3600
"""Seconds (developer guide, managed spot training)."""

CHECKPOINTING = frozenset(
    {"image-classification", "object-detection", "semantic-segmentation", "xgboost"}
)
"""Built-in algorithms that write checkpoints (developer guide, checkpoints: "Image Classification,
Object Detection, Semantic Segmentation, and XGBoost (0.90-1 or later)")."""

WITHOUT_CHECKPOINTS = frozenset({("xgboost", "1"), ("xgboost", "latest")})
"""Versions of them that are older than that."""

_WAIT = ("stopping_condition", "max_wait_time")
_SPOT = ("compute", "managed_spot_training")


def spot_wait(spec: TrainingJobSpec, _: Environment) -> Iterator[Finding]:
    """E205: spot needs a waiting time of at least the run time (botocore: MaxWaitTimeInSeconds)."""
    if not _spot(spec):
        return
    limits = spec.stopping_condition or StoppingCondition()
    runtime = MAX_RUNTIME if limits.max_runtime is None else limits.max_runtime
    shown = format_duration(runtime)
    if limits.max_wait_time is None:
        message = "spot training needs `stopping_condition.max_wait_time`"
        yield Finding("E205", message, _SPOT, f"set it to {shown} (`max_runtime`) or more")
    elif limits.max_wait_time < runtime:
        message = f"`max_wait_time` {format_duration(limits.max_wait_time)} is shorter than"
        message += f" `max_runtime` {shown}; it is waiting and running together"
        yield Finding("E205", message, _WAIT, f"set it to {shown} or more")


def wait_without_spot(spec: TrainingJobSpec, _: Environment) -> Iterator[Finding]:
    """E205: a waiting time goes with spot only (the service: "Invalid MaxWaitTimeInSeconds. It is
    only supported when EnableManagedSpotTraining is set to true", sagemaker-python-sdk#4140)."""
    wait = spec.stopping_condition and spec.stopping_condition.max_wait_time
    if wait is not None and not _spot(spec) and spec.serverless is None:
        message = "`max_wait_time` counts for spot instances only"
        yield Finding("E205", message, _WAIT, "remove it, or set `compute.managed_spot_training`")


def spot_or_warm_pool(spec: TrainingJobSpec, _: Environment) -> Iterator[Finding]:
    """E220: no warm pool with spot (developer guide, managed warm pools)."""
    if _spot(spec) and spec.compute and spec.compute.keep_alive_period:
        message = "a warm pool cannot be kept of spot instances"
        yield Finding("E220", message, ("compute", "keep_alive_period"), "remove one of the two")


def spot_without_checkpoints(spec: TrainingJobSpec, _: Environment) -> Iterator[Finding]:
    """E229: a built-in algorithm without checkpoints waits at most an hour for spot capacity
    (developer guide, managed spot training). A Marketplace algorithm may write some: not refused.
    """
    wait = spec.stopping_condition and spec.stopping_condition.max_wait_time
    if spec.builtin is None or not (_spot(spec) and spec.builtin.name and wait):
        return
    name, version = spec.builtin.name, spec.builtin.algorithm_version
    if name in CHECKPOINTING and (name, version) not in WITHOUT_CHECKPOINTS:
        return
    if wait > WAIT_WITHOUT_CHECKPOINTS:
        message = f"{name} writes no checkpoints, so it waits at most 1h for spot capacity,"
        yield Finding("E229", f"{message} not {format_duration(wait)}", _WAIT)


def preferences(spec: TrainingJobSpec, _: Environment) -> Iterator[Finding]:
    """E225: preferences exclude every other choice of instances (botocore: ResourceConfig)."""
    compute = spec.compute
    if compute is None or not compute.instance_preferences:
        return
    others = ("instance_type", "instance_groups", "instance_placement", "managed_spot_training")
    for key in others:
        if getattr(compute, key):
            message = f"`instance_preferences` and `{key}` exclude each other"
            yield Finding("E225", message, ("compute", key), f"keep one; `{key}: null` removes it")


def preferred_counts(spec: TrainingJobSpec, _: Environment) -> Iterator[Finding]:
    """E225: each preference has its count, or the job has one for all (botocore:
    InstancePreference.InstanceCount)."""
    compute = spec.compute
    if compute is None or not compute.instance_preferences:
        return
    counted = [choice.instance_count is not None for choice in compute.instance_preferences]
    if compute.instance_count is not None and any(counted):
        message = "`instance_count` is said for the job and for its preferences"
        path = ("compute", "instance_count")
        yield Finding("E225", message, path, "keep one; `instance_count: null` removes it")
    elif compute.instance_count is None and not all(counted):
        message = "each preference needs `instance_count`, or the job one for all of them"
        yield Finding("E225", message, ("compute", "instance_preferences"))


def groups(spec: TrainingJobSpec, _: Environment) -> Iterator[Finding]:
    """E202: groups say type and count themselves (botocore: ResourceConfig.InstanceGroups)."""
    compute = spec.compute
    if compute is None or not compute.instance_groups:
        return
    for key in ("instance_type", "instance_count"):
        if getattr(compute, key) is not None:
            message = f"`instance_groups` and `{key}` exclude each other"
            yield Finding("E202", message, ("compute", key), f"keep one; `{key}: null` removes it")


def pending_time(spec: TrainingJobSpec, _: Environment) -> Iterator[Finding]:
    """E227: a pending time counts for accelerated instances only (botocore: StoppingCondition)."""
    limits = spec.stopping_condition
    if limits is None or limits.max_pending_time is None:
        return
    types = {instance for _, instance in instance_types(spec.compute)}
    if types and not any(is_accelerated(instance) for instance in types):
        message = f"`max_pending_time` has no effect on {', '.join(sorted(types))}"
        path = ("stopping_condition", "max_pending_time")
        yield Finding("E227", message, path, "remove it, or choose an accelerated type")


def serverless(spec: TrainingJobSpec, _: Environment) -> Iterator[Finding]:
    """E202: a serverless job has no instances and no processes of its own."""
    if spec.serverless is None:
        return
    for key in ("compute", "distributed"):
        part = getattr(spec, key)
        given = part is not None and part.model_dump(exclude_none=True)
        if given and not given.keys() <= {"volume_kms_key_id"}:
            message = f"`serverless` and `{key}` exclude each other"
            yield Finding("E202", message, (key,), f"`{key}: null` removes what is inherited")


def instance_types(compute: Compute | None) -> Iterator[tuple[Path, str]]:
    """Every instance type that a job may use, with its place in the document."""
    if compute is None:
        return
    parts: list[tuple[Path, Compute | InstanceGroup | InstancePreference]] = [
        (("compute",), compute),
        *(
            (("compute", "instance_groups", name), group)
            for name, group in (compute.instance_groups or {}).items()
        ),
        *(
            (("compute", "instance_preferences", index), choice)
            for index, choice in enumerate(compute.instance_preferences or ())
        ),
    ]
    for path, part in parts:
        if part.instance_type:
            yield (*path, "instance_type"), part.instance_type


def _spot(spec: TrainingJobSpec) -> bool:
    return bool(spec.compute and spec.compute.managed_spot_training)


RULES = (
    spot_wait,
    wait_without_spot,
    spot_or_warm_pool,
    spot_without_checkpoints,
    preferences,
    preferred_counts,
    groups,
    pending_time,
    serverless,
)
