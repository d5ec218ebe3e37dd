"""Limits: how rules of all kinds hold a value against what an environment allows.

`api_overrides` reach the request too, so what they say counts.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from reconciler.core.environment import Environment
from reconciler.core.fields import Table, overlay, to_request
from reconciler.core.kind import Finding, Spec
from reconciler.kinds.findings import Path


def request_of(spec: Spec, table: Table, overrides: Mapping[str, Any] | None) -> dict[str, Any]:
    """The request as far as a spec and its `api_overrides` say it."""
    return overlay(to_request(table, spec.model_dump(exclude_unset=True)), overrides or {})


def place_of(member: str, key: Path, overrides: Mapping[str, Any] | None) -> Path:
    """Where the value of a member stands: under `api_overrides` when those say it."""
    return ("api_overrides", member) if member in (overrides or {}) else key


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


def role(arn: str | None, path: Path, environment: Environment) -> Iterator[Finding]:
    """E206: `limits.role_arns`."""
    allowed = environment.limits.role_arns
    if allowed is not None and arn is not None and arn not in allowed:
        yield refused(path, f"the role {arn} is not allowed in {environment.name}", allowed)


def buckets(uris: Iterable[tuple[Path, str]], environment: Environment) -> Iterator[Finding]:
    """E206: `limits.buckets`, for URIs with their paths."""
    allowed = environment.limits.buckets
    if allowed is None:
        return
    for path, uri in uris:
        if not any(inside(uri, bucket) for bucket in allowed):
            yield refused(path, f"{uri} is not in a bucket allowed in {environment.name}", allowed)


def labelled(spec: Spec, environment: Environment, what: str) -> Iterator[Finding]:
    """E206: an owner and tags, where the environment requires them of everything."""
    if "owner" in (environment.limits.require or ()) and not spec.owner:
        yield Finding("E206", f"each {what} of {environment.name} needs `owner`", ("owner",))
    yield from tagged(spec, environment, what)


def tagged(spec: Spec, environment: Environment, what: str) -> Iterator[Finding]:
    """E206: `limits.require_tags`; an owner is the tag `owner`."""
    tags = {**(spec.tags or {}), **({"owner": spec.owner} if spec.owner else {})}
    for key in environment.limits.require_tags or ():
        if key not in tags:
            message = f"each {what} of {environment.name} needs the tag `{key}`"
            yield Finding("E206", message, ("tags",))
