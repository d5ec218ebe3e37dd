"""Deployment: what becomes of a target that keeps its name on SageMaker (an endpoint).

Its runs are configurations, named by their content; what is live serves one of them.

| live | this configuration recorded | the plan says |
|---|---|---|
| serves it, or is moving to it | no / yes | adopt / nothing, reuse |
| not ours | – | conflict |
| not there | no, or deleted by us / yes | launch / drifted |
| serves another | it failed here | failed: not tried blindly again |
| is moving to another | – | deferred |
| serves another | no / yes, but another one was asked for last | launch / update (a revert) |
| serves another | yes, and it was asked for last | drifted: somebody else changed it |
"""

from __future__ import annotations

from reconciler.core import ownership
from reconciler.core.call import Call
from reconciler.core.case import Case, change, deferred, note
from reconciler.core.launching import facts_of, recorded_request, request
from reconciler.core.live import Observation, Phase
from reconciler.core.plan import Action, Change, Note, Standing
from reconciler.core.record import Run, State

CURRENT, PENDING = "current", "pending"
"""Keys of an observation's fields: the configuration that is served, and the one on its way."""


def decide_deployment(case: Case) -> Change | Note:
    """What the plan says about one target with a stable name."""
    waiting = [upstream for upstream in case.target.upstreams if upstream.output is None]
    name = case.target.physical_name()
    seen = case.live.get(case.target.live_name)
    run = case.record.runs.get(name) if case.record else None
    if seen is not None and not _ours(case, seen):
        return _conflict(case, f"{seen.physical_name} exists on SageMaker and is not ours")
    if waiting:
        what = "; ".join(str(upstream.waits_for) for upstream in waiting)
        return deferred(case, what, None, 1)
    if seen is None:
        return _absent(case, name, run)
    if name in (seen.fields.get(CURRENT), seen.fields.get(PENDING)):
        return _serves(case, name, run, seen)
    return _serves_another(case, name, run, seen)


def _ours(case: Case, seen: Observation) -> bool:
    resource = case.target.resource
    return ownership.is_ours(seen.tags, resource.name, resource.environment, case.revision)


def _conflict(case: Case, message: str) -> Note:
    help = "set another `name_prefix` in the environment, or rename it"
    return note(case, Standing.CONFLICT, message, help=help)


def _absent(case: Case, name: str, run: Run | None) -> Change | Note:
    if run is not None and run.state is State.REFUSED:
        return note(case, Standing.FAILED, run.end, physical_name=name)
    if run is None or run.state.rank == 0 or run.is_gone:
        return _launch(case, name, run, None)
    live_name = case.target.live_name
    if live_name not in case.live:
        return note(case, Standing.IN_SYNC, "recorded; nobody looked", physical_name=name)
    return note(
        case,
        Standing.DRIFTED,
        f"{live_name} is recorded, but SageMaker does not know it",
        physical_name=name,
        help=_again(case),
    )


def _again(case: Case) -> str:
    return f"ask for it again with another `run:` in {case.target.resource.document}"


def _serves(case: Case, name: str, run: Run | None, seen: Observation) -> Change | Note:
    if run is None or run.state.rank == 0 or run.is_gone:
        return change(case, Action.ADOPT, name, 1, (), why="it is in service already, and ours")
    if case.record and case.record.run_of_version(case.version) != name:
        return change(case, Action.REUSE, name, 1, (), why="it is in service again")
    if seen.phase is Phase.PROGRESSING:
        return note(case, Standing.RUNNING, seen.status, physical_name=name)
    if run.state is not State.COMPLETED:
        return note(case, Standing.FAILED, run.reason or seen.status, physical_name=name)
    return _in_place(case, name, run, seen)


def _in_place(case: Case, name: str, run: Run, seen: Observation) -> Change | Note:
    resource = case.target.resource
    recorded = (run.in_place or {}).get("values", {})
    if resource.in_place == recorded:
        return note(case, Standing.IN_SYNC, case.in_sync_message, physical_name=name)
    calls = resource.kind.update(resource.spec, recorded, seen)
    if isinstance(calls, str):
        return note(case, Standing.NO_LONGER_APPLICABLE, calls, physical_name=name)
    return change(case, Action.UPDATE, name, 1, calls, why="changed in place")


def _serves_another(case: Case, name: str, run: Run | None, seen: Observation) -> Change | Note:
    current = seen.fields.get(CURRENT)
    if run is not None and run.state in (State.FAILED, State.STOPPED, State.REFUSED):
        message = f"{run.end}; {current} stays in service"
        return note(case, Standing.FAILED, message, physical_name=name)
    if seen.phase is Phase.PROGRESSING:
        return note(case, Standing.DEFERRED, f"{seen.physical_name} is {seen.status}")
    if run is None or run.state.rank == 0 or run.is_gone:
        return _launch(case, name, run, seen)
    if case.record and case.record.run_of_version(case.version) == name:
        why = f": {seen.reason}" if seen.reason else ""
        message = f"it serves {current}, recorded is {name}{why}"
        return note(case, Standing.DRIFTED, message, physical_name=name, help=_again(case))
    calls = _deploy(case, name, seen)
    return change(case, Action.UPDATE, name, 1, calls, why=f"back to {name} from {current}")


def _launch(case: Case, name: str, run: Run | None, seen: Observation | None) -> Change:
    call = request(case.target, name, case.revision)
    if run is not None and not run.is_gone:
        call = recorded_request(run, call)
    why = f"in place of {seen.fields.get(CURRENT)}" if seen else ""
    calls = (call, *_deploy(case, name, seen))
    return change(case, Action.LAUNCH, name, 1, calls, why=why, uploads=True)


def _deploy(case: Case, name: str, seen: Observation | None) -> tuple[Call, ...]:
    facts = facts_of(case.target, name, case.revision)
    resource = case.target.resource
    return resource.kind.deploy(resource.spec, facts, seen)
