"""What a launch uses, in a few words, read off the very call that will be sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.core.call import Call
from reconciler.core.units import format_duration
from reconciler.render.theme import Theme


def compute_text(call: Call, theme: Theme) -> str:
    """`2 × ml.m5.xlarge, at most 1h`; empty for a call that starts no instance."""
    resources = call.params.get("ResourceConfig")
    if not isinstance(resources, Mapping):
        return ""
    groups = resources.get("InstanceGroups") or [resources]
    shown = " + ".join(text for group in groups if (text := _instances(group, theme)))
    spot = ["spot"] if call.params.get("EnableManagedSpotTraining") else []
    return ", ".join([*([shown] if shown else []), *_longest(call.params), *spot])


def _instances(group: Mapping[str, Any], theme: Theme) -> str:
    if "InstanceType" not in group:
        return ""
    return f"{group.get('InstanceCount', 1)} {theme.symbols.times} {group['InstanceType']}"


def _longest(params: Mapping[str, Any]) -> list[str]:
    seconds = params.get("StoppingCondition", {}).get("MaxRuntimeInSeconds")
    return [f"at most {format_duration(seconds)}"] if isinstance(seconds, int) else []
