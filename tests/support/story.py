"""A story told to the planner: revisions of a repository, and what became of their runs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from reconciler.core.call import Call
from reconciler.core.desired import Desired, load
from reconciler.core.launching import intent
from reconciler.core.live import Live, Observation, Outcome, Phase
from reconciler.core.lock import named_elsewhere
from reconciler.core.looks import names_to_look_at
from reconciler.core.plan import Action, Change, Note, Plan
from reconciler.core.planner import make_plan
from reconciler.core.ports import StoredObject
from reconciler.core.progress import advance
from reconciler.core.record import Record, Run
from reconciler.kinds import KINDS
from tests.support.files import MemoryFiles

ENDS = {
    "running": (Phase.PROGRESSING, "InProgress", None),
    "completed": (Phase.READY, "Completed", Outcome.DONE),
    "failed": (Phase.FAILED, "Failed", Outcome.ALGORITHM),
    "no capacity": (Phase.FAILED, "Failed", Outcome.CAPACITY),
    "stopped": (Phase.STOPPED, "Stopped", Outcome.STOPPED),
}
REASONS = {"failed": "AlgorithmError: exit code 1", "no capacity": "CapacityError: no instances"}
NAME_OF_A_RUN = r"(-[0-9a-f]{10}(-r[0-9]+)?)?"
ANSWERS = (Action.LAUNCH, Action.REUSE, Action.UPDATE)
ARN = "arn:aws:sagemaker:eu-west-1:444455556666:"


class Story:
    """A repository in memory, its lock, and SageMaker as far as the story says."""

    def __init__(self, files: Mapping[str, str], environment: str) -> None:
        self.files = dict(files)
        self.environment = environment
        self.records: dict[str, Record] = {}
        self.live: dict[str, Observation | None] = {}

    def write(self, changes: Mapping[str, str | None]) -> None:
        """Write files; None removes one."""
        for path, text in changes.items():
            if text is None:
                del self.files[path]
            else:
                self.files[path] = text

    def desired(self) -> Desired:
        return load(MemoryFiles(self.files), self.environment, KINDS)

    def plan(self, *, looks: bool = True, now: str | None = None) -> Plan:
        """The plan after a look at all names that it needs."""
        files = MemoryFiles(self.files)
        desired = self.desired()
        elsewhere = named_elsewhere(desired, files)
        wanted = names_to_look_at(desired, self.records, KINDS, elsewhere)
        live: Live = {name: self.live.get(name) for name in wanted} if looks else {}
        return make_plan(
            desired,
            self.records,
            live,
            KINDS,
            offline=not looks,
            elsewhere=elsewhere,
            now=now,
        )

    def apply(self, ends: str) -> None:
        """Carry the plan out as SageMaker would, and let every new run end so."""
        plan = self.plan()
        for change in plan.changes:
            empty = Record(change.kind, change.name, self.environment)
            record = self.records.get(change.name, empty)
            if change.action is Action.LAUNCH:
                run = self._run(change, plan, ends)
                record = record.with_run(change.physical_name, run)
            elif change.action is Action.UPDATE:
                self._deploy(change.calls, ends)
            elif change.action is Action.DELETE:
                run = record.runs[change.physical_name]
                for call in change.calls:
                    self.live[str(next(iter(call.params.values())))] = None
                record = record.with_run(change.physical_name, replace(run, gone=run.gone + 1))
            if change.action in ANSWERS and change.version is not None:
                record = record.answering(change.version, change.physical_name)
            self.records[change.name] = record

    def _run(self, change: Change, plan: Plan, ends: str) -> Run:
        call, *then = change.calls
        run = intent(change, call, plan.revision, recorded={"reconciler": "test"})
        if ends == "intent":
            return run
        seen = self._seen(change.kind, call, ends)
        artifact = None
        if change.kind == "TrainingJob" and ends == "completed":
            artifact = StoredObject(str(seen.artifact_uri), 1, "e")
        if then:
            self._deploy(tuple(then), ends)
            live = self.live[then[-1].params["EndpointName"]]
            assert live is not None
            seen = KINDS[change.kind].of_run(change.physical_name, live)
        else:
            self.live[change.physical_name] = seen
        return advance(run, seen, plan.environment, artifact)

    def _seen(self, kind: str, call: Call, ends: str) -> Observation:
        """What SageMaker tells of something that a call has just made."""
        params = call.params
        tags = {tag["Key"]: tag["Value"] for tag in params["Tags"]}
        if kind != "TrainingJob":
            answer = {**params, "ModelArn": ARN + "model/m", "EndpointConfigArn": ARN + "config/c"}
            return replace(KINDS[kind].observe(answer), tags=tags)
        phase, status, outcome = ENDS[ends]
        name = params["TrainingJobName"]
        answer = {
            **params,
            "TrainingJobArn": ARN + "training-job/" + name,
            "TrainingJobStatus": status,
            "SecondaryStatus": "Training" if phase is Phase.PROGRESSING else status,
            "FailureReason": REASONS.get(ends, ""),
            "CreationTime": datetime(2026, 11, 25, 12, tzinfo=UTC),
            "ModelArtifacts": {"S3ModelArtifacts": f"s3://models/{name}.tar.gz"},
        }
        seen = KINDS[kind].observe(answer)
        assert (seen.phase, seen.outcome) == (phase, outcome)
        return replace(seen, tags=tags)

    def _deploy(self, calls: tuple[Call, ...], ends: str) -> None:
        """Bring an endpoint to a configuration, as far as the story says."""
        for call in calls:
            if call.operation not in ("CreateEndpoint", "UpdateEndpoint"):
                continue
            name, wanted = call.params["EndpointName"], call.params["EndpointConfigName"]
            before = self.live.get(name)
            serves = before.fields["current"] if before else wanted
            moving = {
                "running": ("Updating" if before else "Creating", serves, None),
                "failed": ("InService" if before else "Failed", serves, "the container failed"),
            }
            status, current, reason = moving.get(ends, ("InService", wanted, None))
            pending = {"EndpointConfigName": wanted} if ends == "running" else None
            answer = {
                "EndpointName": name,
                "EndpointArn": ARN + "endpoint/" + name,
                "EndpointConfigName": current,
                "EndpointStatus": status,
                "FailureReason": reason,
                "PendingDeploymentSummary": pending,
            }
            tags = call.params.get("Tags")
            kept = before.tags if before else None
            told = {tag["Key"]: tag["Value"] for tag in tags} if tags else kept
            self.live[name] = replace(KINDS["Endpoint"].observe(answer), tags=told)

    def meddle(self, deeds: Mapping[str, str]) -> None:
        """What people and accidents do: `lose lock`, or per resource `vanish`, `foreign`, …"""
        for name, deed in deeds.items():
            if deed == "lose record":
                del self.records[name]
                continue
            for physical_name, seen in list(self.live.items()):
                if seen is not None and re.fullmatch(name + NAME_OF_A_RUN, physical_name):
                    self.live[physical_name] = _meddled(seen, deed)


def _meddled(seen: Observation, deed: str) -> Observation | None:
    if deed == "vanish":
        return None
    tags = dict(seen.tags or {})
    if deed == "foreign":
        return replace(seen, tags={"team": "others"})
    if deed == "other digest":
        return replace(seen, tags={**tags, "sagemaker-gitops:digest": "0" * 64})
    if deed == "serves another":
        return replace(seen, fields={**seen.fields, "current": "by-hand"})
    if deed == "busy":
        return replace(seen, phase=Phase.PROGRESSING, status="Updating")
    if deed == "other role":
        return replace(seen, fields={**seen.fields, "RoleArn": "arn:aws:iam::1:role/other"})
    raise ValueError(deed)


def told(plan: Plan) -> str:
    """A plan in one line for each decision, and below it what differs."""
    lines = [line for change in plan.changes for line in _change(change)]
    lines += [line for note in plan.notes for line in _note(note)]
    lines += [f"E {problem}" for problem in plan.problems]
    return "\n".join([*lines, *(f"w withdraw {name}" for name, _ in plan.withdrawals)])


def _change(change: Change) -> Iterator[str]:
    before = change.previous_version
    step = f"{before or ''}→{change.version}" if change.target else str(change.version)
    again = f" attempt {change.attempt}" if change.attempt > 1 else ""
    why = f": {change.why}" if change.why else ""
    cost = f" (at most {change.cost_bound})" if change.cost_bound else ""
    yield f"{change.action.symbol} {change.action.value} {change.name} {step}{again}{why}{cost}"
    yield from _fields(change.fields)
    for call in change.calls[change.action is Action.LAUNCH :]:
        yield f"    {call.operation}"


def _note(note: Note) -> Iterator[str]:
    code = f" [{note.code}]" if note.code else ""
    cost = f" (at most {note.cost_bound})" if note.cost_bound else ""
    yield f"! {note.standing.value} {note.name} {note.version}{code}: {note.message}{cost}"
    yield from _fields(note.fields)
    yield from (f"    because {cause}" for cause in note.causes)


def _fields(fields: tuple[Any, ...]) -> Iterator[str]:
    for field in fields:
        where = f" ({field.place.path}:{field.place.line})" if field.place else ""
        yield f"    {field.path}: {field.before} → {field.after}{where}"
