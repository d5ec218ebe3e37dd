"""Requests: what AWS's service model would refuse of a call, found before it is sent.

botocore checks types and required members only; patterns, enums and maxima reach the service.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from reconciler.core.call import Call
from reconciler.core.merge import dotted
from reconciler.core.nodes import MapNode, node_at, place_of, plain
from reconciler.core.resource import Resource
from reconciler.core.suggest import did_you_mean
from reconciler.errors import Problem
from reconciler.servicemodel.check import Finding, check
from reconciler.servicemodel.load import load


def problems_of(call: Call, resource: Resource) -> Iterator[Problem]:
    """E213 for each member that the service model refuses, at the value it was made from."""
    for finding in check(load(call.service), call.operation, call.params):
        tag = _tag(finding, call, resource.merged)
        if tag is not None:
            yield _wrong_tag(finding, tag, resource.merged)
            continue
        member = ".".join(str(step) for step in finding.path)
        yield Problem(
            "E213",
            f"`{member}` of {call.operation}: {finding.message}",
            place_of(resource.merged, resource.kind.key_of(finding.path)),
            f"did you mean `{finding.nearest}`?" if finding.nearest else _OF_AWS,
        )


_OF_AWS = "this limit is in AWS's service model"
_MARKS = "_.:/=+-@"
"""What tags may have beside letters, digits and spaces (service model: TagKey, TagValue)."""


def _tag(finding: Finding, call: Call, merged: MapNode) -> tuple[str, ...] | None:
    """Path in the document of the tag that a finding is about: `owner`, or one of `tags`."""
    if len(finding.path) != 3 or finding.path[0] != "Tags":
        return None
    key = str(call.params["Tags"][finding.path[1]].get("Key"))
    paths = (("owner",) if key == "owner" else (), ("tags", key))
    return next((path for path in paths if path and node_at(merged, path) is not None), None)


def _wrong_tag(finding: Finding, path: tuple[str, ...], merged: MapNode) -> Problem:
    of_key = finding.path[-1] == "Key"
    node = node_at(merged, path)
    text = path[-1] if of_key else str(plain(node)) if node is not None else ""
    wrong = dict.fromkeys(c for c in text if unicodedata.category(c)[0] not in "LZN")
    refused = " ".join(f"`{c}`" for c in wrong if c not in _MARKS)
    place = place_of(merged, path, key=of_key)
    if finding.rule != "pattern" or not refused:
        return Problem("E213", f"`{dotted(path)}` is a tag: {finding.message}", place, _OF_AWS)
    message = f"`{dotted(path)}` becomes a tag on AWS, which cannot have {refused}"
    marks = " ".join(_MARKS)
    return Problem("E213", message, place, f"use letters, digits, spaces and {marks}")


def instance_type_fault(instance_type: str) -> tuple[str, str | None] | None:
    """What is wrong with the instance type of a training job and, perhaps, which one was meant;
    None for a type of the service model."""
    known = load("sagemaker").shape("TrainingInstanceType").enum
    if instance_type in known:
        return None
    near = did_you_mean(instance_type, known)
    return f"there is no instance type `{instance_type}` for training", near
