"""What runs cost, in a few words: beside the bound of a plan, and in the outcome of a launch."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from reconciler.core.budget import Month
from reconciler.core.pricing import UNKNOWN, dollars
from reconciler.core.spending import LastRuns, Spent
from reconciler.core.under_way import UnderWay
from reconciler.core.units import format_duration
from reconciler.render.values import lasted


def last_runs_text(last: LastRuns) -> str:
    """`last 3 runs: median $0.41, 12m`; of one run there is no median."""
    told = [] if last.amount is None else [dollars(last.amount)]
    if told and last.unknown:
        told = [f"{told[0]} ({last.unknown} {UNKNOWN})"]
    told += [] if last.seconds is None else [lasted(last.seconds)]
    values = ", ".join(told)
    return f"last run: {values}" if last.count == 1 else f"last {last.count} runs: median {values}"


def under_way_text(run: UnderWay) -> str:
    """`` version 6 keeps running as `churn-…`, 37m of at most 1h, at most $0.16 so far ``."""
    told = [] if run.seconds is None else [lasted(run.seconds)]
    if told and run.most_seconds is not None:
        told = [f"{told[0]} of at most {format_duration(run.most_seconds)}"]
    told += [] if run.amount is None else [f"at most {dollars(run.amount)} so far"]
    name = f"`{run.physical_name}`"
    return f"version {run.version} keeps running as {', '.join([name, *told])}"


def month_text(month: Month) -> str:
    """`2026-11: $312.40 spent, at most $96.00 under way, $5,000.00 allowed`; empty for a month in
    which nothing was spent and that has no limit."""
    told = [f"{dollars(month.spent)} spent"]
    told += [f"at most {dollars(month.promised)} under way"] if month.promised else []
    told += [f"{dollars(Decimal(month.limit))} allowed"] if month.limit is not None else []
    if month.limit is None and not month.committed:
        return ""
    return f"{month.month}: {', '.join(told)}"


def last_runs_data(last: LastRuns | None) -> dict[str, Any] | None:
    """The same for machines: US dollars as text, times in seconds."""
    if last is None:
        return None
    return {
        "count": last.count,
        "unknown": last.unknown,
        "median_amount": None if last.amount is None else f"{last.amount:f}",
        "median_seconds": last.seconds,
    }


def amount_text(spent: Spent) -> str:
    """`$0.41`, `$0.41 and 1 unknown`, `unknown`: what some runs cost together."""
    known = dollars(spent.amount)
    if not spent.unknown:
        return known
    return UNKNOWN if spent.unknown == spent.runs else f"{known} and {spent.unknown} {UNKNOWN}"
