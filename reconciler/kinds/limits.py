"""Limits: how rules of all kinds hold a value against what an environment allows."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Iterator

from reconciler.core.environment import Environment
from reconciler.core.kind import Finding, Spec
from reconciler.kinds.findings import Path


def inside(uri: str, bucket: str) -> bool:
    """Whether a URI lies in `name` or under `name/prefix/`."""
    place = uri.partition("://")[2].rstrip("/") + "/"
    return place.startswith(bucket.rstrip("/") + "/")


def matches(value: str, patterns: Iterable[str]) -> bool:
    """Whether a value fits one of the patterns, in which `*` is a wildcard."""
    return any(fnmatch.fnmatchcase(value, pattern) for pattern in patterns)


def refused(path: Path, message: str, allowed: Iterable[str]) -> Finding:
    """E206 for a value that is not allowed, with what is."""
    return Finding("E206", message, path, "allowed: " + ", ".join(allowed))


def labelled(spec: Spec, environment: Environment, what: str) -> Iterator[Finding]:
    """E206: an owner and tags, where the environment requires them of everything."""
    if "owner" in (environment.limits.require or ()) and not spec.owner:
        yield Finding("E206", f"each {what} of {environment.name} needs `owner`", ("owner",))
    tags = {**(spec.tags or {}), **({"owner": spec.owner} if spec.owner else {})}
    for key in environment.limits.require_tags or ():
        if key not in tags:
            message = f"each {what} of {environment.name} needs the tag `{key}`"
            yield Finding("E206", message, ("tags",))
