"""Rules on a resolved spec: what is missing, what excludes what, what AWS would refuse.

Each rule is one function in one of the modules beside this one; `check` applies them all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from reconciler.core.environment import Environment
from reconciler.core.kind import Finding
from reconciler.kinds import labels
from reconciler.kinds.training_job.rules import (
    allowed,
    code,
    complete,
    cost,
    data,
    instances,
    metrics,
    processes,
    secrets,
)
from reconciler.kinds.training_job.spec import TrainingJobSpec

Rule = Callable[[TrainingJobSpec, Environment], Iterable[Finding]]

RULES: tuple[Rule, ...] = (
    *complete.RULES,
    *code.RULES,
    *data.RULES,
    *instances.RULES,
    *processes.RULES,
    *metrics.RULES,
    *labels.RULES,
    *secrets.RULES,
)
"""Rules on the spec, in the order in which their findings are told."""

LIMITS: tuple[Rule, ...] = (*allowed.RULES, *cost.RULES)
"""Rules of the environment on the request that would be sent."""


def check(spec: TrainingJobSpec, environment: Environment) -> Iterator[Finding]:
    """What is wrong with a resolved spec in an environment; nothing when it can be launched."""
    for rule in RULES:
        yield from rule(spec, environment)
    yield from _beyond_limits(spec, environment)


def _beyond_limits(spec: TrainingJobSpec, environment: Environment) -> list[Finding]:
    """What the limits refuse; also what they cannot read, as `api_overrides` may say anything."""
    try:
        return [finding for rule in LIMITS for finding in rule(spec, environment)]
    except (TypeError, ValueError, AttributeError, LookupError):
        if not spec.api_overrides:
            raise
        message = f"the limits of {environment.name} cannot be held against `api_overrides`"
        help_text = "give each member the form that AWS's API asks for"
        return [Finding("E206", message, ("api_overrides",), help_text)]
