"""Decision: what becomes of one target. Each function is one row of the table in the design.

| run of this digest recorded | there, under its name | the plan says |
|---|---|---|
| no, references not all known | – | deferred, for whom and why |
| no, version not in the record | no / yes | launch / adopt, if it is ours |
| no, version in the record | – | held (own document), stale (the rest), launch (on change) |
| intent | no / yes | launch, the same request / adopt |
| completed or launched | in-place fields same / differ | nothing or reuse / update |
| launched | no | drifted; never a launch |
| failed, stopped | – | failed; a new attempt only where `retry` allows it |
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from reconciler.core import ownership
from reconciler.core.call import Call
from reconciler.core.case import Case, change, deferred, note
from reconciler.core.deployment import decide_deployment
from reconciler.core.environment import Environment
from reconciler.core.launching import recorded_request, request
from reconciler.core.live import Observation, Outcome
from reconciler.core.plan import Action, Change, Note, Standing
from reconciler.core.record import Run, State
from reconciler.core.shortfall import lacks_artifact
from reconciler.core.staleness import causes, own_document_moved


def decide(case: Case) -> Change | Note:
    """What the plan says about one target."""
    if case.target.resource.kind.stable:
        return decide_deployment(case)
    pinned = case.target.resource.pinned
    if pinned is not None and pinned != case.version:
        return _behind(case, pinned)
    runs = case.record.runs_of_digest(case.target.digest) if case.record else {}
    kept = [(name, run) for name, run in runs.items() if not run.is_gone]
    if not kept:
        return _unrecorded(case)
    name, run = kept[-1]
    rows = {
        State.INTENT: _intended,
        State.WITHDRAWN: _intended,
        State.REFUSED: _ended,
        State.LAUNCHED: _satisfied,
        State.COMPLETED: _satisfied,
        State.FAILED: _ended,
        State.STOPPED: _ended,
        State.CONFLICT: _conflict,
    }
    return rows[run.state](case, name, run)


def _behind(case: Case, pinned: int) -> Note:
    """The environment pins a version: the document's content waits for promotion."""
    environment = case.target.resource.environment.name
    if pinned > case.version:
        return note(
            case,
            Standing.HELD,
            f"{environment} pins version {pinned}, the document is at {case.version}",
            code="E209",
            help=f"write `environments.{environment}.version: {case.version}`, or take it out",
        )
    if case.record is None or case.record.run_of_version(pinned) is None:
        return note(
            case,
            Standing.HELD,
            f"{environment} pins version {pinned}, which was never launched here, and the"
            f" document is at {case.version} already",
            code="E209",
            help=f"promote version {case.version}: reconciler promote {case.target.name}"
            f" --to {environment}",
        )
    return note(case, Standing.BEHIND, f"{case.version} waits for promotion, {pinned} is pinned")


def _unrecorded(case: Case) -> Change | Note:
    """No run of this content is recorded."""
    record, answer = case.record, case.answer
    if case.live.get(case.target.physical_name()) is not None:
        # It ran already, whatever became of its record: adopting it costs nothing.
        return _launch_or_adopt(case, attempt=1)
    if answer is not None and not case.target.resource.launches_on_change:
        return _moved(case, answer)
    if (
        record
        and case.version not in record.versions
        and case.version < max(record.versions, default=0)
    ):
        return note(
            case,
            Standing.HELD,
            f"version went down to {case.version}, which was never launched;"
            f" {max(record.versions)} was",
            code="E209",
            help=f"write `version: {max(record.versions) + 1}`",
        )
    return _launch_or_adopt(case, attempt=1)


def _moved(case: Case, answer: Run) -> Note:
    """The version is answered by other content: held when the document did it, else stale."""
    newest = max(case.record.versions) if case.record else case.version
    if own_document_moved(answer, case.target):
        lowered = f"version {case.version} ran with other content, and {newest} is recorded already"
        return note(
            case,
            Standing.HELD,
            lowered
            if newest > case.version
            else f"it changed, but its version is still {case.version}",
            code="E201",
            help=f"launch it: reconciler bump {case.target.name}",
            answer=answer,
        )
    return note(
        case,
        Standing.STALE,
        "what it builds on moved",
        help=f"run it again: reconciler bump {case.target.name}",
        causes=causes(answer, case.target),
        answer=answer,
    )


def _launch_or_adopt(case: Case, *, attempt: int, why: str = "") -> Change | Note:
    name = case.target.physical_name(attempt)
    seen = case.live.get(name)
    if seen is not None:
        # It is there, whatever it once waited for: nothing that is compared comes from its inputs.
        return _adopt(case, name, attempt, request(case.target, name, case.revision), seen)
    waiting = [upstream for upstream in case.target.upstreams if upstream.output is None]
    if waiting:
        what = "; ".join(str(upstream.waits_for) for upstream in waiting)
        return deferred(case, what, name, attempt)
    call = request(case.target, name, case.revision)
    return change(case, Action.LAUNCH, name, attempt, (call,), why=why, uploads=True)


def _adopt(case: Case, name: str, attempt: int, call: Call, seen: Observation) -> Change | Note:
    """Something of our name is there: ours with our content, or in conflict."""
    ours = ownership.is_ours(
        seen.tags, case.target.name, case.target.resource.environment, case.revision
    )
    differing = case.target.resource.kind.same(call, seen)
    if not ours:
        why = "it is not tagged as ours"
    elif (seen.tags or {}).get(ownership.DIGEST) != case.target.digest:
        why = "its digest tag is another one"
    elif differing:
        why = "it differs in " + ", ".join(differing)
    else:
        return change(case, Action.ADOPT, name, attempt, (), why="it is there already, and ours")
    return note(
        case,
        Standing.CONFLICT,
        f"{name} exists on SageMaker, but {why}",
        physical_name=name,
        help="set another `name_prefix` in the environment, or rename the job",
    )


def _intended(case: Case, name: str, run: Run) -> Change | Note:
    """An intent is recorded: the same request is sent again, or what is there is adopted."""
    rendered = request(case.target, name, case.revision) if _inputs_known(case) else None
    if rendered is None:
        return _launch_or_adopt(case, attempt=run.attempt)
    call = recorded_request(run, rendered)
    seen = case.live.get(name)
    if seen is not None:
        return _adopt(case, name, run.attempt, call, seen)
    return change(
        case, Action.LAUNCH, name, run.attempt, (call,), why="its launch was begun", uploads=True
    )


def _inputs_known(case: Case) -> bool:
    return all(upstream.output is not None for upstream in case.target.upstreams)


def _satisfied(case: Case, name: str, run: Run) -> Change | Note:
    """The content ran, or is running: never again."""
    record = case.record
    if record and record.run_of_version(case.version) != name:
        versions = [v for v, names in record.versions.items() if name in names]
        why = f"same content as version {max(versions)}" if versions else "same content"
        if not case.target.resource.kind.paid_runs:
            why = "it is there already"
        if run.artifact:
            why += f", uses {run.artifact['uri']}"
        return change(case, Action.REUSE, name, run.attempt, (), why=why)
    if name in case.live and case.live[name] is None:
        return note(case, Standing.DRIFTED, f"{name} is recorded, but SageMaker does not know it",
                    physical_name=name)  # fmt: skip
    return _in_place(case, name, run)


def _in_place(case: Case, name: str, run: Run) -> Change | Note:
    resource = case.target.resource
    recorded: Mapping[str, Any] = (run.in_place or {}).get("values", {})
    wanted = resource.in_place
    seen = case.live.get(name)
    standing = Standing.IN_SYNC if run.state is State.COMPLETED else Standing.RUNNING
    if wanted == recorded or seen is None:
        message = case.in_sync_message if standing is Standing.IN_SYNC else "running"
        if lacks_artifact(run, resource.kind):
            message += "; it left no artifact"
        return note(case, standing, message, physical_name=name)
    calls = resource.kind.update(resource.spec, recorded, seen)
    if isinstance(calls, str):
        return note(case, Standing.NO_LONGER_APPLICABLE, calls, physical_name=name)
    return change(case, Action.UPDATE, name, run.attempt, calls, why="changed in place")


def _ended(case: Case, name: str, run: Run) -> Change | Note:
    """The run failed or was stopped: its outcome stands, unless `retry` allows an attempt."""
    allowed = case.target.resource.attempts
    retryable = run.outcome is not None and Outcome(run.outcome).retryable
    if retryable and run.attempt < allowed:
        earliest = next_attempt(run, case.target.resource.environment)
        if case.now is not None and earliest is not None and case.now < earliest:
            what = f"attempt {run.attempt + 1} of {allowed} not before {earliest}"
            return deferred(case, what, name, run.attempt + 1)
        why = f"attempt {run.attempt + 1} of {allowed} after: {run.reason or run.state.value}"
        return _launch_or_adopt(case, attempt=run.attempt + 1, why=why)
    same = "" if run.version == case.version else f"same content as version {run.version}, which "
    return note(
        case,
        Standing.FAILED,
        f"{same}{run.end}",
        physical_name=name,
        help=f"change it, or ask for the same again: reconciler rerun {case.target.name}",
    )


def next_attempt(run: Run, environment: Environment) -> str | None:
    """Earliest time of the attempt after a failed one: 5 minutes, then twice as long each time, at
    most an hour. None where it does not matter: on this computer, or when the end is not known."""
    ended = (run.how or {}).get("ended") or (run.how or {}).get("created")
    if ended is None or environment.local:
        return None
    pause = min(timedelta(minutes=5) * 2 ** (run.attempt - 1), timedelta(hours=1))
    return f"{datetime.fromisoformat(ended) + pause:%Y-%m-%dT%H:%M:%SZ}"


def _conflict(case: Case, name: str, run: Run) -> Change | Note:
    return note(case, Standing.CONFLICT, run.reason or f"{name} is taken", physical_name=name)
