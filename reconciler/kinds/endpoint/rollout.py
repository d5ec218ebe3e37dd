"""Rollout: how a new configuration takes the place of the one in service."""

from typing import Annotated, Literal

from pydantic import Field

from reconciler.core.model import Duration, Model, Text
from reconciler.kinds.values import between

STRATEGIES = ("all_at_once", "canary", "linear", "rolling")
"""Keys of a deployment of which at most one is given."""

Wait = Annotated[Duration, between("0s", "1h")]


class AllAtOnce(Model):
    """All traffic goes to the new fleet in one step."""

    wait_interval: Wait | None = None
    """How long alarms are watched after the step. Default 0s."""


class Step(Model):
    """One step of traffic, as a share of the capacity or as a number of instances."""

    percent: int | None = Field(None, ge=1, le=100)
    """Percent of the capacity."""
    instances: int | None = Field(None, ge=1)
    """Number of instances."""
    wait_interval: Wait | None = None
    """How long alarms are watched after each step. Default 0s."""


class Rolling(Step):
    """The old fleet is replaced batch by batch."""

    rollback_percent: int | None = Field(None, ge=1, le=100)
    """Percent of the capacity that goes back in one batch. Default 100."""
    rollback_instances: int | None = Field(None, ge=1)
    """Number of instances that go back in one batch."""


class Deployment(Model):
    """How a new configuration takes the place of the one in service. It changes nothing of what is
    served, so it is not content."""

    all_at_once: AllAtOnce | None = None
    """Blue/green, all traffic in one step (default)."""
    canary: Step | None = None
    """Blue/green, a small part of the traffic first."""
    linear: Step | None = None
    """Blue/green, traffic in equal steps."""
    rolling: Rolling | None = None
    """Batch by batch, without a second fleet."""
    termination_wait: Wait | None = None
    """Blue/green: how long the old fleet stays after the last step. Default 0s."""
    maximum_execution_timeout: Annotated[Duration, between("10m", "8h")] | None = None
    """Longest time of the deployment."""
    rollback_alarms: Annotated[list[Text] | None, Field(min_length=1, max_length=10)] = None
    """CloudWatch alarms that roll the deployment back."""
    retain_all_variant_properties: bool | None = None
    """Keep instance counts and weights as autoscaling has set them."""
    exclude_retained_variant_properties: Annotated[
        list[Literal["DesiredInstanceCount", "DesiredWeight", "DataCaptureConfig"]] | None,
        Field(max_length=3),
    ] = None
    """Properties that the new configuration sets all the same."""
