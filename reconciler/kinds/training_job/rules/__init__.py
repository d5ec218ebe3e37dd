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
    *allowed.RULES,
    *cost.RULES,
)
"""Every rule, in the order in which their findings are told."""


def check(spec: TrainingJobSpec, environment: Environment) -> Iterator[Finding]:
    """What is wrong with a resolved spec in an environment; nothing when it can be launched."""
    for rule in RULES:
        yield from rule(spec, environment)
