"""Code: script, image, hyperparameters."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.core.environment import Environment
from reconciler.core.kind import Finding
from reconciler.core.requests import instance_type_fault
from reconciler.kinds.findings import missing
from reconciler.kinds.images import UnknownImage, versions
from reconciler.kinds.training_job.code import CODE_CHANNEL, brings_launcher, code_of, isolated
from reconciler.kinds.training_job.distribution import distribution_hyperparameters
from reconciler.kinds.training_job.hyperparameters import as_json, as_text
from reconciler.kinds.training_job.image import image_instance_type, image_of, with_rule_images
from reconciler.kinds.training_job.rules.instances import instance_types
from reconciler.kinds.training_job.spec import TrainingJobSpec

MAX_COUNT = 100
MAX_KEY = 256
MAX_VALUE = 2500
"""Limits of hyperparameters (botocore: HyperParameters; its prose still says 256 for values)."""

ADDED_BY_SCRIPT_MODE = 5

_PARTS = {
    "framework": ("framework",),
    "version": ("framework_version",),
    "python_version": ("python_version",),
    "base": ("base_framework_version",),
}


def script(spec: TrainingJobSpec, _: Environment) -> Iterator[Finding]:
    """E102: script mode needs a framework with its version (or an image), and a script."""
    if spec.script is None:
        return
    if spec.script.image is None:
        for key in ("framework", "framework_version"):
            if getattr(spec.script, key) is None:
                yield missing(("script", key))
    if spec.script.entry_script is None:
        yield missing(("script", "entry_script"))


def container(spec: TrainingJobSpec, _: Environment) -> Iterator[Finding]:
    """E102: a container needs an image; code for it needs a script that runs first."""
    if spec.container is None:
        return
    if spec.container.image is None:
        yield missing(("container", "image"))
    if spec.container.entry_script is None and spec.container.source_dir is not None:
        yield missing(("container", "entry_script"))


def toolkit(spec: TrainingJobSpec, _: Environment) -> Iterator[Finding]:
    """E202, E236: without AWS's training toolkit our launcher is the container's command, and it
    starts one process on each instance."""
    container = spec.container
    if container is None or container.training_toolkit is None:
        return
    path = ("container", "training_toolkit")
    if container.entry_script is None:
        yield missing(("container", "entry_script"), "or remove `training_toolkit`")
    if container.training_toolkit:
        return
    for key in ("entrypoint", "arguments"):
        if getattr(container, key) is not None:
            message = f"`training_toolkit: false` and `{key}` exclude each other"
            yield Finding("E202", message, ("container", key), "let `entry_script` be the command")
    if spec.distributed is not None:
        message = "without AWS's training toolkit nothing starts the processes of `distributed`"
        yield Finding("E236", message, path, "start them in the script")


def requirements(spec: TrainingJobSpec, _: Environment) -> Iterator[Finding]:
    """E103: AWS's images install `requirements.txt` from the root of the code and no other file."""
    code = code_of(spec)
    if code is None or code[1].requirements in (None, "requirements.txt"):
        return
    path, part = code
    yield Finding(
        "E103",
        f"AWS's images install only `requirements.txt`, not `{part.requirements}`",
        (*path, "requirements"),
        "rename the file, in the root of the source",
    )


def algorithm_version(spec: TrainingJobSpec, _: Environment) -> Iterator[Finding]:
    """E102: an algorithm of several versions needs one, else a newer table would move the job."""
    builtin = spec.builtin
    if builtin is None or builtin.name is None or builtin.algorithm_version is not None:
        return
    known = versions(builtin.name)
    if len(known) > 1:
        yield missing(("builtin", "algorithm_version"), "known: " + ", ".join(known[-5:]))


def known_image(spec: TrainingJobSpec, environment: Environment) -> Iterator[Finding]:
    """E235: the image table has an image for what is asked (AWS: image data of sagemaker-core).

    E213 instead for an instance type that does not exist: its image would be a wrong trail.
    """
    try:
        image_of(spec, environment)
    except UnknownImage as error:
        if error.part == "instance_type":
            yield from _instance_type(spec, error)
            return
        group = "script" if spec.script is not None else "builtin"
        part = _PARTS.get(error.part, ())
        if group == "builtin":
            part = {"framework": ("name",), "version": ("algorithm_version",)}.get(error.part, ())
        yield Finding("E235", str(error), (group, *part), error.help)


def _instance_type(spec: TrainingJobSpec, error: UnknownImage) -> Iterator[Finding]:
    chosen = image_instance_type(spec)
    places = {instance: path for path, instance in instance_types(spec.compute)}
    path = places.get(chosen or "", ("compute", "instance_type"))
    fault = instance_type_fault(chosen) if chosen else None
    if fault is None:
        yield Finding("E235", str(error), path, error.help)
        return
    message, near = fault
    yield Finding("E213", message, path, f"did you mean `{near}`?" if near else None)


def rule_images(spec: TrainingJobSpec, environment: Environment) -> Iterator[Finding]:
    """E235: rules without an image use SageMaker's own, which 24 regions have (sagemaker-core)."""
    for key, part in (("debugger", spec.debugger), ("profiler", spec.profiler)):
        rules = (part.rules if part is not None else None) or {}
        plain = {name: rule.model_dump(exclude_none=True) for name, rule in rules.items()}
        try:
            with_rule_images(plain, environment.aws_region)
        except UnknownImage as error:
            yield Finding("E235", str(error), (key, "rules"), "set `rule_evaluator_image`")


def hyperparameters(spec: TrainingJobSpec, _: Environment) -> Iterator[Finding]:
    """E231: at most 100 hyperparameters, keys of 256 and values of 2,500 characters."""
    given = spec.hyperparameters or {}
    scripted = code_of(spec) is not None
    sent = as_json(given) if scripted else as_text(given)
    by_toolkit = scripted and not brings_launcher(spec)
    added = len(distribution_hyperparameters(spec)) + ADDED_BY_SCRIPT_MODE if by_toolkit else 0
    if len(sent) + added > MAX_COUNT:
        message = f"{len(sent)} hyperparameters"
        message += f" and {added} of script mode" if added else ""
        yield Finding("E231", f"{message}: at most {MAX_COUNT} are allowed", ("hyperparameters",))
    for key, value in sent.items():
        path = ("hyperparameters", key)
        if len(key) > MAX_KEY:
            yield Finding("E231", f"a key has {len(key)} characters, {MAX_KEY} are allowed", path)
        if len(value) > MAX_VALUE:
            message = f"`{key}` has {len(value)} characters, {MAX_VALUE} are allowed"
            yield Finding("E231", message, path)


def reserved_names(spec: TrainingJobSpec, _: Environment) -> Iterator[Finding]:
    """E103: in script mode names with `sagemaker_` are the toolkit's and never reach a script."""
    if code_of(spec) is None:
        return
    for key in spec.hyperparameters or {}:
        if key.startswith("sagemaker_"):
            yield Finding(
                "E103",
                f"`{key}`: hyperparameters that start with `sagemaker_` never reach the script",
                ("hyperparameters", key),
                "rename it; `script` and `distributed` say what the toolkit is told",
            )


def isolation(spec: TrainingJobSpec, _: Environment) -> Iterator[Finding]:
    """E232: no network call works from inside an isolated container, so nothing is installed, and
    the code comes as a channel whose name is taken (botocore: EnableNetworkIsolation)."""
    code = code_of(spec)
    if code is None or not (isolated(spec) or brings_launcher(spec)):
        return
    if isolated(spec) and code[1].requirements is not None:
        message = "requirements cannot be installed with network isolation"
        yield Finding("E232", message, (*code[0], "requirements"), "put them into the image")
    if CODE_CHANNEL in (spec.inputs or {}):
        why = "network isolation" if isolated(spec) else "`training_toolkit: false`"
        message = f"with {why} the channel `{CODE_CHANNEL}` brings the code"
        yield Finding("E232", message, ("inputs", CODE_CHANNEL), "rename the channel")


RULES = (
    script,
    container,
    toolkit,
    requirements,
    algorithm_version,
    known_image,
    rule_images,
    hyperparameters,
    reserved_names,
    isolation,
)
