"""Rollout: sizes of steps, waits, and what is kept."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.core.environment import Environment
from reconciler.core.kind import Finding
from reconciler.core.units import format_duration
from reconciler.kinds.endpoint.rollout import STRATEGIES, Deployment
from reconciler.kinds.endpoint.spec import EndpointSpec
from reconciler.kinds.findings import at_most_one, exactly_one

PERCENT = {"canary": (1, 50), "linear": (10, 50), "rolling": (5, 50)}
"""Least and most percent of the instances in one step (botocore: TrafficRoutingConfig.CanarySize,
.LinearStepSize, RollingUpdatePolicy.MaximumBatchSize)."""


def _strategy(deployment: Deployment) -> Iterator[Finding]:
    """E202: one strategy, whose steps are percents or numbers of instances."""
    yield from at_most_one(deployment, STRATEGIES, ("deployment",))
    for key in PERCENT:
        step = getattr(deployment, key)
        if step is not None:
            yield from exactly_one(step, ("percent", "instances"), ("deployment", key))
    if deployment.rolling is not None:
        back = ("rollback_percent", "rollback_instances")
        yield from at_most_one(deployment.rolling, back, ("deployment", "rolling"))


def _steps(deployment: Deployment) -> Iterator[Finding]:
    """E248: a step is neither too large to be a test nor too small to arrive."""
    for key, (least, most) in PERCENT.items():
        step = getattr(deployment, key)
        if step is not None and step.percent is not None and not least <= step.percent <= most:
            message = f"`{key}` takes {least} to {most} percent in a step, not {step.percent}"
            yield Finding("E248", message, ("deployment", key, "percent"))


def _waits(deployment: Deployment) -> Iterator[Finding]:
    """E249: the timeout is longer than all waits (botocore:
    BlueGreenUpdatePolicy.MaximumExecutionTimeoutInSeconds); only blue/green has an old fleet."""
    if deployment.rolling is not None and deployment.termination_wait is not None:
        message = "`termination_wait` is of a second fleet, and `rolling` has none"
        yield Finding("E249", message, ("deployment", "termination_wait"), "remove it")
    timeout, waiting = deployment.maximum_execution_timeout, _waiting(deployment)
    if timeout is not None and timeout <= waiting:
        message = f"{format_duration(timeout)} is not longer than the waits, together"
        path = ("deployment", "maximum_execution_timeout")
        yield Finding("E249", f"{message} {format_duration(waiting)}", path)


def _waiting(deployment: Deployment) -> int:
    """Seconds of waiting that a deployment takes at least."""
    given = [getattr(deployment, key) for key in STRATEGIES]
    intervals = [strategy.wait_interval or 0 for strategy in given if strategy is not None]
    return sum(intervals) + (deployment.termination_wait or 0)


def _retention(deployment: Deployment) -> Iterator[Finding]:
    """E249: exceptions need the rule that they are from (botocore:
    UpdateEndpoint.ExcludeRetainedVariantProperties)."""
    excluded = deployment.exclude_retained_variant_properties
    if excluded is not None and not deployment.retain_all_variant_properties:
        message = "it needs `retain_all_variant_properties: true`"
        path = ("deployment", "exclude_retained_variant_properties")
        yield Finding("E249", message, path)


def findings(deployment: Deployment) -> Iterator[Finding]:
    """All that is wrong with a deployment."""
    for rule in (_strategy, _steps, _waits, _retention):
        yield from rule(deployment)


def rollout(spec: EndpointSpec, _: Environment) -> Iterator[Finding]:
    """E202, E248, E249: a new configuration can take the place of the old one in this way."""
    if spec.deployment is not None:
        yield from findings(spec.deployment)


RULES = (rollout,)
