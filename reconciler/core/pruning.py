"""Pruning: what `prune: true` in a document deletes, once nothing uses it any more.

Only models and endpoint configurations of our own, that a newer one has replaced in service.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from reconciler.core.deployment import CURRENT
from reconciler.core.kind import Kind
from reconciler.core.live import Live, Phase
from reconciler.core.plan import Action, Change
from reconciler.core.record import Record, State
from reconciler.core.resource import Target
from reconciler.core.settle import Settled


def prunings(
    settled: Settled, records: Mapping[str, Record], live: Live, kinds: Mapping[str, Kind]
) -> Iterator[Change]:
    """Deletions of runs that were replaced, of resources whose documents ask for it."""
    for name, target in settled.targets.items():
        record = records.get(name)
        if record is None or not getattr(target.resource.spec, "prune", None):
            continue
        if _settled(target, record, live):
            yield from _replaced(target, record, records, kinds)


def _settled(target: Target, record: Record, live: Live) -> bool:
    """Whether the wanted run is the one in service, and nothing is on its way."""
    name = target.physical_name()
    run = record.runs.get(name)
    if run is None or run.state is not State.COMPLETED or run.is_gone:
        return False
    if not target.resource.kind.stable:
        return record.run_of_version(target.resource.version) == name
    seen = live.get(target.live_name)
    return seen is not None and seen.phase is Phase.READY and seen.fields.get(CURRENT) == name


def _replaced(
    target: Target, record: Record, records: Mapping[str, Record], kinds: Mapping[str, Kind]
) -> Iterator[Change]:
    kind = target.resource.kind
    for physical_name, run in record.runs.items():
        replaced = run.state.ended and not run.is_gone and run.digest != target.digest
        if not replaced or _is_used(physical_name, record, records, kinds):
            continue
        yield Change(
            action=Action.DELETE,
            kind=kind.name,
            name=target.name,
            version=run.version,
            physical_name=physical_name,
            digest=run.digest,
            attempt=run.attempt,
            calls=kind.delete(physical_name),
            why="it was replaced, and nothing uses it any more",
            place=target.resource.place,
            paths=target.paths,
            terms=target.resource.terms,
        )


def _is_used(
    physical_name: str, record: Record, records: Mapping[str, Record], kinds: Mapping[str, Kind]
) -> bool:
    """Whether a configuration that still exists names it in its request."""
    quoted = json.dumps(physical_name)
    return any(
        quoted in json.dumps(run.request or {})
        for other in records.values()
        if other.name != record.name and kinds[other.kind].stable
        for run in other.runs.values()
        if not run.is_gone
    )
