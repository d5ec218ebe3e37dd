"""Orphans: runs of resources whose document is gone, or left the environment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.core import ownership
from reconciler.core.desired import Desired
from reconciler.core.kind import Kind
from reconciler.core.live import Live, Phase
from reconciler.core.plan import Action, Change, Note, Standing
from reconciler.core.record import Record, Run, State
from reconciler.core.settle import Settled


def orphans(
    desired: Desired,
    settled: Settled,
    records: Mapping[str, Record],
    live: Live,
    kinds: Mapping[str, Kind],
) -> Iterator[Change | Note]:
    """A decision on each launched run that no sound document asks for any more.

    A document that is wrong is no absent one, and while any cannot be read nothing is stopped.
    """
    for name, record in records.items():
        if name not in settled.targets and name not in settled.unsound:
            yield from _of_record(record, desired, live, kinds)


def _of_record(
    record: Record, desired: Desired, live: Live, kinds: Mapping[str, Kind]
) -> Iterator[Change | Note]:
    """Runs of a resource whose document is gone, or left the environment."""
    for name, run in record.runs.items():
        if run.state is not State.LAUNCHED:
            continue
        why = _absence(record.name, desired)
        if stops(run) and not desired.unreadable:
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


def stops(run: Run) -> bool:
    """Whether the document said, as long as it was there, that its run ends with it."""
    values = (run.in_place or {}).get("values", {})
    return bool(values.get("on_delete") == "stop")
