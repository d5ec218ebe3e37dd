"""Promotion: whether a version has proven itself, so that another environment may take it.

A version is a promise about content, and the lock of an environment says what ran there under it.
What is promoted is launched from today's documents: a run proves a version only while the same
documents still ask for what ran.
"""

from __future__ import annotations

from reconciler.core.record import Record, Run, State
from reconciler.core.resource import Target
from reconciler.core.settle import usable_artifact
from reconciler.core.staleness import causes


def unproven(version: int, record: Record | None, target: Target | None = None) -> str | None:
    """What keeps the record of an environment from proving a version, in words; None if it does.

    `target` is what today's documents ask for there, and has to be what ran. Without it the run
    counts as it is: for a version that ran in the environment itself.
    """
    name = record.run_of_version(version) if record else None
    run = record.runs.get(name) if record and name else None
    if run is None:
        return "it was never launched there"
    if usable_artifact(run) is None:
        return _ended(run)
    if target is not None and run.digest != target.digest:
        moved = "; ".join(causes(run, target)) or "its content"
        return f"it completed there, but what it builds on moved since: {moved}"
    return None


def _ended(run: Run) -> str:
    if not run.state.ended:
        return "it has not ended there yet"
    if run.state is not State.COMPLETED:
        return f"it {run.state.value} there" + (f": {run.reason}" if run.reason else "")
    if (run.gates or {}).get("passed") is False:
        return "its gates failed there"
    return "its artifact is missing there"
