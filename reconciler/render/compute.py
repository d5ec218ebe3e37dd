"""What a launch uses and costs at most, in a few words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.core.call import Call
from reconciler.core.plan import Change, Note
from reconciler.core.pricing import longest_seconds
from reconciler.core.units import format_duration
from reconciler.render.theme import Theme


def compute_text(call: Call, theme: Theme) -> str:
    """`2 × ml.m5.xlarge, at most 1h`, read off the very call that will be sent; empty for one that
    starts no instance. What serves has no longest time."""
    if call.operation == "CreateEndpointConfig":
        variants = call.params.get("ProductionVariants") or ()
        return " + ".join(text for variant in variants if (text := _variant(variant, theme)))
    resources = call.params.get("ResourceConfig")
    if not isinstance(resources, Mapping):
        return ""
    shown = _training_instances(resources, theme)
    spot = ["spot"] if _spot(call.params) else []
    kept = resources.get("KeepAlivePeriodInSeconds")
    warm = [f"then kept for {format_duration(kept)}"] if kept else []
    return ", ".join([*([shown] if shown else []), *_longest(call.params), *spot, *warm])


def _training_instances(resources: Mapping[str, Any], theme: Theme) -> str:
    """All groups together, or each of the preferences."""
    shared = {"InstanceCount": resources.get("InstanceCount", 1)}
    preferences = [{**shared, **part} for part in resources.get("InstancePreferences") or ()]
    groups = preferences or resources.get("InstanceGroups") or [resources]
    between = " or " if preferences else " + "
    return between.join(text for group in groups if (text := _instances(group, theme)))


def _instances(group: Mapping[str, Any], theme: Theme) -> str:
    if "InstanceType" not in group:
        return ""
    return f"{group.get('InstanceCount', 1)} {theme.symbols.times} {group['InstanceType']}"


def _variant(variant: Mapping[str, Any], theme: Theme) -> str:
    serverless = variant.get("ServerlessConfig")
    if isinstance(serverless, Mapping):
        return f"serverless {serverless.get('MemorySizeInMB')} MB"
    counted = {**variant, "InstanceCount": variant.get("InitialInstanceCount", 1)}
    return _instances(counted, theme)


def bound_text(change: Change | Note) -> str:
    """`at most $1.11`, the bound of one launch, now or later; `at most $1.11 for each of 3
    attempts` where more of them may follow; `$3.06 an hour` of an endpoint; empty where it is not
    known."""
    if change.hourly:
        return f"{change.hourly} an hour"
    if not change.cost_bound:
        return ""
    each = f" for each of {change.attempts} attempts" if change.attempts > 1 else ""
    return f"at most {change.cost_bound}{each}"


def _longest(params: Mapping[str, Any]) -> list[str]:
    """The time that `core.pricing` counts, which with spot includes the waiting."""
    if not isinstance(params.get("StoppingCondition", {}).get("MaxRuntimeInSeconds"), int):
        return []
    waiting = " with waiting" if _spot(params) else ""
    return [f"at most {format_duration(longest_seconds(params))}{waiting}"]


def _spot(params: Mapping[str, Any]) -> bool:
    return bool(params.get("EnableManagedSpotTraining"))
