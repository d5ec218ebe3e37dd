"""Spending: what recorded runs took and cost, summed up and compared with each other.

It tells and never steers: neither a digest nor a decision depends on it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from reconciler.core.record import Record, Run, State

MOST_RUNS = 5
"""Runs that `last_runs` looks back on."""

_AMOUNT = re.compile(r"[0-9]{1,15}\.[0-9]{6}")
_Value = TypeVar("_Value", int, Decimal)


@dataclass(frozen=True, slots=True)
class LastRuns:
    """What the last completed runs of a resource took and cost, each as the middle one of them."""

    count: int
    unknown: int
    """How many of them have no known amount; they are not in the median."""
    amount: Decimal | None
    """Median of the known amounts, US dollars."""
    seconds: int | None
    """Median of the training times."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What some runs cost together."""

    runs: int
    """Runs that have ended."""
    running: int
    """Runs that go on; what they have cost so far is in no sum."""
    unknown: int
    """Ended runs without a known amount; what they cost is in no sum."""
    amount: Decimal
    """Known amounts, US dollars."""
    billable_seconds: int


def amount_of(run: Run) -> Decimal | None:
    """US dollars that a run cost; None where its record does not know them."""
    return amount_in_cost(run.cost or {})


def amount_in_cost(cost: Mapping[str, Any]) -> Decimal | None:
    """US dollars that a cost, as a record keeps it, names; None where it names none."""
    amount = str(cost.get("amount"))
    return Decimal(amount) if _AMOUNT.fullmatch(amount) else None


def last_runs(record: Record | None) -> LastRuns | None:
    """The last completed runs of a record, at most five; None where they tell nothing."""
    runs = record.runs.values() if record else ()
    completed = [run for run in runs if run.state is State.COMPLETED]
    last = sorted(completed, key=_when)[-MOST_RUNS:]
    amounts = [amount for run in last if (amount := amount_of(run)) is not None]
    times = [seconds for run in last if (seconds := _training_seconds(run)) is not None]
    if not amounts and not times:
        return None
    return LastRuns(len(last), len(last) - len(amounts), _median(amounts), _median(times))


def attempts_at(record: Record, run: Run) -> tuple[Run, ...]:
    """A run and the attempts at the same content before it."""
    same = record.runs_of_digest(run.digest).values()
    return tuple(other for other in same if other.attempt <= run.attempt)


def spent(runs: Iterable[Run]) -> Spent:
    """What runs cost together; what was never launched cost nothing."""
    launched = [run for run in runs if run.state.rank > 0 and run.state is not State.CONFLICT]
    ended = [run for run in launched if run.state.ended]
    amounts = [amount for run in ended if (amount := amount_of(run)) is not None]
    return Spent(
        runs=len(ended),
        running=len(launched) - len(ended),
        unknown=len(ended) - len(amounts),
        amount=sum(amounts, Decimal(0)),
        billable_seconds=sum(map(_billable_seconds, ended)),
    )


def spent_by_group(runs: Iterable[tuple[str | None, Run]]) -> dict[str | None, Spent]:
    """What the launched runs of each group cost together, the dearest group first."""
    groups: dict[str | None, list[Run]] = {}
    for group, run in runs:
        groups.setdefault(group, []).append(run)
    sums = [(group, spent(members)) for group, members in groups.items()]
    launched = [(group, total) for group, total in sums if total.runs or total.running]
    return dict(sorted(launched, key=lambda pair: (-pair[1].amount, str(pair[0]))))


def moved_since(run: Run, since: str | None) -> bool:
    """Whether a run goes on, ended at or after `since` (UTC, ISO 8601), or nobody knows when."""
    how = run.how or {}
    ended = how.get("ended") or how.get("created")
    return since is None or ended is None or not run.state.ended or str(ended) >= since


def launch_tag(run: Run, key: str) -> str | None:
    """Value of a tag that a run was launched with; None if it has none, or was adopted."""
    tags = (run.request or {}).get("Tags") or ()
    return next((str(tag["Value"]) for tag in tags if tag["Key"] == key), None)


def _when(run: Run) -> tuple[str, int, int]:
    return (str((run.how or {}).get("ended", "")), run.version, run.attempt)


def _billable_seconds(run: Run) -> int:
    seconds = (run.cost or {}).get("billable_seconds")
    return seconds if isinstance(seconds, int) else 0


def _training_seconds(run: Run) -> int | None:
    seconds = (run.how or {}).get("training_seconds")
    return seconds if isinstance(seconds, int) else None


def _median(values: Sequence[_Value]) -> _Value | None:
    """The middle value; of an even number the higher middle one, which was really paid."""
    return sorted(values)[len(values) // 2] if values else None
