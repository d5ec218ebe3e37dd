"""How the traffic of an endpoint moves to a new deployment: pure.

The steps are those of the DeploymentConfig, with its waits shortened: a minute takes a second.
Alarms of AutoRollbackConfiguration never ring here; a new container that ends or fails its health
check does what they would.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MINUTE = 60.0
"""Seconds of a DeploymentConfig that take one second here."""


@dataclass(frozen=True, slots=True)
class Step:
    """One shift of the traffic."""

    share: float
    """Part of the traffic that the new deployment gets, 0 to 1."""
    seconds: float
    """How long it must stay healthy with it before the next step."""


def steps(policy: Mapping[str, Any] | None, *, instances: int) -> tuple[Step, ...]:
    """The steps of a DeploymentConfig to an endpoint with so many instances; the last has share 1.

    Without a policy all traffic shifts at once (DeploymentConfig in the service model).
    """
    policy = policy or {}
    rolling = policy.get("RollingUpdatePolicy")
    if rolling:
        part = _part(rolling["MaximumBatchSize"], instances)
        return _even(part, rolling["WaitIntervalInSeconds"] / MINUTE)
    blue_green = policy.get("BlueGreenUpdatePolicy", {})
    routing = blue_green.get("TrafficRoutingConfiguration", {})
    wait = routing.get("WaitIntervalInSeconds", 0) / MINUTE
    shifts = _shifts(routing, wait, instances)
    last = shifts[-1]
    termination = blue_green.get("TerminationWaitInSeconds", 0) / MINUTE
    return (*shifts[:-1], Step(last.share, last.seconds + termination))


def _shifts(routing: Mapping[str, Any], wait: float, instances: int) -> tuple[Step, ...]:
    match routing.get("Type"):
        case "CANARY":
            return (Step(_part(routing.get("CanarySize"), instances), wait), Step(1.0, wait))
        case "LINEAR":
            return _even(_part(routing.get("LinearStepSize"), instances), wait)
    return (Step(1.0, wait),)


def _even(part: float, wait: float) -> tuple[Step, ...]:
    count = math.ceil(round(1.0 / part, 6))
    return tuple(Step(min(1.0, number * part), wait) for number in range(1, count + 1))


def _part(size: Mapping[str, Any] | None, instances: int) -> float:
    """A CapacitySize as a part of all instances, more than 0 and at most 1."""
    if size is None:
        return 1.0
    whole = 100 if size["Type"] == "CAPACITY_PERCENT" else max(1, instances)
    return float(min(1.0, size["Value"] / whole))
