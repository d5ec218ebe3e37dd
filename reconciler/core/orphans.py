"""Orphans: runs of resources whose document is gone, or left the environment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from reconciler.core import ownership
from reconciler.core.desired import Desired
from reconciler.core.kind import Kind
from reconciler.core.live import Live, Phase
from reconciler.core.plan import Action, Change, Note, Standing
from reconciler.core.record import Record, Run, State
from reconciler.core.resource import live_name
from reconciler.core.settle import Settled


def orphans(
    desired: Desired,
    settled: Settled,
    records: Mapping[str, Record],
    live: Live,
    kinds: Mapping[str, Kind],
) -> Iterator[Change | Note]:
    """A decision on each run under way, and on each thing in service, that no sound document asks
    for any more.

    A document that is wrong is no absent one, and while any cannot be read nothing is ended.
    """
    for name, record in records.items():
        if name in settled.targets or name in settled.unsound:
            continue
        kind = kinds[record.kind]
        for physical_name, run in _under_way(record, kind):
            shown = live_name(kind, desired.environment, name, physical_name)
            yield _decided(_Orphan(record, physical_name, run, kind, shown), desired, live)


@dataclass(frozen=True, slots=True)
class _Orphan:
    record: Record
    physical_name: str
    run: Run
    kind: Kind
    live_name: str


def ends_with_its_document(run: Run) -> bool:
    """Whether the document said, as long as it was there, that its run ends with it."""
    values = (run.in_place or {}).get("values", {})
    return values.get("on_delete") in ("stop", "delete")


def _under_way(record: Record, kind: Kind) -> list[tuple[str, Run]]:
    """Runs that go on although nobody asks for them; of a thing in service the one it serves."""
    if not kind.stable:
        return [(n, run) for n, run in record.runs.items() if run.state is State.LAUNCHED]
    last = record.last_run()
    return [last] if last and not last[1].is_gone else []


def _decided(orphan: _Orphan, desired: Desired, live: Live) -> Change | Note:
    record, kind = orphan.record, orphan.kind
    why = _absence(record.name, desired)
    seen = live.get(orphan.live_name)
    if ends_with_its_document(orphan.run) and not desired.unreadable:
        if seen is None or not ownership.is_ours(
            seen.tags, record.name, desired.environment, desired.revision
        ):
            why += "; it is not ended, because what is there is not known to be ours"
        elif kind.stable or seen.phase is Phase.PROGRESSING:
            return _ending(orphan, why)
    asked = f"{record.name}@{orphan.run.version} -e {desired.environment.name}"
    by_hand = f"stop it: reconciler stop {asked}"
    by_document = "bring its document back with `on_delete: delete`, then remove it"
    return Note(
        standing=Standing.ORPHANED,
        kind=record.kind,
        name=record.name,
        message=f"{why}; it goes on {'serving' if kind.stable else 'running'}",
        version=orphan.run.version,
        physical_name=orphan.physical_name,
        help=by_document if kind.stable else by_hand,
    )


def _absence(name: str, desired: Desired) -> str:
    if desired.unreadable:
        return "a document could not be read, and it may be in that one"
    if name in desired.elsewhere:
        return f"its document no longer belongs to {desired.environment.name}"
    return "its document is gone"


def _document_of(run: Run) -> tuple[str, ...]:
    """Where the document was, as far as the run says it."""
    document = (run.source or {}).get("document")
    return (document,) if isinstance(document, str) else ()


def _ending(orphan: _Orphan, why: str) -> Change:
    kind, run = orphan.kind, orphan.run
    action = Action.DELETE if kind.stable else Action.STOP
    stop = () if kind.stable else (kind.stop(orphan.physical_name),)
    return Change(
        action=action,
        kind=kind.name,
        name=orphan.record.name,
        version=run.version,
        physical_name=orphan.physical_name,
        digest=run.digest,
        attempt=run.attempt,
        calls=stop or kind.delete_live(orphan.live_name),
        paths=_document_of(run),
        why=f"{why}, and it said `on_delete: {action.value}`",
    )
