"""The whole model: how its containers go together, its network, its values."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.core.environment import Environment
from reconciler.core.kind import Finding
from reconciler.kinds.findings import Required, missing, required
from reconciler.kinds.followers import no_version
from reconciler.kinds.model.parts import parts_of
from reconciler.kinds.model.spec import ModelSpec
from reconciler.kinds.secrets import secrets_in

REQUIRED: Required = (
    ("container.repository_auth", ("repository_credentials_provider_arn",)),
    ("containers.*.repository_auth", ("repository_credentials_provider_arn",)),
    ("container.additional_model_data_sources.*", ("s3_uri",)),
    ("containers.*.additional_model_data_sources.*", ("s3_uri",)),
    ("inference_execution", ("mode",)),
)
"""Members that are required once their structure is sent (botocore: CreateModel)."""

_ONE = ("container", "artifact", "env")


def required_members(spec: ModelSpec, _: Environment) -> Iterator[Finding]:
    """E102: a group that is given has the members that AWS requires of it."""
    yield from required(spec, REQUIRED)


def one_or_several(spec: ModelSpec, _: Environment) -> Iterator[Finding]:
    """E202: one container, or several that say all of their own (botocore: CreateModel)."""
    if spec.containers is None:
        return
    for key in _ONE:
        if getattr(spec, key) is not None:
            message = f"`{key}` is of a model with one container, and `containers` has its own"
            yield Finding("E202", message, (key,), f"move it into `containers`, or `{key}: null`")


def execution(spec: ModelSpec, _: Environment) -> Iterator[Finding]:
    """E202: only several containers work together."""
    if spec.inference_execution is not None and spec.containers is None:
        message = "`inference_execution` says how several containers work together"
        yield Finding("E202", message, ("inference_execution",), "remove it, or use `containers`")


def hostnames(spec: ModelSpec, _: Environment) -> Iterator[Finding]:
    """E243: of several containers all have a hostname or none has (botocore:
    ContainerDefinition.ContainerHostname)."""
    containers = spec.containers or []
    named = [item.hostname for item in containers if item.hostname is not None]
    if 0 < len(named) < len(containers):
        message = f"{len(named)} of {len(containers)} containers have a `hostname`"
        yield Finding("E243", message, ("containers",), "give all of them one, or none")
    for name in sorted({name for name in named if named.count(name) > 1}):
        yield Finding("E243", f"two containers have the hostname `{name}`", ("containers",))


def network(spec: ModelSpec, _: Environment) -> Iterator[Finding]:
    """E102, E224: subnets and security groups go together; a private registry needs them
    (botocore: VpcConfig, ImageConfig.RepositoryAccessMode)."""
    networking = spec.networking
    subnets = networking.subnets if networking else None
    groups = networking.security_group_ids if networking else None
    if bool(subnets) != bool(groups):
        yield missing(("networking", "security_group_ids" if subnets else "subnets"))
    for part in parts_of(spec):
        if part.container.repository_access_mode == "Vpc" and not subnets:
            message = "an image in a private registry is reached through the model's own VPC"
            yield Finding("E224", message, (*part.path, "repository_access_mode"))


def ends_with_document(spec: ModelSpec, _: Environment) -> Iterator[Finding]:
    """E242: a model does not run, so nothing of it has to end with its document."""
    if spec.on_delete in ("stop", "delete"):
        message = f"`on_delete: {spec.on_delete}`: a model runs nothing and costs nothing"
        help_text = "remove it; `prune: true` deletes models that were replaced"
        yield Finding("E242", message, ("on_delete",), help_text)


def secrets(spec: ModelSpec, _: Environment) -> Iterator[Finding]:
    """E208: no value looks like a secret."""
    for part in parts_of(spec):
        yield from secrets_in(part.env, part.env_path)
    for key in ("tags", "api_overrides"):
        yield from secrets_in(getattr(spec, key), (key,))


RULES = (
    no_version,
    required_members,
    one_or_several,
    execution,
    hostnames,
    network,
    ends_with_document,
    secrets,
)
