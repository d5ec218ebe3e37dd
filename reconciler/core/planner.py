"""Planner: the one pure function that decides, `make_plan(desired, records, live) -> Plan`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from reconciler.core import ownership
from reconciler.core.case import Case
from reconciler.core.decision import decide
from reconciler.core.desired import Desired
from reconciler.core.fuses import blow
from reconciler.core.kind import Kind
from reconciler.core.live import Live, Phase
from reconciler.core.plan import Action, Change, Note, Plan, Standing
from reconciler.core.record import Record, Run, State
from reconciler.core.requests import problems_of
from reconciler.core.settle import Settled, settle
from reconciler.errors import Problem

Records = Mapping[str, Record]


def make_plan(
    desired: Desired,
    records: Records,
    live: Live,
    kinds: Mapping[str, Kind],
    *,
    names: Sequence[str] = (),
    offline: bool = False,
    elsewhere: Mapping[str, Records] | None = None,
) -> Plan:
    """Decide what is done about each resource.

    `live` holds what was seen of the names that `names_to_look_at` gives; a name that is not in
    it tells nothing. `names` limits the plan to some resources. `elsewhere` holds the locks of
    other environments that references name.
    """
    settled = settle(desired, records, elsewhere)
    decided = _decided(desired, settled, records, live, kinds)
    chosen = [found for found in decided if not names or found.name in names]
    changes = [found for found in chosen if isinstance(found, Change)]
    notes = [found for found in chosen if isinstance(found, Note)]
    sound, refused = _checked(changes)
    kept, held = blow(sound, records, desired.environment.limits)
    return Plan(
        environment=desired.environment,
        revision=desired.revision,
        changes=tuple(kept),
        notes=(*notes, *held),
        problems=(*desired.problems, *settled.problems, *refused),
        offline=offline,
        counts=dict(Counter(resource.kind.name for resource in desired.resources.values())),
        withdrawals=tuple(_withdrawals(settled, records, live, desired)),
    )


def _decided(
    desired: Desired,
    settled: Settled,
    records: Records,
    live: Live,
    kinds: Mapping[str, Kind],
) -> Iterator[Change | Note]:
    """A decision on each target, upstream first, and on runs that have none any more."""
    for name, target in settled.targets.items():
        yield decide(Case(target, records.get(name), live, desired.revision))
    for name, record in records.items():
        if name not in settled.targets and name not in settled.unsound:
            yield from _orphans(record, desired, live, kinds)


def _checked(changes: Sequence[Change]) -> tuple[list[Change], list[Problem]]:
    """The changes whose calls AWS's service model accepts, and the problems of the others."""
    sound: list[Change] = []
    problems: list[Problem] = []
    for change in changes:
        resource = change.target.resource if change.target else None
        found = [p for call in change.calls if resource for p in problems_of(call, resource)]
        problems += found
        sound += [] if found else [change]
    return sound, problems


def names_to_look_at(
    desired: Desired, records: Records, elsewhere: Mapping[str, Records] | None = None
) -> dict[str, tuple[str, bool]]:
    """Physical names that a plan needs to have seen → kind, and whether their tags matter.

    Every run that can still move; every target that no record knows, with each attempt that may
    exist; runs whose in-place fields are wanted otherwise.
    """
    wanted: dict[str, tuple[str, bool]] = {}
    for record in records.values():
        for name, run in record.runs.items():
            if run.state.moving:
                wanted[name] = (record.kind, run.state.rank == 0 or _stops(run))
    for target in settle(desired, records, elsewhere).targets.values():
        known = records.get(target.name)
        runs = known.runs_of_digest(target.digest) if known else {}
        kind = target.resource.kind
        if not runs:
            wanted[target.physical_name()] = (kind.name, True)
            continue
        name, run = list(runs.items())[-1]
        recorded = (run.in_place or {}).get("values", {})
        if run.state is State.COMPLETED and recorded != target.resource.in_place:
            wanted[name] = (kind.name, False)
        if run.state in (State.FAILED, State.STOPPED):
            wanted[target.physical_name(run.attempt + 1)] = (kind.name, True)
    return wanted


def _orphans(
    record: Record, desired: Desired, live: Live, kinds: Mapping[str, Kind]
) -> Iterator[Change | Note]:
    """Runs of a resource whose document is gone, or left the environment."""
    for name, run in record.runs.items():
        if run.state is not State.LAUNCHED:
            continue
        why = _absence(record.name, desired)
        if _stops(run) and not desired.unreadable:
            seen = live.get(name)
            if seen is None or not ownership.is_ours(
                seen.tags, record.name, desired.environment, desired.revision
            ):
                why += "; it is not stopped, because what is there is not known to be ours"
            elif seen.phase is Phase.PROGRESSING:
                yield _stop(
                    record, name, run, kinds[record.kind], f"{why}, and it said `on_delete: stop`"
                )
                continue
        yield Note(
            standing=Standing.ORPHANED,
            kind=record.kind,
            name=record.name,
            message=f"{why}; it goes on running",
            version=run.version,
            physical_name=name,
            help=f"stop it: reconciler stop {record.name}@{run.version}",
        )


def _absence(name: str, desired: Desired) -> str:
    if desired.unreadable:
        return "a document could not be read, and it may be in that one"
    if name in desired.elsewhere:
        return f"its document no longer belongs to {desired.environment.name}"
    return "its document is gone"


def _stop(record: Record, physical_name: str, run: Run, kind: Kind, why: str) -> Change:
    return Change(
        action=Action.STOP,
        kind=record.kind,
        name=record.name,
        version=run.version,
        physical_name=physical_name,
        digest=run.digest,
        attempt=run.attempt,
        calls=(kind.stop(physical_name),),
        why=why,
    )


def _stops(run: Run) -> bool:
    values = (run.in_place or {}).get("values", {})
    return bool(values.get("on_delete") == "stop")


def _withdrawals(
    settled: Settled, records: Records, live: Live, desired: Desired
) -> Iterator[tuple[str, str]]:
    """Intents that nobody wants any more and that SageMaker does not know."""
    for name, record in records.items():
        if name in settled.unsound or (desired.unreadable and name not in settled.targets):
            continue
        target = settled.targets.get(name)
        for physical_name, run in record.runs.items():
            wanted = target is not None and target.digest == run.digest
            seen_absent = physical_name in live and live[physical_name] is None
            if run.state is State.INTENT and not wanted and seen_absent:
                yield name, physical_name
