"""Updating: what can change on a job that was launched, and when SageMaker allows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.core.call import Call
from reconciler.core.content import content
from reconciler.core.fields import overlay, to_request
from reconciler.core.live import Observation
from reconciler.kinds.tags import tag_calls
from reconciler.kinds.training_job.fields import KEEP_ALIVE_KEY, UPDATE_TABLE
from reconciler.kinds.training_job.image import with_rule_images
from reconciler.kinds.training_job.observing import WARM_POOL
from reconciler.kinds.training_job.spec import TrainingJobSpec

IN_PLACE = frozenset(
    {
        "tags",
        "owner",
        "description",
        "gates",
        "on_delete",
        "retry",
        "profiler",
        "remote_debug",
        KEEP_ALIVE_KEY,
    }
)
"""Keys that can change without a new launch."""

HELD_BY_SAGEMAKER = ("tags", "owner", KEEP_ALIVE_KEY, "profiler", "remote_debug")

_POOL_STATES = ("Available", "InUse")
_DEBUG_STAGES = ("Downloading", "Training")


def in_place_values(spec: TrainingJobSpec) -> dict[str, Any]:
    """What the spec says now of the in-place keys that SageMaker holds; plain values."""
    plain = content(spec, ())
    keep_alive = (plain.get("compute") or {}).get("keep_alive_period")
    values = {**plain, KEEP_ALIVE_KEY: keep_alive}
    return {key: values[key] for key in HELD_BY_SAGEMAKER if values.get(key) is not None}


def update(
    spec: TrainingJobSpec, recorded: Mapping[str, Any], observation: Observation
) -> tuple[Call, ...] | str:
    """Calls that bring the job from the recorded values to the spec's.

    When the state of the job no longer allows one of them, the reason: nothing is done then.
    State rules: botocore's UpdateTrainingJob, developer guide on warm pools.
    """
    wanted = in_place_values(spec)
    changed = [key for key in HELD_BY_SAGEMAKER if recorded.get(key) != wanted.get(key)]
    for key in changed:
        reason = _refusal(key, wanted, observation)
        if reason:
            return reason
    tags = tag_calls(recorded, wanted, observation.arn) if {"tags", "owner"} & {*changed} else ()
    return (*tags, *_update(changed, wanted, observation))


def _refusal(key: str, wanted: Mapping[str, Any], observation: Observation) -> str | None:
    """Why a key cannot change now; None when it can."""
    if key in ("tags", "owner"):
        return None
    if key not in wanted:
        return f"`{key}` was removed; SageMaker keeps what the job was launched with"
    if key == KEEP_ALIVE_KEY:
        return _pool_refusal(observation)
    if observation.status != "InProgress":
        return f"`{key}`: the job is {observation.status}, not InProgress"
    if key == "remote_debug" and observation.stage not in _DEBUG_STAGES:
        return f"`{key}`: the job is at {observation.stage}, not Downloading or Training"
    return None


def _pool_refusal(observation: Observation) -> str | None:
    """Why the warm pool cannot be kept longer or shorter now."""
    if KEEP_ALIVE_KEY not in observation.in_place:
        return f"`{KEEP_ALIVE_KEY}`: the job was launched without a warm pool"
    pool = observation.in_place.get(WARM_POOL)
    if pool not in _POOL_STATES:
        state = pool or "not there yet"
        return f"`{KEEP_ALIVE_KEY}`: the warm pool is {state}, not Available or InUse"
    return None


def _update(
    changed: list[str], wanted: Mapping[str, Any], observation: Observation
) -> tuple[Call, ...]:
    """One UpdateTrainingJob for all that it can change; none when nothing of it did."""
    values: dict[str, Any] = {}
    if "profiler" in changed:
        values["profiler"] = _profiler(wanted["profiler"], observation)
    if "remote_debug" in changed:
        values["remote_debug"] = wanted["remote_debug"]
    if KEEP_ALIVE_KEY in changed:
        values["compute"] = {"keep_alive_period": wanted[KEEP_ALIVE_KEY]}
    if not values:
        return ()
    name = {"TrainingJobName": observation.physical_name}
    return (Call("UpdateTrainingJob", overlay(name, to_request(UPDATE_TABLE, values))),)


def _profiler(wanted: Mapping[str, Any], observation: Observation) -> dict[str, Any]:
    """The profiler with what its document leaves open: the path it has, SageMaker's rule images."""
    live = observation.in_place.get("profiler") or {}
    path = {"s3_output_path": live["s3_output_path"]} if "s3_output_path" in live else {}
    profiler = {**path, **wanted}
    if "rules" in profiler:
        region = observation.arn.split(":")[3]
        profiler["rules"] = with_rule_images(profiler["rules"], region)
    return profiler
