"""Endpoints as values: what the state holds of each, and what its statuses mean."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

CREATING = "Creating"
UPDATING = "Updating"
ROLLING_BACK = "RollingBack"
IN_SERVICE = "InService"
ROLLBACK_FAILED = "UpdateRollbackFailed"
DELETING = "Deleting"
FAILED = "Failed"

MOVING = (CREATING, UPDATING, ROLLING_BACK, DELETING)
"""Statuses in which an endpoint can be neither changed nor deleted."""
SERVING = (IN_SERVICE, UPDATING, ROLLING_BACK, ROLLBACK_FAILED)
"""Statuses in which an endpoint answers."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One production variant, with the model as it was when the deployment began."""

    name: str
    request: Mapping[str, Any]
    """The ProductionVariant of the endpoint config."""
    model: Mapping[str, Any]
    """Parameters of CreateModel; the model itself may be deleted meanwhile."""
    weight: float
    """What was asked for; `current_weight` follows when the endpoint is in service again."""
    current_weight: float
    instances: int
    current_instances: int

    @property
    def containers(self) -> list[Mapping[str, Any]]:
        """The container definitions of the model, in the order in which a request meets them."""
        return containers_of(self.model)

    def container_name(self, place: int) -> str:
        """What SageMaker's messages call a container, by its place."""
        if len(self.containers) == 1:
            return "primary"
        return str(self.containers[place].get("ContainerHostname", f"container-{place + 1}"))


@dataclass(frozen=True, slots=True)
class Deployment:
    """One endpoint config as an endpoint runs it, or is about to."""

    number: int
    """Counts the deployments of the endpoint, from 1."""
    config: str
    """Name of the endpoint config."""
    request: Mapping[str, Any]
    """Parameters of CreateEndpointConfig."""
    variants: tuple[Variant, ...]
    policy: Mapping[str, Any] | None
    """The DeploymentConfig that brings it in."""
    created: float
    """Seconds since the epoch."""
    share: float = 0.0
    """Part of the traffic that comes here while another deployment still serves, 0 to 1."""

    def with_variants(self, variants: tuple[Variant, ...]) -> Deployment:
        """The same deployment with other weights and counts."""
        return replace(self, variants=variants)

    def settled(self) -> Deployment:
        """The same deployment with the weights and counts that were asked for."""
        variants = tuple(
            replace(each, current_weight=each.weight, current_instances=each.instances)
            for each in self.variants
        )
        return replace(self, variants=variants, share=0.0)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What the state holds of one endpoint. Times are seconds since the epoch."""

    serial: int
    name: str
    status: str
    failure_reason: str | None
    created: float
    modified: float
    deployments: int
    """How many deployments it ever had."""
    current: Deployment | None
    """What serves; None until the first deployment is in service."""
    pending: Deployment | None
    """What is to serve next; None outside of a creation or an update."""
    policy: Mapping[str, Any] | None
    """The DeploymentConfig of the last deployment that had one."""

    @classmethod
    def from_row(cls, row: sqlite3.Row) -> Endpoint:
        """Read a row of the table `endpoints`."""
        return cls(
            serial=row["serial"],
            name=row["name"],
            status=row["status"],
            failure_reason=row["failure_reason"],
            created=row["created"],
            modified=row["modified"],
            deployments=row["deployments"],
            current=_deployment(row["current"]),
            pending=_deployment(row["pending"]),
            policy=json.loads(row["policy"]) if row["policy"] else None,
        )


def containers_of(model: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The container definitions of a CreateModel request."""
    return list(model.get("Containers") or [model["PrimaryContainer"]])


def deployment_text(deployment: Deployment) -> str:
    """Write a deployment as the JSON text that a row holds."""
    return json.dumps(asdict(deployment))


def new_variants(
    request: Mapping[str, Any], models: Mapping[str, Mapping[str, Any]]
) -> tuple[Variant, ...]:
    """The variants of an endpoint config, with their weights and counts as it has them."""
    return tuple(_variant(each, models) for each in request["ProductionVariants"])


def with_weights(
    variants: Sequence[Variant], changes: Iterable[Mapping[str, Any]]
) -> tuple[Variant, ...]:
    """The variants with the weights and counts of DesiredWeightsAndCapacities."""
    asked = {change["VariantName"]: change for change in changes}
    return tuple(
        replace(
            each,
            weight=asked.get(each.name, {}).get("DesiredWeight", each.weight),
            instances=asked.get(each.name, {}).get("DesiredInstanceCount", each.instances),
        )
        for each in variants
    )


def retained(
    variants: Sequence[Variant], before: Sequence[Variant], excluded: Collection[str]
) -> tuple[Variant, ...]:
    """The variants with weights and counts of those of the same name before, unless `excluded`
    (VariantPropertyType) says to take the new ones."""
    changes = []
    for each in before:
        change: dict[str, Any] = {"VariantName": each.name}
        if "DesiredWeight" not in excluded:
            change["DesiredWeight"] = each.weight
        if "DesiredInstanceCount" not in excluded:
            change["DesiredInstanceCount"] = each.instances
        changes.append(change)
    return with_weights(variants, changes)


def _variant(request: Mapping[str, Any], models: Mapping[str, Mapping[str, Any]]) -> Variant:
    weight = float(request.get("InitialVariantWeight", 1.0))
    count = int(request.get("InitialInstanceCount", 0 if "ServerlessConfig" in request else 1))
    return Variant(
        name=request["VariantName"],
        request=request,
        model=models[request["ModelName"]],
        weight=weight,
        current_weight=weight,
        instances=count,
        current_instances=count,
    )


def _deployment(text: str | None) -> Deployment | None:
    if text is None:
        return None
    found = json.loads(text)
    variants = tuple(Variant(**variant) for variant in found.pop("variants"))
    return Deployment(variants=variants, **found)
