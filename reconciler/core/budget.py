"""Budget: what an environment's runs have cost in the month, and what those under way may add."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from reconciler.core.pricing import UnknownPrice, cost_bound
from reconciler.core.record import Record, Run, State
from reconciler.core.spending import amount_of

_MONTH = len("2026-11")
_UNDER_WAY = frozenset({State.INTENT, State.LAUNCHED})


@dataclass(frozen=True, slots=True)
class Month:
    """The spending of one environment in one month (UTC), US dollars."""

    month: str
    """Such as `2026-11`."""
    spent: Decimal
    """What the training jobs that ended in it cost; the most it can be where that is not known."""
    promised: Decimal
    """The most that those under way may cost."""
    limit: int | None
    """`limits.max_monthly_cost_usd`."""

    def room_for(self, planned: Decimal) -> bool:
        """Whether launches that may cost so much at most keep to the limit."""
        return self.limit is None or self.committed + planned <= self.limit

    @property
    def committed(self) -> Decimal:
        """Spent and promised together."""
        return self.spent + self.promised


def month_to_date(
    records: Iterable[Record],
    prices: Mapping[str, Decimal],
    now: str,
    *,
    limit: int | None,
    without: Collection[str] = (),
) -> Month:
    """The spending in the month of `now` (UTC, ISO 8601).

    `without` are physical names that somebody else counts: of launches that are still planned, and
    may be recorded as intents already. A run is of the month in which it ended; what no price is
    listed for is not in it.
    """
    month = now[:_MONTH]
    spent = promised = Decimal(0)
    for name, run in _runs(records):
        if run.state in _UNDER_WAY and name not in without:
            promised += _bound(run, prices)
        elif run.state.ended and str((run.how or {}).get("ended", "")).startswith(month):
            spent += _cost(run, prices)
    return Month(month, spent, promised, limit)


def _runs(records: Iterable[Record]) -> Iterator[tuple[str, Run]]:
    return (pair for r in records if r.kind == "TrainingJob" for pair in r.runs.items())


def _cost(run: Run, prices: Mapping[str, Decimal]) -> Decimal:
    amount = amount_of(run)
    return _bound(run, prices) if amount is None else amount


def _bound(run: Run, prices: Mapping[str, Decimal]) -> Decimal:
    try:
        return cost_bound(run.request or {}, prices)
    except UnknownPrice:
        return Decimal(0)
