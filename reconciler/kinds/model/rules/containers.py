"""Containers: image, code and artifact of each."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.core.environment import Environment
from reconciler.core.kind import Finding
from reconciler.kinds.code import in_s3
from reconciler.kinds.findings import exactly_one, missing
from reconciler.kinds.images import UnknownImage, versions
from reconciler.kinds.model.container import IMAGES, ORIGINS
from reconciler.kinds.model.parts import Part, image_of, parts_of
from reconciler.kinds.model.spec import ModelSpec

FETCHES_CODE = frozenset({"chainer", "sklearn", "xgboost"})
"""Frameworks whose inference images fetch SAGEMAKER_SUBMIT_DIRECTORY from S3; the others read
`code/` of the artifact (SageMaker Python SDK v2: it repacks the artifact for those)."""

_PARTS = {
    "framework": "framework",
    "version": "framework_version",
    "python_version": "python_version",
    "base": "base_framework_version",
    "instance_type": "instance_type",
}
_JOB_ONLY = ("version", "environment")
_OF_A_FRAMEWORK = (
    "framework_version",
    "python_version",
    "base_framework",
    "base_framework_version",
    "instance_type",
)


def image(spec: ModelSpec, _: Environment) -> Iterator[Finding]:
    """E240: exactly one way to say which image serves."""
    for part in parts_of(spec):
        given = [key for key in IMAGES if getattr(part.container, key) is not None]
        choice = ", ".join(f"`{key}`" for key in IMAGES)
        where = ".".join(part.path)
        if len(given) != 1:
            found = " and ".join(f"`{key}`" for key in given) + " exclude each other"
            message = f"`{where}`: {found if given else f'one of {choice} is needed'}"
            yield Finding("E240", message, (*part.path, *given[-1:]), f"keep one of {choice}")
        for key in _OF_A_FRAMEWORK:
            if part.container.framework is None and getattr(part.container, key) is not None:
                message = f"`{key}` goes with `framework`"
                yield Finding("E240", message, (*part.path, key), "remove it")


def known_image(spec: ModelSpec, environment: Environment) -> Iterator[Finding]:
    """E102, E235: a framework has a version, and the image table an image for it (AWS: image data
    of sagemaker-core)."""
    for part in parts_of(spec):
        container = part.container
        if container.framework is None:
            continue
        known = versions(container.framework, scope="inference")
        if len(known) > 1 and container.framework_version is None:
            yield missing((*part.path, "framework_version"), "known: " + ", ".join(known[-5:]))
            continue
        try:
            image_of(container, environment)
        except UnknownImage as error:
            key = _PARTS.get(error.part)
            yield Finding("E235", str(error), (*part.path, *([key] if key else [])), error.help)


def code(spec: ModelSpec, _: Environment) -> Iterator[Finding]:
    """E102, E103, E244: code needs a script, and an image that fetches it."""
    for part in parts_of(spec):
        container = part.container
        if container.entry_script is None:
            if container.source_dir is not None:
                yield missing((*part.path, "entry_script"))
            continue
        if container.requirements not in (None, "requirements.txt"):
            message = (
                f"AWS's images install only `requirements.txt`, not `{container.requirements}`"
            )
            yield Finding("E103", message, (*part.path, "requirements"))
        yield from _fetched(part, isolated=_isolated(spec))


def _fetched(part: Part, *, isolated: bool) -> Iterator[Finding]:
    framework = part.container.framework
    path = (*part.path, "entry_script")
    if framework is not None and framework not in FETCHES_CODE:
        message = f"the image of {framework} runs the code in `code/` of the artifact and no other"
        help_text = "let the job write `code/inference.py` beside its model, and remove this"
        yield Finding("E244", message, path, help_text)
    elif isolated:
        message = "with network isolation the container cannot fetch its code from S3"
        yield Finding("E232", message, path, "put the code into the image or the artifact")


def _isolated(spec: ModelSpec) -> bool:
    return bool(spec.networking and spec.networking.network_isolation)


def artifact(spec: ModelSpec, _: Environment) -> Iterator[Finding]:
    """E202: an artifact is a job's or lies in S3; each has keys of its own."""
    for part in parts_of(spec):
        found = part.artifact
        if found is None:
            continue
        yield from exactly_one(found, ORIGINS, part.artifact_path)
        for key in _JOB_ONLY:
            if found.job is None and getattr(found, key) is not None:
                message = f"`{key}` is the {key} of the `job` that made the artifact"
                yield Finding("E202", message, (*part.artifact_path, key), "remove it")
        if found.job is not None and found.sha256 is not None:
            message = "the record of the job says what its artifact is"
            yield Finding("E202", message, (*part.artifact_path, "sha256"), "remove `sha256`")


def multi_model(spec: ModelSpec, _: Environment) -> Iterator[Finding]:
    """E245: many models lie under a prefix (developer guide, multi-model endpoints), which is no
    ModelDataSource (botocore: ContainerDefinition.ModelDataSource)."""
    for part in parts_of(spec):
        container, found = part.container, part.artifact
        if container.mode != "MultiModel":
            if container.multi_model is not None:
                message = "`multi_model` goes with `mode: MultiModel`"
                yield Finding("E245", message, (*part.path, "multi_model"))
            continue
        if found is not None and (found.s3_uri or "").endswith((".tar.gz", ".tgz")):
            message = "with `mode: MultiModel` the artifact is a prefix, below which models lie"
            yield Finding("E245", message, (*part.artifact_path, "s3_uri"))
        for key in ("s3_data_type", "compression_type", "model_access", "hub_access"):
            if found is not None and getattr(found, key) is not None:
                message = f"`{key}` does not go with `mode: MultiModel`"
                yield Finding("E245", message, (*part.artifact_path, key), "remove it")


def code_in_s3(spec: ModelSpec, _: Environment) -> Iterator[Finding]:
    """E202: nothing is added to code that is packed already."""
    for part in parts_of(spec):
        if in_s3(part.container) and part.container.dependencies:
            message = "`dependencies` cannot be added to a `source_dir` that lies in S3"
            yield Finding("E202", message, (*part.path, "dependencies"))


RULES = (image, known_image, code, code_in_s3, artifact, multi_model)
