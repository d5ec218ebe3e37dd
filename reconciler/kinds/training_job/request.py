"""Request: the CreateTrainingJob call that a resolved spec comes to.

spec → plain values → what only we can say is filled in → the table of fields → `api_overrides`.
"""

from __future__ import annotations

import re
from typing import Any

from reconciler.core.call import Call
from reconciler.core.fields import put, to_request
from reconciler.core.kind import Facts
from reconciler.kinds.tags import overridden
from reconciler.kinds.training_job.code import (
    brings_launcher,
    code_of,
    script_hyperparameters,
)
from reconciler.kinds.training_job.distribution import distribution_hyperparameters
from reconciler.kinds.training_job.fields import TABLE
from reconciler.kinds.training_job.hyperparameters import as_json, as_text
from reconciler.kinds.training_job.image import image_of, with_rule_images
from reconciler.kinds.training_job.inputs import channels
from reconciler.kinds.training_job.launcher import command
from reconciler.kinds.training_job.spec import TrainingJobSpec

VOLUME_SIZE = 30
"""GB; the default of AWS's SDKs. The API names none, and File mode needs room for the data."""

MAX_RUNTIME = 86_400
"""Seconds; AWS's own default (1 day), sent so that a plan shows and bounds it."""

_ATTEMPT = re.compile(r"-r[0-9]+$")
_HOOK = frozenset({"local_path", "hook_parameters", "collections"})


def request(spec: TrainingJobSpec, facts: Facts) -> Call:
    """The call that launches the job. The spec must have passed `check`.

    Defaults are filled in here and never reach the content that is hashed.
    """
    values = spec.model_dump(exclude_unset=True)
    values["tags"] = dict(sorted(facts.tags.items()))
    _fill_algorithm(values, spec, facts)
    values["inputs"] = channels(spec, facts)
    _fill_places(values, spec, facts)
    if spec.serverless is None:
        values.setdefault("training_input_mode", "File")
        values["compute"] = {"volume_size": VOLUME_SIZE} | (values.get("compute") or {})
        limits = values.get("stopping_condition") or {}
        values["stopping_condition"] = {"max_runtime": MAX_RUNTIME} | limits
    params = {"TrainingJobName": facts.physical_name} | _said(to_request(TABLE, values))
    return Call("CreateTrainingJob", overridden(params, spec.api_overrides, facts.tags))


def _fill_algorithm(values: dict[str, Any], spec: TrainingJobSpec, facts: Facts) -> None:
    image = image_of(spec, facts.environment)
    if image is not None:
        container = values.get("container") or {}
        values["container"] = container | {"image": image}
    if spec.container is not None and brings_launcher(spec):
        values["container"] |= command(spec.container)
    given = spec.hyperparameters or {}
    if code_of(spec) is None:
        values["hyperparameters"] = as_text(given)
    else:
        values["hyperparameters"] = (
            as_json(given)
            | distribution_hyperparameters(spec)
            | dict(script_hyperparameters(spec, facts))
        )


def _fill_places(values: dict[str, Any], spec: TrainingJobSpec, facts: Facts) -> None:
    """Fill in where the job writes, as far as the document does not say it."""
    environment = facts.environment
    if not spec.role_arn and environment.default_role:
        values["role_arn"] = environment.default_role
    output = values.get("output") or {}
    path = output.get("s3_output_path") or environment.uri("jobs", spec.name or "", "")
    values["output"] = output | {"s3_output_path": path}
    # A new attempt goes on from the checkpoints of the one before; another content never does.
    run = _ATTEMPT.sub("", facts.physical_name)
    if spec.checkpoint is not None and not spec.checkpoint.s3_uri:
        put(values, ("checkpoint", "s3_uri"), environment.uri("checkpoints", run, ""))
    if spec.tensorboard is not None and not spec.tensorboard.s3_output_path:
        put(values, ("tensorboard", "s3_output_path"), environment.uri("tensorboard", run, ""))
    debugger = values.get("debugger") or {}
    if _HOOK & debugger.keys():
        values["debugger"] = {"s3_output_path": path} | debugger
    _fill_watching(values, path, environment.aws_region)


def _fill_watching(values: dict[str, Any], path: str, region: str) -> None:
    """Fill in where a profiler that is switched on writes, and the images of SageMaker's rules."""
    profiler = values.get("profiler") or {}
    if profiler and not profiler.get("disable_profiler"):
        values["profiler"] = {"s3_output_path": path} | profiler
    for part in ("debugger", "profiler"):
        rules = (values.get(part) or {}).get("rules")
        if rules:
            values[part] = values[part] | {"rules": with_rule_images(rules, region)}


def _said(request: dict[str, Any]) -> dict[str, Any]:
    """A request without empty lists and maps: they say nothing, and some are refused."""
    return {key: value for key, value in request.items() if value not in ({}, [])}
