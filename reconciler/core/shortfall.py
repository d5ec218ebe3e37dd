"""Shortfall: what a run that completed did not leave, though others may look for it.

It is told and fails nothing: a job that only evaluates leaves no model, nor does one whose model
package is its output.
"""

from __future__ import annotations

from reconciler.core.kind import Kind
from reconciler.core.record import Run, State


def lacks_artifact(run: Run, kind: Kind) -> bool:
    """Whether a run completed and nothing is in S3 where its artifact should be."""
    completed = run.state is State.COMPLETED and not run.is_gone
    return completed and kind.makes_artifact and not run.artifact


def metrics_not_found(run: Run) -> tuple[str, ...]:
    """Metrics that a completed run's request defines and that its log never showed. Those with a
    gate are left out: its verdict tells them."""
    if run.state is not State.COMPLETED:
        return ()
    algorithm = (run.request or {}).get("AlgorithmSpecification") or {}
    asked = [metric["Name"] for metric in algorithm.get("MetricDefinitions") or ()]
    told = {*(run.metrics or {}), *(run.gates or {}).get("results", {})}
    return tuple(name for name in asked if name not in told)


def shortfalls(run: Run, kind: Kind) -> tuple[str, ...]:
    """What a completed run did not leave, each in words that may hold hostile text."""
    metrics = metrics_not_found(run)
    found = ["its artifact is missing"] if lacks_artifact(run, kind) else []
    if metrics:
        told = "metric {} was" if len(metrics) == 1 else "metrics {} were"
        found.append(f"{told.format(', '.join(metrics))} never found in its log")
    return tuple(found)
