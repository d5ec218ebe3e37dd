"""Rules on a resolved model: what is missing, what excludes what, what AWS would refuse.

Each rule is one function in one of the modules beside this one; `check` applies them all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from reconciler.core.environment import Environment
from reconciler.core.kind import Finding
from reconciler.kinds import labels
from reconciler.kinds.model.rules import allowed, containers, whole
from reconciler.kinds.model.spec import ModelSpec

Rule = Callable[[ModelSpec, Environment], Iterable[Finding]]

RULES: tuple[Rule, ...] = (
    *whole.RULES,
    *containers.RULES,
    *labels.RULES,
    *allowed.RULES,
)
"""Every rule, in the order in which their findings are told."""


def check(spec: ModelSpec, environment: Environment) -> Iterator[Finding]:
    """What is wrong with a resolved spec in an environment; nothing when it can be created."""
    for rule in RULES:
        yield from rule(spec, environment)
