"""Gates: thresholds on the final metrics of a run, and the verdict that goes into its record."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any


def verdict(gates: Mapping[str, Mapping[str, Any]], metrics: Mapping[str, str]) -> dict[str, Any]:
    """`passed`, and for each gated metric its value and whether it is within its thresholds.

    Thresholds and metrics are text and are compared as decimal numbers, so that no digit is lost.
    A metric that was never reported, or is not a number, does not pass.
    """
    results = {
        name: {"value": metrics.get(name), **bounds, "passed": _within(metrics.get(name), bounds)}
        for name, bounds in gates.items()
    }
    return {"passed": all(result["passed"] for result in results.values()), "results": results}


def _within(value: str | None, bounds: Mapping[str, Any]) -> bool:
    try:
        number = Decimal(value) if value is not None else Decimal("NaN")
        if number.is_nan():
            return False
        low, high = bounds.get("min"), bounds.get("max")
        return (low is None or number >= Decimal(str(low))) and (
            high is None or number <= Decimal(str(high))
        )
    except InvalidOperation:
        return False
