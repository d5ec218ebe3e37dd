"""Renames: a launch whose content another name ran already, which has no document any more.

A new name is a new resource and is paid for again; who wanted the name alone hears it before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from reconciler.core.desired import Desired
from reconciler.core.plan import Action, Change, Note
from reconciler.core.record import Record
from reconciler.core.settle import Settled


def with_renames(
    decided: Iterable[Change | Note],
    desired: Desired,
    settled: Settled,
    records: Mapping[str, Record],
) -> Iterator[Change | Note]:
    """The decisions; a first launch says whose content it has, where that name has no document."""
    known = {*settled.targets, *settled.unsound, *desired.elsewhere}
    gone = {
        run.digest: name
        for name, record in records.items()
        for run in record.runs.values()
        if name not in known and run.state.rank > 0
    }
    for found in decided:
        old = gone.get(found.digest or "") if _is_first_launch(found, records) else None
        if old is None or desired.unreadable or not isinstance(found, Change):
            yield found
            continue
        told = f"same content as {old}, whose document is gone: renamed?"
        yield replace(found, why="; ".join(filter(None, (found.why, told))))


def _is_first_launch(found: Change | Note, records: Mapping[str, Record]) -> bool:
    return (
        isinstance(found, Change)
        and found.action is Action.LAUNCH
        and found.target is not None
        and found.target.resource.kind.paid_runs
        and found.name not in records
    )
