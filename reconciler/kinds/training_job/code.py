"""Code of a job: which files go up, and what tells the container to run them.

The wire form is that of the SageMaker Python SDK v2, which AWS's framework images expect.
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Collection, Iterator, Mapping

from reconciler.core.kind import Facts, Finding, Source
from reconciler.core.suggest import did_you_mean
from reconciler.kinds.training_job.algorithm import Source as Code
from reconciler.kinds.training_job.spec import TrainingJobSpec

CODE_CHANNEL = "code"
"""Channel that brings the code where the container cannot reach S3."""

_LOG_LEVELS = {"DEBUG": 10, "INFO": 20, "WARNING": 30, "ERROR": 40, "CRITICAL": 50}
_TAR = "sourcedir.tar.gz"


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
    if code is not None and not _in_s3(code[1]):
        path, part = code
        folders = (part.source_dir or part.entry_script or "", *(part.dependencies or ()))
        found.append(Source(path, folders, "tar", tuple(part.ignore_patterns or ())))
    for name, channel in (spec.inputs or {}).items():
        if channel.path:
            ignored = tuple(channel.ignore_patterns or ())
            found.append(Source(("inputs", name), (channel.path,), "files", ignored))
    return tuple(found)


def check_sources(
    spec: TrainingJobSpec, paths: Mapping[tuple[str, ...], Collection[str]]
) -> Iterator[Finding]:
    """E215 for a script, or a file of requirements, that is not among the code that goes up."""
    code = code_of(spec)
    if code is None or code[0] not in paths:
        return
    path, part = code
    named = {"entry_script": program(part), "requirements": part.requirements}
    for key, file in named.items():
        if file and posixpath.normpath(file) not in paths[path]:
            guess = did_you_mean(file, paths[path])
            yield Finding(
                "E215",
                f"`{file}` is not in `{part.source_dir or 'the upload'}`",
                (*path, key),
                f"did you mean `{guess}`?" if guess else f"it has: {_some(paths[path])}",
            )


def _some(paths: Collection[str]) -> str:
    shown = sorted(paths)[:8]
    return ", ".join(shown) + (", …" if len(paths) > len(shown) else "")


def code_uri(spec: TrainingJobSpec, facts: Facts) -> str | None:
    """S3 URI of the tar with the code; None without a script."""
    code = code_of(spec)
    if code is None:
        return None
    path, part = code
    return part.source_dir if _in_s3(part) else facts.uploads[path]


def script_hyperparameters(spec: TrainingJobSpec, facts: Facts) -> Mapping[str, str]:
    """The `sagemaker_*` hyperparameters that tell the toolkit what to run; empty without one."""
    code = code_of(spec)
    if code is None:
        return {}
    part = code[1]
    directory = code_uri(spec, facts)
    if isolated(spec):
        directory = f"/opt/ml/input/data/{CODE_CHANNEL}/{_TAR}"
    values: dict[str, object] = {
        "sagemaker_program": program(part),
        "sagemaker_submit_directory": directory,
        "sagemaker_container_log_level": _LOG_LEVELS[part.container_log_level or "INFO"],
        "sagemaker_job_name": facts.physical_name,
        "sagemaker_region": facts.environment.aws_region,
    }
    return {key: json.dumps(value) for key, value in values.items()}


def program(part: Code) -> str:
    """Path of the script inside the tar."""
    script = part.entry_script or ""
    return script if part.source_dir else script.rpartition("/")[2]


def isolated(spec: TrainingJobSpec) -> bool:
    """Whether the container makes no network call, not even to S3."""
    return bool(spec.networking and spec.networking.network_isolation)


def _in_s3(part: Code) -> bool:
    return bool(part.source_dir and part.source_dir.startswith("s3://"))
