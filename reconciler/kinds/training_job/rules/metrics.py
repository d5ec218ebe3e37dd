"""Metrics: whether their regular expressions can find a value, and gates have one to look at.

Both would come out only after the run was paid for: a metric that is never found is no error on
SageMaker, and a gate without its metric does not pass.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping
from functools import cache

from reconciler.core.environment import Environment
from reconciler.core.fields import get
from reconciler.core.kind import Finding
from reconciler.core.suggest import did_you_mean
from reconciler.kinds.training_job.spec import TrainingJobSpec

_IN_EVERY_DIALECT = (
    "unterminated character set",
    "missing ), unterminated subpattern",
    "unbalanced parenthesis",
    "bad escape (end of pattern)",
)
"""Errors of Python's `re` that are errors elsewhere too. AWS does not say which dialect SageMaker
takes, so what may be sound in another one is let through."""


def expressions(spec: TrainingJobSpec, _: Environment) -> Iterator[Finding]:
    """E237: a metric's expression can be read, and captures a value where a gate wants one. AWS
    takes one that captures nothing, and its own examples have such."""
    for name, expression in (spec.metrics or {}).items():
        fault = _fault(expression, is_gated=name in (spec.gates or {}))
        if fault is not None:
            message = f"the regular expression of `{name}` {fault}"
            help_text = "put the value in parentheses, such as 'loss=([0-9.]+)'"
            yield Finding("E237", message, ("metrics", name), help_text)


def gated(spec: TrainingJobSpec, _: Environment) -> Iterator[Finding]:
    """E238: a gate names a metric of the job. Algorithms of AWS and of its Marketplace, and
    serverless jobs, report metrics that no document defines."""
    if spec.script is None and spec.container is None:
        return
    known = set(spec.metrics or {})
    overrides = get(spec.api_overrides or {}, ("AlgorithmSpecification", "MetricDefinitions"))
    # Of a wrong form it is refused by the service model (E213).
    definitions = overrides if isinstance(overrides, list) else ()
    known |= {str(one.get("Name")) for one in definitions if isinstance(one, Mapping)}
    for name in spec.gates or {}:
        if name not in known:
            near = did_you_mean(name, known)
            choice = ", ".join(f"`{each}`" for each in sorted(known)) or "none"
            help_text = f"did you mean `{near}`?" if near else f"`metrics` defines {choice}"
            message = f"there is no metric `{name}`, so its gate could not pass"
            yield Finding("E238", message, ("gates", name), help_text)


@cache
def _fault(expression: str, *, is_gated: bool) -> str | None:
    """What is wrong with a regular expression, in words; None where it may find a value."""
    try:
        with warnings.catch_warnings():
            # Of sets that other dialects understand as sets of sets.
            warnings.simplefilter("ignore", FutureWarning)
            groups = re.compile(expression).groups
    except re.error as error:
        return f"cannot be read: {error}" if error.msg in _IN_EVERY_DIALECT else None
    except (OverflowError, RecursionError):
        # Bounds of Python's `re`: a huge count of repetitions, a group in a thousand others.
        return None
    return "captures no value, and a gate wants one" if is_gated and not groups else None


RULES = (expressions, gated)
