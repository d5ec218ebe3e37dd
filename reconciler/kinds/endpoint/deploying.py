"""Deploying: the calls that bring a configuration into service, and DeploymentConfig both ways."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.core.call import Call
from reconciler.core.fields import get
from reconciler.core.kind import Facts
from reconciler.core.live import Observation
from reconciler.core.ownership import COMMIT, DIGEST, VERSION
from reconciler.core.units import format_duration
from reconciler.kinds.endpoint.rollout import Deployment, Rolling, Step
from reconciler.kinds.endpoint.spec import EndpointSpec

OF_ONE_CONFIGURATION = frozenset({VERSION, DIGEST, COMMIT})
"""Tags that would be wrong on the endpoint as soon as it serves another configuration."""

_BLUE_GREEN = "BlueGreenUpdatePolicy"
_ROLLING = "RollingUpdatePolicy"
_ROUTING = "TrafficRoutingConfiguration"
_SIZES = {"canary": "CanarySize", "linear": "LinearStepSize"}
_TIMEOUT = "MaximumExecutionTimeoutInSeconds"


def deploy(spec: EndpointSpec, facts: Facts, seen: Observation | None) -> tuple[Call, ...]:
    """CreateEndpoint where there is none, else UpdateEndpoint.

    A failed endpoint serves nothing, and DeleteEndpoint is all that SageMaker allows on it
    (developer guide, DescribeEndpoint): it is made anew.
    """
    names = {"EndpointName": facts.live_name, "EndpointConfigName": facts.physical_name}
    config = deployment_config(spec.deployment) if spec.deployment else {}
    told: dict[str, Any] = {"DeploymentConfig": config} if config else {}
    if seen is not None and seen.status != "Failed":
        return (Call("UpdateEndpoint", {**names, **told, **_retained(spec.deployment)}),)
    tags = [
        {"Key": key, "Value": value}
        for key, value in sorted(facts.tags.items())
        if key not in OF_ONE_CONFIGURATION
    ]
    create = Call("CreateEndpoint", {**names, **told, "Tags": tags})
    delete = Call("DeleteEndpoint", {"EndpointName": facts.live_name})
    return (create,) if seen is None else (delete, create)


def _retained(deployment: Deployment | None) -> dict[str, Any]:
    """What autoscaling has set and the new configuration does not change."""
    if deployment is None or not deployment.retain_all_variant_properties:
        return {}
    excluded = [
        {"VariantPropertyType": name}
        for name in deployment.exclude_retained_variant_properties or ()
    ]
    more: dict[str, Any] = {"ExcludeRetainedVariantProperties": excluded} if excluded else {}
    return {"RetainAllVariantProperties": True, **more}


def deployment_config(deployment: Deployment) -> dict[str, Any]:
    """DeploymentConfig as CreateEndpoint and UpdateEndpoint take it; empty for AWS's default."""
    config: dict[str, Any] = {}
    if deployment.rolling is not None:
        config[_ROLLING] = _rolling(deployment, deployment.rolling)
    elif _is_blue_green(deployment):
        config[_BLUE_GREEN] = _blue_green(deployment)
    if deployment.rollback_alarms:
        alarms = [{"AlarmName": name} for name in deployment.rollback_alarms]
        config["AutoRollbackConfiguration"] = {"Alarms": alarms}
    return config


def _is_blue_green(deployment: Deployment) -> bool:
    said = ("all_at_once", "canary", "linear", "termination_wait", "maximum_execution_timeout")
    return any(getattr(deployment, key) is not None for key in said)


def _blue_green(deployment: Deployment) -> dict[str, Any]:
    all_at_once = deployment.all_at_once
    routing: dict[str, Any] = {
        "Type": "ALL_AT_ONCE",
        "WaitIntervalInSeconds": (all_at_once and all_at_once.wait_interval) or 0,
    }
    for key, member in _SIZES.items():
        step: Step | None = getattr(deployment, key)
        if step is not None:
            routing = {
                "Type": key.upper(),
                "WaitIntervalInSeconds": step.wait_interval or 0,
                member: _size(step.percent, step.instances),
            }
    return {_ROUTING: routing} | _set(
        TerminationWaitInSeconds=deployment.termination_wait,
        MaximumExecutionTimeoutInSeconds=deployment.maximum_execution_timeout,
    )


def _rolling(deployment: Deployment, rolling: Rolling) -> dict[str, Any]:
    return {
        "MaximumBatchSize": _size(rolling.percent, rolling.instances),
        "WaitIntervalInSeconds": rolling.wait_interval or 0,
    } | _set(
        MaximumExecutionTimeoutInSeconds=deployment.maximum_execution_timeout,
        RollbackMaximumBatchSize=_size(rolling.rollback_percent, rolling.rollback_instances),
    )


def _size(percent: int | None, instances: int | None) -> dict[str, Any] | None:
    if instances is not None:
        return {"Type": "INSTANCE_COUNT", "Value": int(instances)}
    return None if percent is None else {"Type": "CAPACITY_PERCENT", "Value": int(percent)}


def _set(**members: Any) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def deployment_of(config: Mapping[str, Any]) -> dict[str, Any]:
    """The `deployment` of a document whose DeploymentConfig is `config`, as far as one can say
    it; durations as people write them."""
    found: dict[str, Any] = {}
    rolling = config.get(_ROLLING)
    blue_green = config.get(_BLUE_GREEN) or {}
    routing = blue_green.get(_ROUTING)
    if rolling:
        back = _read_size(rolling.get("RollbackMaximumBatchSize"))
        found["rolling"] = {
            **_step(rolling, "MaximumBatchSize"),
            **{f"rollback_{key}": value for key, value in back.items()},
        }
    elif routing:
        kind = str(routing.get("Type", "")).lower()
        found[kind] = _step(routing, _SIZES.get(kind, ""))
    waits = {
        "termination_wait": blue_green.get("TerminationWaitInSeconds"),
        "maximum_execution_timeout": (rolling or blue_green).get(_TIMEOUT),
    }
    found |= {key: format_duration(value) for key, value in waits.items() if value is not None}
    alarms = get(config, ("AutoRollbackConfiguration", "Alarms"))
    if alarms:
        found["rollback_alarms"] = [alarm.get("AlarmName") for alarm in alarms]
    return found


def _step(policy: Mapping[str, Any], size: str) -> dict[str, Any]:
    wait = policy.get("WaitIntervalInSeconds")
    written = {} if not wait else {"wait_interval": format_duration(wait)}
    return {**_read_size(policy.get(size)), **written}


def _read_size(size: Mapping[str, Any] | None) -> dict[str, Any]:
    if not size:
        return {}
    key = "instances" if size.get("Type") == "INSTANCE_COUNT" else "percent"
    return {key: size.get("Value")}
