"""Environment: where resources go, and what is allowed there."""

from collections.abc import Mapping
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from reconciler.core.infrastructure import Branch, Bucket, Region
from reconciler.core.model import AccountId, Duration, Model, Name, Text
from reconciler.core.scalars import written

LOCAL_ACCOUNT = "000000000000"
LOCAL_REGION = "us-east-1"
LOCAL_ROLE = f"arn:aws:iam::{LOCAL_ACCOUNT}:role/local"

_DEAREST = 1_000_000
"""US dollars for an hour: whatever asks for as much is no price."""


def _price(value: object) -> Decimal:
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < _DEAREST:
        with suppress(InvalidOperation):
            return Decimal(written(value))
    raise ValueError("a price is a number of US dollars for one hour, such as 0.23")


Price = Annotated[
    Decimal,
    BeforeValidator(_price),
    WithJsonSchema(
        {"type": "number", "minimum": 0, "exclusiveMaximum": _DEAREST, "examples": [0.23]}
    ),
]
"""US dollars with the digits that were written; a float would lose them."""


class Networking(Model):
    """VPC and isolation."""

    subnets: list[Text] | None = Field(None, min_length=1, max_length=16)
    """Subnets of the VPC."""
    security_group_ids: list[Text] | None = Field(None, min_length=1, max_length=5)
    """Security groups of the VPC."""
    network_isolation: bool | None = None
    """Containers make no network call, not even to S3."""
    inter_container_traffic_encryption: bool | None = None
    """Traffic between the containers of a job is encrypted."""


class Limits(Model):
    """Checks on what documents ask for. They refuse; they never change a value."""

    instance_types: list[Text] | None = None
    """Allowed instance types, with `*` as a wildcard: `ml.m5.*`."""
    max_instance_count: int | None = Field(None, ge=1)
    """Most instances of one job, over all its groups."""
    max_runtime: Duration | None = None
    """Longest `stopping_condition.max_runtime`."""
    max_cost_usd: int | None = Field(None, ge=0)
    """Most that one job may cost, by list price times the longest time. Each attempt that `retry`
    allows is a job of its own."""
    max_monthly_cost_usd: int | None = Field(None, ge=0)
    """Most that all jobs may cost in a month (UTC): what ended in it, and the most that those under
    way and the planned ones may cost. Launches that would pass it are held, all together."""
    max_launches: int | None = Field(None, ge=0)
    """Most launches of one `apply`."""
    max_stop_percent: int | None = Field(None, ge=0, le=100)
    """Largest share of the running jobs that one `apply` may stop; three are always allowed."""
    role_arns: list[Text] | None = None
    """Allowed execution roles, exact."""
    images: list[Text] | None = None
    """Allowed images, with `*` as a wildcard."""
    buckets: list[Text] | None = None
    """Buckets (`name` or `name/prefix/`) that a job may read and write."""
    require: list[Literal["vpc", "kms", "owner", "network_isolation"]] | None = None
    """What each job must have."""
    require_tags: list[Text] | None = None
    """Tag keys that each job must have."""


class Environment(Model):
    """A document under `environments/`: infrastructure only, no workload defaults."""

    name: Name
    """Name of the environment, as `-e` and `environments:` in documents say it."""
    description: Text | None = None
    """For people."""
    engine: Literal["sagemaker", "local"] = "sagemaker"
    """`local`: this computer plays SageMaker; no account is needed."""
    default: bool = False
    """Used when `-e` is not given, and by documents that name no environment."""
    account_id: AccountId | None = None
    """AWS account, in quotes: a bare 011122223333 would lose its zero."""
    region: Region | None = None
    """AWS region."""
    repository: Text | None = None
    """Name of this repository in the owner tags; by default read from the remote `origin`."""
    role_arn: Text | None = None
    """Execution role of the jobs."""
    bucket: Bucket
    """Bucket for code, data and output: its name, or the alias of an access point."""
    prefix: Text | None = None
    """Key prefix inside the bucket."""
    name_prefix: Text = ""
    """Put before each physical name: the name fence of this repository in a shared account."""
    networking: Networking | None = None
    """VPC and isolation of every job."""
    kms_key_id: Text | None = None
    """Key that encrypts outputs and uploads."""
    volume_kms_key_id: Text | None = None
    """Key that encrypts the volumes of the instances."""
    tags: dict[str, Text] | None = None
    """Tags of every resource."""
    limits: Limits = Limits()
    """What is allowed here."""
    prices: dict[str, Price] | None = None
    """USD per instance and hour, by instance type: `ml.m5.xlarge: 0.23`. What a plan bounds the
    cost by, and what a run is recorded to have cost; needed for the types that jobs use where
    `limits` bound the cost."""
    lock_branch: Branch | None = None
    """Branch that `apply --push` keeps the lock of this environment on. By default it lies beside
    the documents; a branch of its own is for repositories whose main branch takes no pushes."""
    launch_on: Literal["version", "change"] | None = None
    """`version`: content is launched only under a version that is not in the lock (default of
    engine sagemaker). `change`: new content is launched at once (default of engine local)."""
    images: dict[str, Text] | None = None
    """Engine local only: image pattern to the Python interpreter that serves it."""

    @property
    def local(self) -> bool:
        """Whether this computer plays SageMaker."""
        return self.engine == "local"

    @property
    def launches_on_change(self) -> bool:
        """Whether new content is launched without a new version."""
        return (self.launch_on or ("change" if self.local else "version")) == "change"

    @property
    def account(self) -> str:
        """AWS account id; a fixed one for the local engine."""
        return self.account_id or LOCAL_ACCOUNT

    @property
    def aws_region(self) -> str:
        """AWS region; a fixed one for the local engine."""
        return self.region or LOCAL_REGION

    @property
    def default_role(self) -> str | None:
        """Execution role of jobs that name none and inherit none."""
        return self.role_arn or (LOCAL_ROLE if self.local else None)

    def uri(self, *parts: str) -> str:
        """`s3://bucket/prefix/…` for something this environment keeps."""
        keys = [self.prefix.strip("/")] if self.prefix else []
        return "s3://" + "/".join([self.bucket, *keys, *parts])


INHERITED: Mapping[str, str] = {
    "role_arn": "role_arn",
    "networking": "networking",
    "tags": "tags",
    "output.kms_key_id": "kms_key_id",
    "compute.volume_kms_key_id": "volume_kms_key_id",
    "kms_key_id": "volume_kms_key_id",
}
"""Spec key to the environment's key it is inherited from (the farthest layer of resolution)."""
