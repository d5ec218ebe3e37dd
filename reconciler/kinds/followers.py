"""Followers: what kinds have in common that have no version and follow their content."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.core.call import Call
from reconciler.core.content import content
from reconciler.core.environment import Environment
from reconciler.core.kind import Finding, Spec
from reconciler.core.live import Observation
from reconciler.kinds.tags import tag_calls


def no_version(spec: Spec, _: Environment) -> Iterator[Finding]:
    """E241: a version launches a job; these are made anew whenever their content changes."""
    if spec.version is not None:
        message = "it has no version: it follows what the document says"
        yield Finding("E241", message, ("version",), "remove `version`")


def tags_of(spec: Spec) -> dict[str, Any]:
    """What a spec says now of its tags: all of it that SageMaker holds and that can change."""
    plain = content(spec, ())
    return {key: plain[key] for key in ("tags", "owner") if plain.get(key) is not None}


def update_tags(
    spec: Spec, recorded: Mapping[str, Any], observation: Observation
) -> tuple[Call, ...]:
    """Calls that bring the tags from the recorded values to the spec's."""
    return tag_calls(recorded, tags_of(spec), observation.arn)
