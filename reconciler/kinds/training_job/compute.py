"""Computers of a job, and how long it may hold them."""

from typing import Annotated

from pydantic import Field

from reconciler.core.model import Duration, Model, Text
from reconciler.kinds.values import InstanceType, Size, between

ALTERNATIVES = (
    ("instance_type", "instance_groups"),
    ("instance_count", "instance_groups"),
    ("instance_type", "instance_preferences"),
    ("instance_groups", "instance_preferences"),
)
"""Pairs of keys of which a job has one. Preferences may share the job's count of instances."""


class InstanceGroup(Model):
    """One group of a heterogeneous cluster."""

    instance_type: InstanceType | None = None
    """Instance type of the group."""
    instance_count: int | None = Field(None, ge=1)
    """Number of instances of the group."""


class PlacementSpecification(Model):
    """Instances on one UltraServer."""

    ultra_server_id: Text | None = None
    """Id of the UltraServer."""
    instance_count: int | None = Field(None, ge=1)
    """Number of instances on it."""


class InstancePlacement(Model):
    """Placement of instances on UltraServers."""

    multiple_jobs: bool | None = None
    """Whether several jobs may share an UltraServer."""
    placement_specifications: Annotated[
        list[PlacementSpecification] | None, Field(max_length=10)
    ] = None
    """Instances per UltraServer."""


class InstancePreference(Model):
    """One choice of instances; the first that has capacity is taken."""

    instance_type: InstanceType | None = None
    """Instance type of this choice."""
    instance_count: int | None = Field(None, ge=1)
    """Number of instances of this choice."""
    training_plan_arns: Annotated[list[Text] | None, Field(min_length=1, max_length=1)] = None
    """Training plan of this choice."""


class Compute(Model):
    """Instances, their volumes, and how they are paid for."""

    instance_type: InstanceType | None = None
    """Instance type, such as ml.m5.xlarge."""
    instance_count: int | None = Field(None, ge=1)
    """Number of instances."""
    instance_groups: Annotated[dict[str, InstanceGroup] | None, Field(max_length=5)] = None
    """Heterogeneous cluster: groups by name, in place of `instance_type`."""
    instance_preferences: Annotated[
        list[InstancePreference] | None, Field(min_length=1, max_length=5)
    ] = None
    """Choices of instances in the order in which capacity is looked for, in place of
    `instance_type`."""
    instance_placement: InstancePlacement | None = None
    """Placement on UltraServers."""
    training_plan_arn: Text | None = None
    """Training plan whose reserved capacity is used."""
    volume_size: Size | None = None
    """Volume of each instance: 30GB, 1TB. Default 30GB."""
    volume_kms_key_id: Text | None = None
    """Key that encrypts the volumes. Inherited from the environment."""
    keep_alive_period: Annotated[Duration, between("0s", "6h")] | None = None
    """Warm pool: how long the instances wait for the next job, at most 6h. They cost money."""
    managed_spot_training: bool | None = None
    """Spot instances: cheaper, may be interrupted. Needs `stopping_condition.max_wait_time`."""


class StoppingCondition(Model):
    """How long a job may take."""

    max_runtime: Annotated[Duration, between("1s", "28d")] | None = None
    """Longest time of training, over all retries; the job is stopped after it. Default 24h."""
    max_wait_time: Duration | None = None
    """Spot: longest time of waiting and training together."""
    max_pending_time: Annotated[Duration, between("30m", "28d")] | None = None
    """Longest time of waiting for capacity of accelerated instances: 30m to 28d."""


class RetryStrategy(Model):
    """Retries by SageMaker itself, inside the same job, after its internal errors."""

    maximum_retry_attempts: int | None = Field(None, ge=1, le=30)
    """Most attempts."""


class Retry(Model):
    """New attempts by the reconciler, after lack of capacity or an internal error."""

    max_attempts: int | None = Field(None, ge=1, le=30)
    """Most jobs launched for one content, the first one included. Default 1."""
