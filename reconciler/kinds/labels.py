"""Labels: rules on name and tags, the same for every kind."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.core.environment import Environment
from reconciler.core.kind import Finding, Spec
from reconciler.core.ownership import PREFIX

MAX_NAME = 40
"""Characters of prefix and name together; with digest and attempt that stays within SageMaker's
63 (botocore: TrainingJobName, ModelName, EndpointConfigName)."""


def name_length(spec: Spec, environment: Environment) -> Iterator[Finding]:
    """E207: the name fits, with the environment's prefix before it."""
    prefix, name = environment.name_prefix, spec.name or ""
    length = len(prefix) + len(name)
    if length > MAX_NAME:
        with_prefix = f" with the prefix `{prefix}`" if prefix else ""
        message = f"`{name}`{with_prefix} has {length} characters, {MAX_NAME} are allowed"
        yield Finding("E207", message, ("name",), "shorten it; a digest comes after it")


def tag_keys(spec: Spec, _: Environment) -> Iterator[Finding]:
    """E230: tag keys are unique, and those of AWS and of the reconciler are taken."""
    seen: dict[str, str] = {}
    for key, value in (spec.tags or {}).items():
        path = ("tags", key)
        folded = key.lower()
        if folded in seen:
            message = f"`{key}` and `{seen[folded]}` are one tag key, apart from their case"
            yield Finding("E230", message, path, "keep one of them")
        seen.setdefault(folded, key)
        if folded.startswith((PREFIX, "aws:")):
            taken = folded.partition(":")[0] + ":"
            yield Finding("E230", f"`{key}`: tag keys that start with `{taken}` are taken", path)
        if key == "owner" and spec.owner is not None and spec.owner != value:
            message = "the tag `owner` and the key `owner` say different things"
            yield Finding("E230", message, path, "keep the key `owner`; it becomes the tag")


RULES = (name_length, tag_keys)
