"""Request: the CreateModel call that a resolved spec comes to.

spec → plain values → image, artifact and code are filled in → the table of fields →
`api_overrides`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.core.call import Call
from reconciler.core.fields import get, to_request
from reconciler.core.kind import Facts, Reference, Source
from reconciler.kinds.code import LOG_LEVELS, in_s3, program, source_of
from reconciler.kinds.model.fields import DATA_SOURCE, PRIMARY, TABLE
from reconciler.kinds.model.parts import Part, image_of, parts_of
from reconciler.kinds.model.spec import ModelSpec
from reconciler.kinds.tags import overridden

_SOURCE = tuple(DATA_SOURCE.split("."))


def references(spec: ModelSpec) -> tuple[Reference, ...]:
    """Artifacts of jobs that the model serves."""
    return tuple(
        Reference(
            part.artifact_path,
            part.artifact.job,
            part.artifact.version,
            part.artifact.environment,
            newest=True,
        )
        for part in parts_of(spec)
        if part.artifact is not None and part.artifact.job
    )


def claims(spec: ModelSpec) -> Mapping[str, str]:
    """S3 URI of each artifact that the document says the sha256 of."""
    return {
        part.artifact.s3_uri: part.artifact.sha256
        for part in parts_of(spec)
        if part.artifact is not None and part.artifact.s3_uri and part.artifact.sha256
    }


def sources(spec: ModelSpec) -> tuple[Source, ...]:
    """Code of the repository that the containers run."""
    return tuple(
        source_of(part.path, part.container)
        for part in parts_of(spec)
        if part.container.entry_script and not in_s3(part.container)
    )


def request(spec: ModelSpec, facts: Facts) -> Call:
    """The call that creates the model. The spec must have passed `check`.

    Defaults are filled in here and never reach the content that is hashed.
    """
    values = spec.model_dump(exclude_unset=True)
    values["tags"] = dict(sorted(facts.tags.items()))
    if not spec.role_arn and facts.environment.default_role:
        values["role_arn"] = facts.environment.default_role
    filled = [_filled(part, facts) for part in parts_of(spec)]
    if spec.containers is None:
        artifact, env = filled[0].pop("artifact"), filled[0].pop("env")
        values |= {"container": filled[0], "artifact": artifact, "env": env}
    else:
        values["containers"] = filled
    params = {"ModelName": facts.physical_name} | to_request(TABLE, values)
    if PRIMARY in params:
        params[PRIMARY] = _said(params[PRIMARY])
    if "Containers" in params:
        params["Containers"] = [_said(container) for container in params["Containers"]]
    said = {key: value for key, value in params.items() if value not in ({}, [])}
    return Call("CreateModel", overridden(said, spec.api_overrides, facts.tags))


def _filled(part: Part, facts: Facts) -> dict[str, Any]:
    """A container's values with its image, the URI of its artifact, and the code it runs."""
    values = part.container.model_dump(exclude_unset=True)
    values["image"] = image_of(part.container, facts.environment)
    artifact = part.artifact.model_dump(exclude_unset=True) if part.artifact else {}
    if part.artifact is not None and part.artifact.job:
        artifact["s3_uri"] = facts.outputs[part.artifact_path]
    values["artifact"] = artifact
    values["env"] = _code_variables(part, facts) | part.env
    return values


def _code_variables(part: Part, facts: Facts) -> dict[str, str]:
    """Variables by which AWS's toolkits find the code (SageMaker Python SDK v2); none without."""
    code = part.container
    if not code.entry_script:
        return {}
    directory = code.source_dir if in_s3(code) else facts.uploads[part.path]
    return {
        "SAGEMAKER_PROGRAM": program(code),
        "SAGEMAKER_SUBMIT_DIRECTORY": str(directory),
        "SAGEMAKER_CONTAINER_LOG_LEVEL": str(LOG_LEVELS[code.container_log_level or "INFO"]),
        "SAGEMAKER_REGION": facts.environment.aws_region,
    }


def _said(container: Mapping[str, Any]) -> dict[str, Any]:
    """A container of the request with its artifact under one member, and nothing empty."""
    said = {key: value for key, value in container.items() if value not in ({}, [])}
    for source in said.get("AdditionalModelDataSources", ()):
        source["S3DataSource"] = _complete(source["S3DataSource"])
    data: Mapping[str, Any] | None = get(said, _SOURCE)
    if data is None:
        return said
    is_prefix = str(data.get("S3Uri", "")).endswith("/") and said.get("Mode") != "MultiModel"
    if is_prefix or data.keys() != {"S3Uri"}:
        said.pop("ModelDataUrl", None)
        return said | {"ModelDataSource": {"S3DataSource": _complete(data)}}
    del said["ModelDataSource"]
    return said


def _complete(data: Mapping[str, Any]) -> dict[str, Any]:
    """A source with the two members that AWS requires, as its URI tells them."""
    uri = str(data.get("S3Uri", ""))
    return {
        "S3DataType": "S3Prefix" if uri.endswith("/") else "S3Object",
        "CompressionType": "Gzip" if uri.endswith((".tar.gz", ".tgz")) else "None",
        **data,
    }
