"""Environment: where resources go, and what is allowed there."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from reconciler.core.units import parse_duration


def _duration(value: object) -> object:
    return parse_duration(value) if isinstance(value, str) else value


Duration = Annotated[int, BeforeValidator(_duration)]
"""Seconds; written as `90s`, `30m`, `6h`, `3d`."""

LOCAL_ACCOUNT = "000000000000"
LOCAL_REGION = "us-east-1"
LOCAL_ROLE = f"arn:aws:iam::{LOCAL_ACCOUNT}:role/local"


class _Model(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, use_attribute_docstrings=True, strict=True
    )


class Networking(_Model):
    """VPC and isolation."""

    subnets: list[str] | None = Field(None, min_length=1, max_length=16)
    """Subnets of the VPC."""
    security_group_ids: list[str] | None = Field(None, min_length=1, max_length=5)
    """Security groups of the VPC."""
    network_isolation: bool | None = None
    """Containers make no network call, not even to S3."""
    inter_container_traffic_encryption: bool | None = None
    """Traffic between the containers of a job is encrypted."""


class Limits(_Model):
    """Checks on what documents ask for. They refuse; they never change a value."""

    instance_types: list[str] | None = None
    """Allowed instance types, with `*` as a wildcard: `ml.m5.*`."""
    max_instance_count: int | None = Field(None, ge=1)
    """Most instances of one job, over all its groups."""
    max_runtime: Duration | None = None
    """Longest `stopping_condition.max_runtime`."""
    max_cost_usd: int | None = Field(None, ge=0)
    """Most that one job may cost, by list price times the longest time."""
    max_launches: int | None = Field(None, ge=0)
    """Most launches of one `apply`."""
    max_stop_percent: int | None = Field(None, ge=0, le=100)
    """Largest share of the running jobs that one `apply` may stop; three are always allowed."""
    role_arns: list[str] | None = None
    """Allowed execution roles, exact."""
    images: list[str] | None = None
    """Allowed images, with `*` as a wildcard."""
    buckets: list[str] | None = None
    """Buckets (`name` or `name/prefix/`) that a job may read and write."""
    require: list[Literal["vpc", "kms", "owner", "network_isolation"]] | None = None
    """What each job must have."""
    require_tags: list[str] | None = None
    """Tag keys that each job must have."""


class Environment(_Model):
    """A document under `environments/`: infrastructure only, no workload defaults."""

    name: str = Field(pattern=r"^[a-z0-9](-?[a-z0-9])*$", max_length=32)
    """Name of the environment, as `-e` and `environments:` in documents say it."""
    description: str | None = None
    """For people."""
    engine: Literal["sagemaker", "local"] = "sagemaker"
    """`local`: this computer plays SageMaker; no account is needed."""
    default: bool = False
    """Used when `-e` is not given, and by documents that name no environment."""
    account_id: str | None = Field(None, pattern=r"^[0-9]{12}$")
    """AWS account, in quotes: a bare 011122223333 would lose its zero."""
    region: str | None = None
    """AWS region."""
    repository: str | None = None
    """Name of this repository in the owner tags; by default read from the remote `origin`."""
    role_arn: str | None = None
    """Execution role of the jobs."""
    bucket: str
    """Bucket for code, data and output."""
    prefix: str | None = None
    """Key prefix inside the bucket."""
    name_prefix: str = ""
    """Put before each physical name: the name fence of this repository in a shared account."""
    networking: Networking | None = None
    """VPC and isolation of every job."""
    kms_key_id: str | None = None
    """Key that encrypts outputs and uploads."""
    volume_kms_key_id: str | None = None
    """Key that encrypts the volumes of the instances."""
    tags: dict[str, str] | None = None
    """Tags of every resource."""
    limits: Limits = Limits()
    """What is allowed here."""
    launch_on: Literal["version", "change"] | None = None
    """`version`: content is launched only under a version that is not in the lock (default of
    engine sagemaker). `change`: new content is launched at once (default of engine local)."""
    images: dict[str, str] | None = None
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
}
"""Spec key to the environment's key it is inherited from (the farthest layer of resolution)."""
