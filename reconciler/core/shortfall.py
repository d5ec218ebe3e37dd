"""Shortfall: what a run that completed did not leave, though its document asks for it."""

from __future__ import annotations

from reconciler.core.case import Case, note
from reconciler.core.kind import Kind
from reconciler.core.plan import Note, Standing
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


def without_artifact(case: Case, name: str, run: Run) -> Note | None:
    """The note on a target whose run completed without its artifact; None on any other."""
    if not lacks_artifact(run, case.target.resource.kind):
        return None
    return note(
        case,
        Standing.FAILED,
        "completed, but its artifact is missing",
        physical_name=name,
        help=f"let it write to SM_MODEL_DIR, or run it again: reconciler rerun {case.target.name}",
    )
