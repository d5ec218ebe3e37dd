"""Progress: what a look at SageMaker adds to a run. States only rise, set fields stay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from reconciler.core.environment import Environment
from reconciler.core.gates import verdict
from reconciler.core.kind import Kind
from reconciler.core.live import Observation, Phase
from reconciler.core.ports import StoredObject
from reconciler.core.pricing import billed_instances, cost_of
from reconciler.core.record import Run, State

ENDS = {
    Phase.READY: State.COMPLETED,
    Phase.FAILED: State.FAILED,
    Phase.STOPPED: State.STOPPED,
}


def launched(run: Run, seen: Observation, environment: Environment) -> Run:
    """The run after it was seen on SageMaker: launched by us, or adopted."""
    how = {
        "arn": seen.arn,
        "account": environment.account,
        "region": environment.aws_region,
        **({"created": seen.times["created"]} if "created" in seen.times else {}),
        "observed": {path: value for path, value in seen.fields.items() if value is not None},
    }
    state = State.LAUNCHED if run.state.rank == 0 else run.state
    return replace(run, state=state, how={**how, **(run.how or {})})


def advance(
    run: Run, seen: Observation, environment: Environment, artifact: StoredObject | None
) -> Run:
    """The run after a look. `artifact` is what S3 holds under the URI that SageMaker told.

    A completed run without an artifact stays open for later looks.
    """
    run = launched(run, seen, environment)
    state = ENDS.get(seen.phase)
    if state is None:
        return run
    if run.state.ended and run.state is not state:
        return run
    ended = replace(
        run,
        state=state,
        reason=run.reason or (seen.reason if state is not State.COMPLETED else None),
        outcome=run.outcome or (seen.outcome.value if seen.outcome else None),
        metrics=run.metrics or (dict(seen.metrics) or None),
        artifact=run.artifact or _artifact(artifact, partial=state is not State.COMPLETED),
        how={**_ending(seen), **(run.how or {})},
        cost=run.cost or _cost(seen, environment),
    )
    gates = (run.source or {}).get("gates")
    if state is State.COMPLETED and gates and run.gates is None:
        return replace(ended, gates=verdict(gates, seen.metrics))
    return ended


def wants_a_look(run: Run, kind: Kind) -> bool:
    """Whether a look can tell something new: it moves, or its artifact was not there yet."""
    missing = kind.makes_artifact and run.artifact is None
    return run.state.moving or (run.state is State.COMPLETED and missing)


def _artifact(found: StoredObject | None, *, partial: bool) -> Mapping[str, Any] | None:
    if found is None:
        return None
    facts = {
        "uri": found.uri,
        "etag": found.etag,
        "size": found.size,
        "version_id": found.version_id,
        "partial": partial or None,
    }
    return {key: value for key, value in facts.items() if value is not None}


def _ending(seen: Observation) -> dict[str, Any]:
    told = ("started", "ended")
    facts: dict[str, Any] = {key: seen.times[key] for key in told if key in seen.times}
    if seen.training_seconds is not None:
        facts["training_seconds"] = seen.training_seconds
    return facts


def _cost(seen: Observation, environment: Environment) -> Mapping[str, Any] | None:
    """What SageMaker bills, by the prices that the environment lists when the run is first seen
    to have ended: later prices change no amount."""
    if seen.billable_seconds is None:
        return None
    instances = billed_instances(seen.fields)
    return cost_of(seen.billable_seconds, instances, environment.prices or {})
