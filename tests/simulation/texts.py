"""Texts: what the real stores ask of the text of a lock, asked of its values, which is quicker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from reconciler.core.join import regressions
from reconciler.core.ports import Records
from reconciler.core.record import Record, Run
from reconciler.errors import ReconcilerError


def refuse_regressions(before: Records, after: Records) -> None:
    """The guard of every store: a lock only grows."""
    lost = [name for name in before if name not in after]
    for name, record in before.items():
        if name in after and after[name] is not record:
            lost += regressions(record, after[name])
    if lost:
        raise ReconcilerError("the lock would lose what it knows: " + "; ".join(lost))


def same_text(before: Records, after: Records) -> bool:
    """Whether two locks are written as the same files."""
    return before.keys() == after.keys() and all(
        _same_record(record, after[name]) for name, record in before.items()
    )


def _same_record(a: Record, b: Record) -> bool:
    """Whether two records have the same text; it sorts their versions and runs."""
    if a is b:
        return True
    return (
        (a.versions, a.extra) == (b.versions, b.extra)
        and a.runs.keys() == b.runs.keys()
        and all(_same_run(run, b.runs[name]) for name, run in a.runs.items())
    )


def _same_run(a: Run, b: Run) -> bool:
    return a is b or all(
        _same_value(getattr(a, item.name), getattr(b, item.name)) for item in fields(Run)
    )


def _same_value(a: Any, b: Any) -> bool:
    """Equal, and maps in the same order: a text shows it."""
    if a is b:
        return True
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return list(a) == list(b) and all(_same_value(a[key], b[key]) for key in a)
    return bool(a == b)
