"""Observing: answers of DescribeEndpointConfig and DescribeEndpoint in words that all kinds share.

A configuration is a run: it is there, or it is not. What is live is the endpoint; it serves one
configuration and may be on its way to another.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from reconciler.core.call import Call
from reconciler.core.deployment import CURRENT, PENDING
from reconciler.core.fields import get
from reconciler.core.live import Observation, Outcome, Phase
from reconciler.errors import ServiceError
from reconciler.kinds import observing

_PHASES = {
    "InService": Phase.READY,
    "Failed": Phase.FAILED,
    "OutOfService": Phase.FAILED,
    "UpdateRollbackFailed": Phase.FAILED,
}
"""Other statuses can still move, those included that this version does not know."""

_CAPACITY = ("InsufficientInstanceCapacity", "Unable to provision requested ML compute capacity")
"""Texts in a FailureReason that mean that there were no instances."""

_GROUPS = ("ProductionVariants", "ShadowProductionVariants")


def observe(answer: Mapping[str, Any]) -> Observation:
    """Understand an answer about a configuration, or about an endpoint."""
    return _endpoint(answer) if "EndpointName" in answer else _configuration(answer)


def _configuration(answer: Mapping[str, Any]) -> Observation:
    return Observation(
        physical_name=answer["EndpointConfigName"],
        arn=answer["EndpointConfigArn"],
        phase=Phase.READY,
        status="Created",
        outcome=Outcome.DONE,
        fields=dict(_models(answer)),
        times=_created(answer),
    )


def _endpoint(answer: Mapping[str, Any]) -> Observation:
    status = str(answer["EndpointStatus"])
    phase = _PHASES.get(status, Phase.PROGRESSING)
    reason = answer.get("FailureReason") or None
    return Observation(
        physical_name=answer["EndpointName"],
        arn=answer["EndpointArn"],
        phase=phase,
        status=status,
        reason=reason,
        outcome=_outcome(phase, reason),
        fields={
            CURRENT: answer.get("EndpointConfigName"),
            PENDING: get(answer, ("PendingDeploymentSummary", "EndpointConfigName")),
        },
        times=_created(answer),
    )


def of_run(physical_name: str, seen: Observation) -> Observation:
    """What an endpoint says about one of its configurations.

    Ready only once it is the one that is served. Where another one is in service again, with a
    reason, or nothing can move any more, it failed.
    """
    own = replace(seen, physical_name=physical_name)
    served = seen.fields.get(CURRENT) == physical_name
    if served and seen.phase is Phase.READY:
        return replace(own, reason=None)
    pending = seen.fields.get(PENDING) == physical_name
    rolled_back = not served and not pending and seen.phase is Phase.READY and seen.reason
    if seen.phase is Phase.FAILED or rolled_back:
        return replace(own, phase=Phase.FAILED, outcome=_outcome(Phase.FAILED, seen.reason))
    return replace(own, phase=Phase.PROGRESSING, outcome=None, reason=None)


def is_missing(error: ServiceError) -> bool:
    """Whether an endpoint or a configuration does not exist (two controllers of AWS match
    `ValidationException: Could not find endpoint`, which begins the other text too)."""
    return observing.is_missing(error, "Could not find endpoint")


def same(call: Call, observation: Observation) -> tuple[str, ...]:
    """Variants of the call whose model is another one in the live configuration, or that are not
    there. Counts and weights are autoscaling's to change."""
    return observing.differing(dict(_models(call.params)), observation.fields)


def _models(config: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Which variant serves which model, by member path."""
    for group in _GROUPS:
        for variant in config.get(group) or ():
            yield f"{group}.{variant['VariantName']}.ModelName", variant.get("ModelName", "")


def _outcome(phase: Phase, reason: str | None) -> Outcome | None:
    if phase is Phase.PROGRESSING:
        return None
    if phase is Phase.READY:
        return Outcome.DONE
    lacking = any(text in (reason or "") for text in _CAPACITY)
    return Outcome.CAPACITY if lacking else Outcome.CLIENT


def _created(answer: Mapping[str, Any]) -> dict[str, str]:
    created = answer.get("CreationTime")
    return {"created": observing.utc(created)} if created else {}
