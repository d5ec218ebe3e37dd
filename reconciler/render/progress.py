"""Pieces of a live row: the bar of a run's time, and the course of a metric."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.render.theme import Symbols

_COURSE = 12


def bar(done: float, limit: float, symbols: Symbols, *, width: int = 24) -> str:
    """A bar of `width` columns: how much of its longest time a run has used."""
    share = min(1.0, max(0.0, done / limit)) if limit > 0 else 0.0
    filled = round(share * width)
    return symbols.bar * filled + symbols.track * (width - filled)


def course(values: Sequence[float], symbols: Symbols) -> str:
    """The last values of a metric as a row of small columns, from lowest to highest."""
    shown = values[-_COURSE:]
    if len(shown) < 2:
        return ""
    low, high = min(shown), max(shown)
    steps = len(symbols.spark) - 1
    span = high - low or 1.0
    return "".join(symbols.spark[round((value - low) / span * steps)] for value in shown)
