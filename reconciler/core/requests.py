"""Requests: what AWS's service model would refuse of a call, found before it is sent.

botocore checks types and required members only; patterns, enums and maxima reach the service.
"""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.core.call import Call
from reconciler.core.nodes import place_of
from reconciler.core.resource import Resource
from reconciler.errors import Problem
from reconciler.servicemodel.check import check
from reconciler.servicemodel.load import load


def problems_of(call: Call, resource: Resource) -> Iterator[Problem]:
    """E213 for each member that the service model refuses, at the value it was made from."""
    for finding in check(load(call.service), call.operation, call.params):
        member = ".".join(str(step) for step in finding.path)
        yield Problem(
            "E213",
            f"`{member}` of {call.operation}: {finding.message}",
            place_of(resource.merged, resource.kind.key_of(finding.path)),
            "this limit is in AWS's service model",
        )
