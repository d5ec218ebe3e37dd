"""Secrets: all that reaches a job's description is looked at for values that look like one."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.core.environment import Environment
from reconciler.core.kind import Finding
from reconciler.kinds.secrets import secrets_in
from reconciler.kinds.training_job.spec import TrainingJobSpec


def secrets(spec: TrainingJobSpec, _: Environment) -> Iterator[Finding]:
    """E208: no value looks like a secret."""
    for key in ("env", "hyperparameters", "tags", "api_overrides"):
        yield from secrets_in(getattr(spec, key), (key,))
    if spec.container is not None:
        for key in ("arguments", "entrypoint"):
            yield from secrets_in(getattr(spec.container, key), ("container", key))


RULES = (secrets,)
