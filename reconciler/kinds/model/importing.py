"""Importing: a CreateModel request as the values of a spec."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from reconciler.core.environment import Environment
from reconciler.core.kind import Finding
from reconciler.core.readers import Reader, Values, in_members, known_values, without_own
from reconciler.kinds.findings import invalid
from reconciler.kinds.model.fields import TABLE
from reconciler.kinds.model.kind import Model
from reconciler.kinds.model.rules import check
from reconciler.kinds.model.spec import ModelSpec

_NAME = "ModelName"


def comparable(_: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """A request less its name and the reconciler's tags."""
    return without_own(params, _NAME)


def read(
    params: Mapping[str, Any], name: str, environment: Environment
) -> Values | tuple[Finding, ...]:
    """The values of a spec for a request, or all that AWS would refuse of it; its image, its
    artifact and its variables stay as they are."""
    values = {"name": name, **known_values(TABLE, without_own(params, _NAME))}
    try:
        findings = tuple(check(ModelSpec.model_validate(values), environment))
    except ValidationError as error:
        findings = tuple(invalid(error))
    return tuple(in_members(finding, TABLE) for finding in findings) or values


READER = Reader(
    kind=Model(),
    operation="CreateModel",
    name_member=_NAME,
    marks=frozenset({"PrimaryContainer", "Containers", "InferenceExecutionConfig", _NAME}),
    table=TABLE,
    kept=frozenset({("name",), ("environments",), ("container", "image"), ("api_overrides",)}),
    read=read,
    comparable=comparable,
)
