"""Code of a job: which files go up, and what tells the container to run them.

The wire form is that of the SageMaker Python SDK v2, which AWS's framework images expect.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping

from reconciler.core.kind import Facts, Finding, Source
from reconciler.kinds.code import LOG_LEVELS, Code, check_files, in_s3, program, source_of
from reconciler.kinds.training_job.spec import TrainingJobSpec

CODE_CHANNEL = "code"
"""Channel that brings the code where the container cannot reach S3."""

CHANNEL_TAR = f"/opt/ml/input/data/{CODE_CHANNEL}/sourcedir.tar.gz"
"""Where the container finds the code that came through that channel."""


def code_of(spec: TrainingJobSpec) -> tuple[tuple[str], Code] | None:
    """The part of the spec that names a script, with its path; None without a script."""
    if spec.script is not None and spec.script.entry_script:
        return ("script",), spec.script
    if spec.container is not None and spec.container.entry_script:
        return ("container",), spec.container
    return None


def sources(spec: TrainingJobSpec) -> tuple[Source, ...]:
    """Uploads of a job: its code as a tar, and each channel with a `path` as files."""
    found = []
    code = code_of(spec)
    if code is not None and not in_s3(code[1]):
        found.append(source_of(*code))
    for name, channel in (spec.inputs or {}).items():
        if channel.path:
            ignored = tuple(channel.ignore_patterns or ())
            where = (("path",),)
            found.append(Source(("inputs", name), (channel.path,), "files", ignored, where))
    return tuple(found)


def check_sources(
    spec: TrainingJobSpec, paths: Mapping[tuple[str, ...], Collection[str]]
) -> Iterator[Finding]:
    """E215 for a script, or a file of requirements, that is not among the code that goes up."""
    code = code_of(spec)
    if code is None or code[0] not in paths:
        return
    yield from check_files(*code, paths[code[0]])


def code_uri(spec: TrainingJobSpec, facts: Facts) -> str | None:
    """S3 URI of the tar with the code; None without a script."""
    code = code_of(spec)
    if code is None:
        return None
    path, part = code
    return part.source_dir if in_s3(part) else facts.uploads[path]


def script_hyperparameters(spec: TrainingJobSpec, facts: Facts) -> Mapping[str, str]:
    """The `sagemaker_*` hyperparameters that tell the toolkit what to run; empty without one."""
    code = code_of(spec)
    if code is None or brings_launcher(spec):
        return {}
    part = code[1]
    directory = code_uri(spec, facts)
    if isolated(spec):
        directory = CHANNEL_TAR
    values: dict[str, object] = {
        "sagemaker_program": program(part),
        "sagemaker_submit_directory": directory,
        "sagemaker_container_log_level": LOG_LEVELS[part.container_log_level or "INFO"],
        "sagemaker_job_name": facts.physical_name,
        "sagemaker_region": facts.environment.aws_region,
    }
    return {key: json.dumps(value) for key, value in values.items()}


def brings_launcher(spec: TrainingJobSpec) -> bool:
    """Whether the image lacks AWS's training toolkit, so that a launcher of ours goes along."""
    container = spec.container
    return bool(container and container.entry_script and container.training_toolkit is False)


def isolated(spec: TrainingJobSpec) -> bool:
    """Whether the container makes no network call, not even to S3."""
    return bool(spec.networking and spec.networking.network_isolation)
