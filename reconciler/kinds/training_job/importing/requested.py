"""Requested: a CreateTrainingJob request as the values of a spec.

What no key can say is left out; `core/importing.py` finds it missing and puts it under
`api_overrides`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from reconciler.core.environment import Environment
from reconciler.core.fields import get, put
from reconciler.core.kind import Finding
from reconciler.core.readers import Values, known_values, without_own
from reconciler.kinds.training_job.code import CODE_CHANNEL
from reconciler.kinds.training_job.fields import TABLE
from reconciler.kinds.training_job.image import image_instance_type
from reconciler.kinds.training_job.importing import algorithms, members, scripts
from reconciler.kinds.training_job.rules import check
from reconciler.kinds.training_job.spec import TrainingJobSpec

KEPT = frozenset(
    {
        ("name",),
        ("version",),
        ("environments",),
        ("script", "framework"),
        ("script", "framework_version"),
        ("script", "python_version"),
        ("script", "base_framework_version"),
        ("builtin", "name"),
        ("builtin", "algorithm_version"),
        ("api_overrides",),
    }
)
"""Keys that a document says itself: a newer image table must not move what was imported."""

_UNLIKE_AWS = frozenset({"E103", "E233", "E235", "E236"})
"""Rules about what a framework's image can do: AWS takes such a request, so its image is one of
the user's own, or the job a plain container."""

_JOB_NAME = ("HyperParameters", "sagemaker_job_name")
"""Where script mode says the name of the job once more."""


def comparable(name: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """A request less what every launch has its own of: its name, and the reconciler's tags. Where
    script mode says its name once more stands `name`."""
    found = without_own(params, "TrainingJobName")
    if get(found, _JOB_NAME) == json.dumps(params.get("TrainingJobName")):
        put(found, _JOB_NAME, json.dumps(name))
    return found


def read(
    params: Mapping[str, Any], name: str, environment: Environment
) -> Values | tuple[Finding, ...]:
    """The values of a spec for a request, or all that AWS would refuse of it.

    `params` must fit the service model. Findings name members, not keys.
    """
    refused = (*members.read_only(params), *members.twice(params))
    if refused:
        return refused
    values = {"name": name, "version": 1, **_values(params)}
    elsewhere = tuple(_elsewhere(values, environment))
    findings: tuple[Finding, ...] = ()
    for recognised in _readings(values, environment):
        findings = (*_findings(recognised, environment), *elsewhere)
        if not findings:
            return recognised
        if not {finding.code for finding in findings} <= _UNLIKE_AWS:
            break
    return findings


def ordered(values: Any, model: Any) -> Any:
    """Values in the order in which their model says its keys; `model` has been read from them."""
    if isinstance(values, dict):
        # A class's own keys say what it is, and come before those it shares.
        own = getattr(type(model), "__annotations__", {})
        known = [*own, *getattr(type(model), "model_fields", ())]
        keys = dict.fromkeys([*(key for key in known if key in values), *values])
        inner = model if isinstance(model, dict) else {}
        return {
            key: ordered(values[key], inner.get(key) if inner else getattr(model, key, None))
            for key in keys
        }
    if isinstance(values, list):
        models = model if isinstance(model, list) else [None] * len(values)
        return [ordered(item, part) for item, part in zip(values, models, strict=False)]
    return values


def _findings(values: Values, environment: Environment) -> Iterator[Finding]:
    try:
        spec = TrainingJobSpec.model_validate(values)
    except ValidationError as error:
        for detail in error.errors():
            member = members.member_of(tuple(detail["loc"]))
            yield Finding("E103", f"`{member}`: {detail['msg'].removeprefix('Value error, ')}")
        return
    for finding in check(spec, environment):
        message = members.in_members(finding.message)
        help_text = members.in_members(finding.help) if finding.help else None
        yield Finding(
            finding.code, f"`{members.member_of(finding.path)}`: {message}", (), help_text
        )


def _elsewhere(values: Values, environment: Environment) -> Iterator[Finding]:
    """E229 for a built-in algorithm whose image is of another region: there it is a container, but
    SageMaker knows what it is."""
    image = str((values.get("container") or {}).get("image"))
    region = algorithms.region_of(image)
    if region in (None, environment.aws_region):
        return
    there = environment.model_copy(update={"region": region})
    for finding in _findings(_plain(values, there), there):
        if finding.code == "E229":
            yield finding


def _values(params: Mapping[str, Any]) -> Values:
    """The values of the members that have keys."""
    values = known_values(TABLE, without_own(params, "TrainingJobName"))
    for channel in (values.get("inputs") or {}).values():
        if "s3_uri" in channel:
            channel.setdefault("s3_data_distribution_type", None)
    return values


def _readings(values: Values, environment: Environment) -> Iterator[Values]:
    """What the values may mean, the best first: AWS's image by its name, one of the user's own,
    and a container that nothing is known of."""
    yield _recognised(values, environment, named=True)
    yield _recognised(values, environment, named=False)
    yield _as_container(values)


def _recognised(values: Values, environment: Environment, *, named: bool) -> Values:
    """The values with `script`, `builtin` and `distributed` for what stands for them; AWS's images
    by their names only if `named`."""
    sent: Mapping[str, str] = values.get("hyperparameters") or {}
    container = values.get("container") or {}
    inputs = values.get("inputs") or {}
    isolated = bool((values.get("networking") or {}).get("network_isolation"))
    code = scripts.code(sent, inputs, isolated=isolated)
    image = container.get("image")
    if image is None or "serverless" in values:
        return _as_container(values)
    if code is None or container.keys() & {"entrypoint", "arguments"}:
        return _plain(values, environment)
    strategy = scripts.distributed(sent)
    smp = any("smp" in part for part in (strategy or {}).values() if isinstance(part, dict))
    found: Values = {key: value for key, value in values.items() if key != "container"}
    found["hyperparameters"] = scripts.script_values(sent, smp=smp)
    if isolated:
        found["inputs"] = {key: value for key, value in inputs.items() if key != CODE_CHANNEL}
    if strategy:
        found["distributed"] = strategy
    known = algorithms.framework(
        image,
        region=environment.aws_region,
        instance_type=_instance(values),
        smp=smp and "torchrun" in (strategy or {}),
        smdistributed=smp or "smddp" in (strategy or {}),
    )
    if named and known is not None and container.keys() == {"image"}:
        return found | {"script": known | code}
    return found | {"container": container | code}


def _plain(values: Values, environment: Environment) -> Values:
    """A container without code of ours: a built-in algorithm where the image is one."""
    container = values.get("container") or {}
    known = algorithms.builtin(
        container.get("image", ""), region=environment.aws_region, instance_type=_instance(values)
    )
    if known is None or container.keys() != {"image"}:
        return _as_container(values)
    return {
        **{key: value for key, value in _as_container(values).items() if key != "container"},
        "builtin": known,
    }


def _as_container(values: Values) -> Values:
    sent = values.get("hyperparameters")
    return values if sent is None else {**values, "hyperparameters": scripts.text_values(sent)}


def _instance(values: Values) -> str | None:
    compute = values.get("compute") or {}
    shape = {key: compute[key] for key in ("instance_type", "instance_groups",
             "instance_preferences") if key in compute}  # fmt: skip
    try:
        return image_instance_type(TrainingJobSpec.model_validate({"compute": shape}))
    except ValidationError:
        return None
