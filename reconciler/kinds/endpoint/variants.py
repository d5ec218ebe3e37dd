"""Variants of an endpoint: a model each, and what it runs on."""

from typing import Annotated, Literal

from pydantic import Field, WithJsonSchema

from reconciler.core.model import Duration, Model, Text
from reconciler.kinds.values import InstanceType, Megabytes, Minutes, S3Uri, Size, between

MODELS = ("model", "model_name")
"""Keys of a variant of which exactly one is given."""

CAPACITY = ("instance_type", "instance_pools", "serverless")
"""Keys of a variant of which exactly one is given."""


Weight = Annotated[
    int | float, Field(ge=0), WithJsonSchema({"type": "number", "minimum": 0, "examples": [1, 0.5]})
]
"""A share in proportion to others; the number reaches SageMaker as it is written."""


class Serverless(Model):
    """A variant without own instances."""

    memory_size: Megabytes | None = None
    """Memory: 1GB to 6GB, in whole gigabytes."""
    max_concurrency: int | None = Field(None, ge=1, le=200)
    """Most invocations at the same time."""
    provisioned_concurrency: int | None = Field(None, ge=1, le=200)
    """Invocations for which capacity is kept warm; it costs money all the time."""


class InstancePool(Model):
    """One instance type of several that a variant may run on."""

    instance_type: InstanceType | None = None
    """Instance type of the pool."""
    model_name_override: Text | None = None
    """Name of another model on SageMaker, for this instance type."""
    priority: int | None = Field(None, ge=1, le=5)
    """Order in which pools are tried, 1 first."""


class CoreDump(Model):
    """Where core dumps of crashed containers go."""

    s3_uri: S3Uri | None = None
    """S3 prefix."""
    kms_key_id: Text | None = None
    """Key that encrypts them."""


class ScaleInPolicy(Model):
    """How instances go away when there is less to do."""

    strategy: Literal["IDLE_RELEASE", "CONSOLIDATION"] | None = None
    """Which instances go."""
    maximum_step_size: int | None = Field(None, ge=1, le=100)
    """Most instances that go in one step."""
    cooldown: Minutes | None = None
    """Time between two steps: 5m to 24h."""


class ManagedInstanceScaling(Model):
    """Bounds within which SageMaker chooses the number of instances."""

    status: Literal["ENABLED", "DISABLED"] | None = None
    """Whether SageMaker scales."""
    min_instance_count: int | None = Field(None, ge=0)
    """Fewest instances."""
    max_instance_count: int | None = Field(None, ge=1)
    """Most instances."""
    scale_in_policy: ScaleInPolicy | None = None
    """How instances go away when there is less to do."""


class PrefixAwareRouting(Model):
    """Routing of requests that begin alike to the same instance."""

    prefix_length: int | None = Field(None, ge=1024, le=65536)
    """Characters of a request that are compared."""
    concurrency_threshold: int | None = Field(None, ge=1, le=1024)
    """Requests on one instance from which others are used."""


class Routing(Model):
    """How requests are spread over instances."""

    routing_strategy: (
        Literal["LEAST_OUTSTANDING_REQUESTS", "RANDOM", "PREFIX_AWARE", "KV_AWARE"] | None
    ) = None
    """Which instance gets a request. Default RANDOM."""
    prefix_aware_routing: PrefixAwareRouting | None = None
    """Routing of requests that begin alike to the same instance."""


class CapacityReservation(Model):
    """Reserved capacity."""

    capacity_reservation_preference: Literal["capacity-reservations-only"] | None = None
    """Whether only reserved capacity is used."""
    ml_reservation_arn: Text | None = None
    """ARN of the reservation."""


class AcceleratorPartitionLayout(Model):
    """How one accelerator is cut into parts."""

    accelerator_partition_types: Annotated[list[Text] | None, Field(max_length=32)] = None
    """Parts, such as mig-1g.5gb."""


class Variant(Model):
    """One model in service, and what it runs on."""

    model: Text | None = None
    """Model of this repository."""
    model_name: Text | None = None
    """Name of a model on SageMaker that others look after, in place of `model`."""
    instance_type: InstanceType | None = None
    """Instance type, such as ml.m5.large."""
    initial_instance_count: int | None = Field(None, ge=1)
    """Number of instances to begin with; autoscaling may change it."""
    instance_pools: Annotated[list[InstancePool] | None, Field(min_length=1, max_length=5)] = None
    """Several instance types by priority, in place of `instance_type`."""
    serverless: Serverless | None = None
    """No own instances, in place of `instance_type`."""
    initial_variant_weight: Weight | None = None
    """Share of the requests, in proportion to the weights of all variants. Default 1."""
    accelerator_type: Text | None = None
    """Elastic Inference accelerator."""
    volume_size: Size | None = None
    """Volume of each instance: 30GB, at most 512GB."""
    variant_instance_provision_timeout: Annotated[Duration, between("5m", "1h")] | None = None
    """How long instances may take to come: 5m to 1h."""
    model_data_download_timeout: Annotated[Duration, between("1m", "1h")] | None = None
    """How long the artifact may take to come: 1m to 1h."""
    container_startup_health_check_timeout: Annotated[Duration, between("1m", "1h")] | None = None
    """How long the container may take until it answers /ping: 1m to 1h."""
    core_dump: CoreDump | None = None
    """Where core dumps go."""
    ssm_access: bool | None = None
    """Allows a shell into the running container through Systems Manager."""
    managed_instance_scaling: ManagedInstanceScaling | None = None
    """Bounds within which SageMaker chooses the number of instances."""
    routing: Routing | None = None
    """How requests are spread over instances."""
    inference_ami_version: Text | None = None
    """Machine image of the instances, for GPU drivers."""
    capacity_reservation: CapacityReservation | None = None
    """Reserved capacity."""
    accelerator_partition_layouts: Annotated[
        list[AcceleratorPartitionLayout] | None, Field(min_length=1, max_length=32)
    ] = None
    """How accelerators are cut into parts."""
