"""Join: two records of one resource merged; and the guard on what may be written.

`join` is commutative, associative and idempotent, so it does not matter who merges what in
which order, or how often. Never merge the text of a lock: text merges lose records.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from typing import Any

from reconciler.core.ports import Records
from reconciler.core.record import Record, Run, State, dumps
from reconciler.errors import ReconcilerError

_STATE_ORDER = {state: index for index, state in enumerate(State)}
_RISING = frozenset({"state", "turn", "gone", "in_place", "extra"})
"""Fields of a run that may change after they were set, each in one direction."""


def join(a: Record, b: Record) -> Record:
    """The least record that knows all that `a` and `b` know of one resource."""
    versions = {
        version: _highest(a.versions.get(version, {}), b.versions.get(version, {}))
        for version in sorted({*a.versions, *b.versions})
    }
    runs = {
        name: _either(a.runs.get(name), b.runs.get(name)) for name in sorted({*a.runs, *b.runs})
    }
    first = min(a, b, key=lambda record: (record.kind, record.name, record.environment))
    return replace(first, versions=versions, runs=runs, extra=_join_values(a.extra, b.extra))


def join_all(a: Mapping[str, Record], b: Mapping[str, Record]) -> dict[str, Record]:
    """`join` over the records of one environment."""
    return {
        name: join(a[name], b[name]) if name in a and name in b else a.get(name) or b[name]
        for name in sorted({*a, *b})
    }


def _highest(a: Mapping[str, int], b: Mapping[str, int]) -> dict[str, int]:
    return {name: max(a.get(name, 0), b.get(name, 0)) for name in sorted({*a, *b})}


def _either(a: Run | None, b: Run | None) -> Run:
    if a is None or b is None:
        run = a or b
        assert run is not None
        return run
    return join_runs(a, b)


def join_runs(a: Run, b: Run) -> Run:
    """The least run that knows all that two looks at the same run know."""
    if a == b:
        return a
    merged: dict[str, Any] = {
        item.name: _join_values(getattr(a, item.name), getattr(b, item.name))
        for item in fields(Run)
        if item.name not in ("state", "turn", "gone", "in_place")
    }
    state, turn = max(_progress(a), _progress(b))[1:]
    gone = max(a.gone, b.gone)
    return Run(
        state=state, turn=turn, gone=gone, in_place=_newest(a.in_place, b.in_place), **merged
    )


def _progress(run: Run) -> tuple[tuple[int, int, int], State, int]:
    """Orders states: by rank; before the launch by the number of turns, then withdrawn first
    wins over intent of the same turn; among ends by a fixed order."""
    return (run.state.rank, run.turn, _STATE_ORDER[run.state]), run.state, run.turn


def _newest(a: Mapping[str, Any] | None, b: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    if a is None or b is None:
        return a or b
    return max(a, b, key=lambda value: (value["revision"], _text(value)))


def _join_values(a: Any, b: Any) -> Any:
    """Maps are joined key by key, absent is least, of two different values a fixed one wins.

    The last case is a contradiction that `regressions` keeps from being written; the choice is
    by text, so that the join stays a join.
    """
    if a == b or b is None:
        return a
    if a is None:
        return b
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return {
            key: _join_values(a.get(key), b.get(key)) for key in [*a, *(k for k in b if k not in a)]
        }
    return min(a, b, key=_text)


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def regressions(before: Record, after: Record) -> tuple[str, ...]:
    """What `after` loses or changes of `before`, in words; empty when it may be written."""
    return tuple(_lost(before, after))


def _lost(before: Record, after: Record) -> Iterable[str]:
    if (before.kind, before.name, before.environment) != (
        after.kind,
        after.name,
        after.environment,
    ):
        yield "the record belongs to another resource"
    for version, names in before.versions.items():
        for name, count in names.items():
            if after.versions.get(version, {}).get(name, 0) < count:
                yield f"version {version} no longer names {name}"
    for name, run in before.runs.items():
        if name not in after.runs:
            yield f"run {name} is gone"
        else:
            yield from (f"run {name}: {what}" for what in _run_lost(run, after.runs[name]))


def _run_lost(before: Run, after: Run) -> Iterable[str]:
    if before.state.ended and after.state is not before.state:
        yield f"{before.state} became {after.state}"
    elif _progress(after)[0] < _progress(before)[0]:
        yield f"{before.state} fell back to {after.state}"
    if after.gone < before.gone:
        yield "its deletion was forgotten"
    for item in fields(Run):
        if item.name not in _RISING:
            yield from _changed(item.name, getattr(before, item.name), getattr(after, item.name))


def _changed(path: str, before: Any, after: Any) -> Iterable[str]:
    if before is None or before == after:
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key, value in before.items():
            yield from _changed(f"{path}.{key}", value, after.get(key))
    else:
        yield f"{path} was set and changed"


def differing(before: Records, after: Records) -> dict[str, Record]:
    """The records that a write has to change.

    Raises ReconcilerError if `after` loses anything that `before` knows: a lock only grows.
    """
    lost = [f"{name}: the record is gone" for name in before if name not in after]
    changed = {}
    for name, record in after.items():
        if name not in before:
            changed[name] = record
        elif dumps(before[name]) != dumps(record):
            changed[name] = record
            lost += [f"{name}: {what}" for what in regressions(before[name], record)]
    if lost:
        raise ReconcilerError(
            "the lock would lose what it knows: " + "; ".join(lost),
            advice="nothing was written; please report this with the command that you ran",
        )
    return changed
