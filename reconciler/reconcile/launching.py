"""Launching: the few steps that cost money, in the order of the protocol.

intend (compare and swap) → upload → read the tip again → create → record. The intent is in the
lock before the call, the name is the content, so a launch that was begun by anybody is finished
by whoever comes next, with the same request and under the same name.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

from reconciler.core import ownership
from reconciler.core.call import Call
from reconciler.core.desired import load
from reconciler.core.files import Files
from reconciler.core.launching import intent, recorded_request, request
from reconciler.core.live import Observation, Phase
from reconciler.core.lock import named_elsewhere
from reconciler.core.plan import Change
from reconciler.core.ports import Cloud
from reconciler.core.progress import advance, launched
from reconciler.core.record import Run, State
from reconciler.core.resource import Manifest, Revision
from reconciler.core.settle import settle
from reconciler.core.tar import packed_sha256, tar_gz
from reconciler.errors import NameTaken, Refused, ServiceError
from reconciler.reconcile.context import LONGEST_TIP_AGE, Context
from reconciler.reconcile.events import EventType
from reconciler.reconcile.observing import Looker


@dataclass(frozen=True, slots=True)
class Launch:
    """One launch of a pass: the change, the call as it will be sent, the run in the lock."""

    change: Change
    call: Call
    run: Run
    then: tuple[Call, ...] = ()
    """Calls that bring it into service, once it was created."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a change: the run as it is to be recorded, or why there is none."""

    change: Change
    run: Run | None
    message: str
    ok: bool = True


def prepare(change: Change, revision: Revision, context: Context, recorded: Run | None) -> Launch:
    """A launch and the run that its intent records. One that is recorded keeps its request."""
    call, *then = change.calls
    if recorded is not None and recorded.is_gone:
        return Launch(change, call, recorded, tuple(then))
    if recorded is not None and recorded.request is not None:
        turn = recorded.turn + (recorded.state is State.WITHDRAWN)
        run = replace(recorded, state=State.INTENT, turn=turn)
        return Launch(change, recorded_request(run, call), run, tuple(then))
    run = intent(change, call, revision, recorded=dict(context.recorded_by))
    if context.who is not None:
        run = replace(run, who={**(run.who or {}), **context.who(change)} or None)
    return Launch(change, call, run, tuple(then))


def upload(change: Change, files: Files, cloud: Cloud) -> None:
    """Put the files of a change where its request says. Keys are named by content, so a second
    time does nothing and an orphan does no harm."""
    assert change.target is not None
    environment = change.target.resource.environment
    for manifest in change.uploads:
        for uri, body, digest in _objects(manifest, files, environment.uri(manifest.key)):
            cloud.put(uri, body, sha256=digest, kms_key_id=environment.kms_key_id)


def _objects(manifest: Manifest, files: Files, uri: str) -> list[tuple[str, bytes, str]]:
    contents = files.read([entry.origin for entry in manifest.entries])
    if manifest.source.form == "tar":
        packed = tar_gz((e.path, e.mode, contents[e.origin]) for e in manifest.entries)
        return [(uri, packed, packed_sha256(packed))]
    return [
        (
            uri + entry.path,
            contents[entry.origin],
            hashlib.sha256(contents[entry.origin]).hexdigest(),
        )
        for entry in manifest.entries
    ]


class Tip:
    """The newest documents, read again when the last look is too old to launch by."""

    def __init__(self, context: Context, names: tuple[str, ...]) -> None:
        self._context = context
        self._names = names
        self._read_at = float("-inf")
        self._wanted: dict[str, str] = {}
        self._named: set[str] = set()
        self._readable = False

    def still_wants(self, change: Change) -> bool:
        """Whether the tip, read less than LONGEST_TIP_AGE ago, still asks for this content."""
        if self._age() > LONGEST_TIP_AGE / 2:
            self._read()
        # Reading can take long too.
        return self._age() <= LONGEST_TIP_AGE and self._wanted.get(change.name) == change.digest

    def still_without(self, name: str) -> bool:
        """Whether the tip, read less than LONGEST_TIP_AGE ago, still has no document of a name."""
        if self._age() > LONGEST_TIP_AGE / 2:
            self._read()
        return self._age() <= LONGEST_TIP_AGE and name not in self._named and self._readable

    def _age(self) -> float:
        return self._context.clock.monotonic() - self._read_at

    def _read(self) -> None:
        self._read_at = self._context.clock.monotonic()
        snapshot = self._context.store.snapshot(self._context.environment)
        desired = load(
            snapshot.files, self._context.environment, self._context.kinds, tried=self._names
        )
        settled = settle(desired, snapshot.records, named_elsewhere(desired, snapshot.files))
        self._wanted = {name: target.digest for name, target in settled.targets.items()}
        self._named = settled.targets.keys() | settled.unsound
        self._readable = not desired.unreadable


def create(launch: Launch, cloud: Cloud, context: Context, revision: Revision) -> Result:
    """Send the one call that costs money, once; understand every answer to it.

    What keeps its name is then brought into service with what was created.
    """
    looker = Looker(cloud, context.kinds)
    result = _created(launch, cloud, looker, revision)
    if result.ok and launch.then:
        result = _deployed(launch, result, cloud, looker)
    if result.ok:
        change = launch.change
        context.tell(
            EventType.LAUNCHED,
            change.name,
            version=change.version,
            message=change.physical_name,
            physical_name=change.physical_name,
        )
    return result


def _created(launch: Launch, cloud: Cloud, looker: Looker, revision: Revision) -> Result:
    change = launch.change
    assert change.target is not None
    try:
        answer = cloud.send(launch.call)
    except (NameTaken, Refused) as error:
        return _look_again(launch, looker, revision, error)
    except ServiceError as error:
        return Result(change, launch.run, f"{error}; the intent stays, try again", ok=False)
    arn = next((str(value) for key, value in answer.items() if key.endswith("Arn")), "")
    environment = change.target.resource.environment
    how = {"arn": arn, "account": environment.account, "region": environment.aws_region}
    run = launch.run
    if run.is_gone:
        return Result(change, replace(run, gone=run.gone + 1), "made again")
    return Result(change, replace(run, state=State.LAUNCHED, how=how), "launched")


def _deployed(launch: Launch, created: Result, cloud: Cloud, looker: Looker) -> Result:
    """Bring a configuration into service. A refusal counts only when it is not on its way yet."""
    change = launch.change
    assert change.target is not None
    kind = change.target.resource.kind
    try:
        for call in launch.then:
            cloud.send(call)
    except (NameTaken, Refused) as error:
        seen = looker.look(kind, change.target.live_name, tags=False)
        if seen is not None and change.physical_name in seen.fields.values():
            return created
        if seen is None or seen.phase is Phase.PROGRESSING:
            return Result(change, launch.run, f"{error}; the intent stays, try again", ok=False)
        failed = replace(launch.run, state=State.FAILED, reason=error.detail, outcome="client")
        return Result(change, failed, f"refused: {error.detail}", ok=False)
    except ServiceError as error:
        return Result(change, launch.run, f"{error}; the intent stays, try again", ok=False)
    return created


def _look_again(
    launch: Launch, looker: Looker, revision: Revision, error: NameTaken | Refused
) -> Result:
    """A refusal says nothing about an earlier try of ours; only what is there does.

    botocore and the network can turn a launch that was accepted into "the name is taken".
    """
    change = launch.change
    assert change.target is not None
    resource = change.target.resource
    try:
        seen = looker.look_at_run(resource.kind, change.physical_name)
    except ServiceError as second:
        return Result(change, launch.run, f"{second}; the intent stays, try again", ok=False)
    if seen is None and isinstance(error, Refused):
        refused = replace(launch.run, state=State.REFUSED, refusal=error.detail)
        return Result(change, refused, f"refused: {error.detail}", ok=False)
    if seen is None:
        message = "the name is taken, but nothing is visible under it yet; the intent stays"
        return Result(change, launch.run, message, ok=False)
    ours = ownership.is_ours(seen.tags, change.name, resource.environment, revision)
    same = (seen.tags or {}).get(ownership.DIGEST) == change.digest
    if ours and same and not resource.kind.same(launch.call, seen):
        run = launched(launch.run, seen, resource.environment)
        return Result(change, replace(run, gone=run.gone + run.gone % 2), "adopted")
    reason = f"{change.physical_name} exists and is not ours"
    conflict = replace(launch.run, state=State.CONFLICT, reason=reason)
    return Result(change, conflict, reason, ok=False)


def adopt(
    change: Change,
    seen: Observation,
    looker: Looker,
    *,
    revision: Revision,
    context: Context,
    recorded: Run | None,
) -> Run:
    """The run of something of ours that is there already, as its tags and Describe tell it."""
    assert change.target is not None
    resource = change.target.resource
    run = recorded
    if run is None or run.request is None:
        tags = seen.tags or {}
        commit = tags.get(ownership.COMMIT, "")
        then = replace(
            revision,
            commit=commit.removesuffix("+dirty") or None,
            dirty=commit.endswith("+dirty"),
            author=None,
        )
        version = tags.get(ownership.VERSION, "")
        call = request(change.target, change.physical_name, revision)
        noted = {**context.recorded_by, "adopted": True}
        run = intent(change, call, then, recorded=noted)
        # What was really sent is not known; only what was seen is recorded.
        run = replace(run, request=None)
        run = replace(run, version=int(version) if version.isdecimal() else resource.version)
    if run.is_gone:
        run = replace(run, gone=run.gone + 1)
    seen, artifact, _ = looker.with_artifact(seen)
    return advance(run, seen, resource.environment, artifact)
