"""Looks: which names on SageMaker a plan needs to have seen. What is settled costs no call."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.core.desired import Desired
from reconciler.core.kind import Kind
from reconciler.core.orphans import ends_with_its_document
from reconciler.core.progress import wants_a_look
from reconciler.core.record import Record, State
from reconciler.core.resource import Target, live_name
from reconciler.core.settle import settle

Looks = dict[str, tuple[str, bool]]
"""Live name → kind, and whether its tags matter."""


def names_to_look_at(
    desired: Desired,
    records: Mapping[str, Record],
    kinds: Mapping[str, Kind],
    elsewhere: Mapping[str, Mapping[str, Record]] | None = None,
) -> Looks:
    """Every run that can still move or whose artifact is not there yet; every target that no
    record knows; runs whose in-place fields are wanted otherwise; all that has a stable name."""
    wanted: Looks = {}
    for record in records.values():
        wanted |= _of_record(record, desired, kinds[record.kind])
    for target in settle(desired, records, elsewhere).targets.values():
        wanted |= _of_target(target, records.get(target.name))
    return wanted


def _of_record(record: Record, desired: Desired, kind: Kind) -> Looks:
    wanted: Looks = {}
    for physical_name, run in record.runs.items():
        if wants_a_look(run, kind) or (kind.stable and not run.is_gone):
            name = live_name(kind, desired.environment, record.name, physical_name)
            tags = kind.stable or run.state.rank == 0 or ends_with_its_document(run)
            wanted[name] = (record.kind, tags)
    return wanted


def _of_target(target: Target, record: Record | None) -> Looks:
    kind = target.resource.kind
    if kind.stable:
        return {target.live_name: (kind.name, True)}
    runs = record.runs_of_digest(target.digest) if record else {}
    kept = [(name, run) for name, run in runs.items() if not run.is_gone]
    if not kept:
        return {target.physical_name(): (kind.name, True)}
    name, run = kept[-1]
    recorded = (run.in_place or {}).get("values", {})
    if run.state is State.COMPLETED and recorded != target.resource.in_place:
        return {name: (kind.name, False)}
    if run.state in (State.FAILED, State.STOPPED):
        return {target.physical_name(run.attempt + 1): (kind.name, True)}
    return {}
