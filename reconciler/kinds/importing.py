"""Importing by table: how the requests of a kind become values where its fields say it all.

Stands between `core/readers.py` and the readers of Model and Endpoint. That of TrainingJob also
recognises what stands behind images and hyperparameters, so it reads by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from reconciler.core.environment import Environment
from reconciler.core.fields import Table
from reconciler.core.importing import Request
from reconciler.core.kind import Finding, Spec
from reconciler.core.readers import Values, in_members, known_values, without_own
from reconciler.kinds.findings import invalid


def reading(
    table: Table,
    name_member: str,
    spec: type[Spec],
    check: Callable[[Any, Environment], Iterable[Finding]],
) -> Callable[[Mapping[str, Any], str, Environment], Values | tuple[Finding, ...]]:
    """How a request is read; what it names stays as it is: images, artifacts, models."""

    def read(
        params: Mapping[str, Any], name: str, environment: Environment
    ) -> Values | tuple[Finding, ...]:
        values = {"name": name, **known_values(table, without_own(params, name_member))}
        try:
            findings = tuple(check(spec.model_validate(values), environment))
        except ValidationError as error:
            findings = tuple(invalid(error))
        return tuple(in_members(finding, table) for finding in findings) or values

    return read


def comparing(name_member: str) -> Callable[[str, Mapping[str, Any]], Request]:
    """How a request is compared: less its name and the reconciler's tags."""
    return lambda _, params: without_own(params, name_member)
