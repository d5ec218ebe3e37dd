"""Following: what a plan leads to beyond itself, once what it launches has completed.

A model follows the newest good run of its job, and an endpoint its model. So a plan that launches
the job is followed by others that launch a model, bring it into service, and delete what it
replaced. The contents of those are known already: a plan tells them as deferred, so that reviewers
see them and an approval binds them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace

from reconciler.core.desired import Desired
from reconciler.core.plan import Action, Change, Note, Standing
from reconciler.core.ports import Records
from reconciler.core.record import Record, Run, State
from reconciler.core.resource import Target
from reconciler.core.settle import Settled, settle

Targets = Mapping[str, Target]

_STARTS = frozenset({Action.LAUNCH, Action.ADOPT, Action.REUSE})
_REPLACES = frozenset({Action.LAUNCH, Action.REUSE, Action.UPDATE})
_CALM = frozenset({Standing.IN_SYNC, Standing.RUNNING})
_HEALED = frozenset({Standing.FAILED, Standing.DRIFTED, Standing.NO_LONGER_APPLICABLE})
"""What new content puts right: it is tried anew."""
_PROMISED = {"uri": "s3://promised"}
"""In place of an artifact that is not there yet. Nothing but digests is made from it."""


@dataclass(frozen=True, slots=True)
class _Led:
    """What a plan knows of all that follows others, by name."""

    now: Targets
    later: Targets
    """What it will be, where that is something else."""
    twice: Set[str]
    """Names of what this plan moves by itself, and what it leads to moves again."""


def with_followers(
    changes: Sequence[Change],
    notes: Sequence[Note],
    desired: Desired,
    settled: Settled,
    *,
    records: Records,
    elsewhere: Mapping[str, Records] | None,
) -> list[Note]:
    """The notes of a plan, with what will follow it."""
    items: list[Change | Note] = [*changes, *notes]
    planned = {item.name for item in items}
    now = {
        name: target
        for name, target in settled.targets.items()
        if name in planned and not target.resource.kind.paid_runs
    }
    if not now:
        return list(notes)
    found = settle(desired, _completed(items, settled, records), elsewhere).targets
    later = {n: found[n] for n in now if n in found and found[n].digest != now[n].digest}
    led = _Led(now, later, _moved_already(changes, now) & later.keys())
    told = _told(notes, led, {c.name for c in changes})
    return [*told, *_deleted(changes, told, led, records)]


def _told(notes: Sequence[Note], led: _Led, changed: set[str]) -> list[Note]:
    """The notes, with those on what is led as it is going to be."""
    told: list[Note] = []
    for note in notes:
        moves = note.name in led.later and note.name not in led.twice
        told += _following(note, led.now[note.name], led.later[note.name]) if moves else [note]
    again = (name for name in led.later if name in led.twice or name in changed)
    return told + [_again(led.now[name], led.later[name]) for name in again]


def _deleted(
    changes: Sequence[Change], told: Sequence[Note], led: _Led, records: Records
) -> list[Note]:
    """The deletions to come: of what this plan replaces or will, and of what those free."""
    replacing = {change.name for change in changes if change.action in _REPLACES}
    replacing |= {note.name for note in told if note.standing is Standing.DEFERRED}
    deleted: list[Note] = []
    rest: list[Note] = []
    for name in sorted(led.now):
        between = (led.now[name],) if name in led.twice else ()
        target = led.later.get(name, led.now[name])
        found = _deletions(target, records.get(name), changes, between)
        (deleted if name in replacing else rest).extend(found)
    return [*deleted, *_freed(rest, [*changes, *told, *deleted], records)]


def _moved_already(changes: Sequence[Change], now: Targets) -> set[str]:
    """What this plan moves by itself, and what builds on that."""
    moved = {change.name for change in changes if change.action in _STARTS} & now.keys()
    for name, target in now.items():  # upstream comes first
        if any(upstream.reference.name in moved for upstream in target.upstreams):
            moved.add(name)
    return moved


def _completed(
    items: Sequence[Change | Note], settled: Settled, records: Records
) -> dict[str, Record]:
    """The lock as it will be when every run that goes on, begins or waits has completed."""
    found = {
        name: replace(
            record,
            runs={n: _good(r) if r.state is State.LAUNCHED else r for n, r in record.runs.items()},
        )
        for name, record in records.items()
    }
    for item in items:
        target = settled.targets.get(item.name)
        if target is None or not target.resource.kind.paid_runs or not _begins(item):
            continue
        name = item.physical_name or target.physical_name()
        environment = target.resource.environment.name
        record = found.get(item.name) or Record(item.kind, item.name, environment)
        version = target.resource.version
        new = Run(State.INTENT, version, attempt=1, digest=target.digest)
        run = _good(record.runs.get(name) or new)
        found[item.name] = record.with_run(name, run).answering(version, name)
    return found


def _begins(item: Change | Note) -> bool:
    if isinstance(item, Note):
        return item.standing is Standing.DEFERRED
    return item.action in _STARTS


def _good(run: Run) -> Run:
    """The run as it is once it has completed well; one that is there already stays as it is."""
    if run.state is State.COMPLETED:
        return run
    return replace(run, state=State.COMPLETED, artifact=_PROMISED)


def _following(note: Note, now: Target, later: Target) -> Iterator[Note]:
    """The note on something that is led, with what it is going to be."""
    if note.standing is Standing.DEFERRED:
        yield replace(note, digest=later.digest)
    elif note.standing in _CALM:
        leaders = _leaders(now, later)
        yield replace(
            note,
            standing=Standing.DEFERRED,
            message=f"follows {', '.join(leaders)}",
            digest=later.digest,
            physical_name=None,
            waits_for=leaders,
            terms=later.resource.terms,
        )
    else:
        yield note
        if note.standing in _HEALED:
            yield _again(now, later)


def _again(now: Target, later: Target) -> Note:
    """The note on something that is tried or changed now, and again when its leaders are there."""
    leaders = _leaders(now, later)
    return Note(
        standing=Standing.DEFERRED,
        kind=later.resource.kind.name,
        name=later.name,
        message=f"again, following {', '.join(leaders)}",
        version=later.resource.version,
        place=later.resource.place,
        digest=later.digest,
        waits_for=leaders,
        attempts=later.resource.attempts,
        terms=later.resource.terms,
        paths=later.paths,
    )


def _leaders(now: Target, later: Target) -> tuple[str, ...]:
    """Names of what moves ahead of a target."""
    before = {upstream.reference.path: upstream.digest for upstream in now.upstreams}
    return tuple(
        dict.fromkeys(
            upstream.reference.name
            for upstream in later.upstreams
            if before.get(upstream.reference.path) != upstream.digest
        )
    )


def _deletions(
    later: Target, record: Record | None, changes: Sequence[Change], between: tuple[Target, ...]
) -> Iterator[Note]:
    """What `prune: true` deletes once it is replaced and nothing uses it; `between` is to come
    and to go."""
    if not getattr(later.resource.spec, "prune", None):
        return
    mine = [change for change in changes if change.name == later.name]
    gone = {change.physical_name for change in mine if change.action is Action.DELETE}
    runs = record.runs if record else {}
    there = {n: (r.version, r.digest) for n, r in runs.items() if r.state.ended and not r.is_gone}
    there |= {t.physical_name(): (t.resource.version, t.digest) for t in between}
    for physical_name, (version, digest) in there.items():
        if digest != later.digest and physical_name not in gone:
            yield Note(
                standing=Standing.DEFERRED,
                kind=later.resource.kind.name,
                name=later.name,
                message=f"{physical_name} is deleted when nothing uses it any more",
                version=version,
                physical_name=physical_name,
                place=later.resource.place,
                digest=digest,
                then=Action.DELETE,
                terms=later.resource.terms,
                paths=later.paths,
            )


def _freed(
    deletions: Sequence[Note], items: Sequence[Change | Note], records: Records
) -> Iterator[Note]:
    """Those deletions of what was replaced before, and is used only as long as something else is
    there that this plan deletes."""
    going = {item.physical_name for item in items if _deletes(item)}
    runs = [run for record in records.values() for n, run in record.runs.items() if n in going]
    used = json.dumps([run.request for run in runs])
    yield from (note for note in deletions if json.dumps(note.physical_name) in used)


def _deletes(item: Change | Note) -> bool:
    action = item.then if isinstance(item, Note) else item.action
    return action is Action.DELETE
