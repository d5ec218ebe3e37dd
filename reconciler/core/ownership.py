"""Ownership: the tags by which we know our own things on SageMaker, in a shared account too."""

from __future__ import annotations

import re
from collections.abc import Mapping

from reconciler.core.environment import Environment
from reconciler.core.resource import Revision, Target

PREFIX = "sagemaker-gitops:"
REPOSITORY = PREFIX + "repository"
ENVIRONMENT = PREFIX + "environment"
NAME = PREFIX + "name"
DOCUMENT = PREFIX + "document"
COMMIT = PREFIX + "commit"
VERSION = PREFIX + "version"
DIGEST = PREFIX + "digest"

_NOT_ALLOWED = re.compile(r"[^A-Za-z0-9 _.:/+\-@]")


def tags_for(target: Target, revision: Revision) -> dict[str, str]:
    """All tags of a run: the document's own, its owner, and ours, which win."""
    spec = target.resource.spec
    return {
        **(spec.tags or {}),
        **({"owner": spec.owner} if spec.owner else {}),
        **owner_tags(target.name, target.resource.environment, revision),
        DOCUMENT: tag_value(target.resource.document),
        COMMIT: (revision.commit or "none") + ("+dirty" if revision.dirty else ""),
        VERSION: str(target.resource.version),
        DIGEST: target.digest,
    }


def owner_tags(name: str, environment: Environment, revision: Revision) -> dict[str, str]:
    """The tags that say whose a thing is."""
    return {
        REPOSITORY: tag_value(environment.repository or revision.repository),
        ENVIRONMENT: environment.name,
        NAME: name,
    }


def is_ours(
    tags: Mapping[str, str] | None, name: str, environment: Environment, revision: Revision
) -> bool:
    """Whether a thing's tags say that it is this resource of this repository and environment."""
    wanted = owner_tags(name, environment, revision)
    return tags is not None and all(tags.get(key) == value for key, value in wanted.items())


def tag_value(text: str) -> str:
    """Text as SageMaker takes it in a tag value: other characters as `=` and hex bytes, at most
    256 characters (service model: TagValue)."""
    encoded = _NOT_ALLOWED.sub(lambda m: "".join(f"={b:02X}" for b in m[0].encode()), text)
    return encoded[:256]
