"""Inputs: channels of a job as the request has them, with URIs for what only we can name."""

from __future__ import annotations

from typing import Any

from reconciler.core.kind import Facts, Reference
from reconciler.kinds.training_job.code import CODE_CHANNEL, brings_launcher, code_uri, isolated
from reconciler.kinds.training_job.spec import TrainingJobSpec


def references(spec: TrainingJobSpec) -> tuple[Reference, ...]:
    """Artifacts of other jobs that are channels of this one."""
    return tuple(
        Reference(("inputs", name), channel.job, channel.version, channel.environment)
        for name, channel in (spec.inputs or {}).items()
        if channel.job
    )


def channels(spec: TrainingJobSpec, facts: Facts) -> dict[str, Any]:
    """Channels by name with every source as a URI, and the code as a channel where it must be."""
    found = {
        name: _channel(("inputs", name), channel.model_dump(exclude_unset=True), facts)
        for name, channel in (spec.inputs or {}).items()
    }
    uri = code_uri(spec, facts)
    if uri is not None and (isolated(spec) or brings_launcher(spec)):
        found[CODE_CHANNEL] = _code_channel(spec, uri, found)
    return found


def _channel(path: tuple[str, str], values: dict[str, Any], facts: Facts) -> dict[str, Any]:
    if values.get("path") is not None:
        values["s3_uri"] = facts.uploads[path]
    if values.get("job") is not None:
        values["s3_uri"] = facts.outputs[path]
    return _s3_defaults(values) if values.get("s3_uri") is not None else values


def _s3_defaults(values: dict[str, Any]) -> dict[str, Any]:
    """S3DataType is required; the distribution is AWS's default, as its own SDK sends it, and null
    leaves it out."""
    set_values = {
        key: value
        for key, value in values.items()
        if value is not None or key == "s3_data_distribution_type"
    }
    return {
        "s3_data_type": "S3Prefix",
        "s3_data_distribution_type": "FullyReplicated",
    } | set_values


def _code_channel(spec: TrainingJobSpec, uri: str, others: dict[str, Any]) -> dict[str, Any]:
    """The code as a file for every instance: if some channels name groups, all have to."""
    values = {"s3_uri": uri}
    if spec.training_input_mode not in (None, "File"):
        values["input_mode"] = "File"
    groups = list((spec.compute and spec.compute.instance_groups) or ())
    named = any(channel.get("instance_group_names") for channel in others.values())
    return _s3_defaults(values | ({"instance_group_names": groups} if named else {}))
