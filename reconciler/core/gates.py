"""Gates: thresholds on the final metrics of a run, and the verdict that goes into its record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

from reconciler.core.record import Record, Run, State


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


def against_previous(run: Run, record: Record) -> Run:
    """The run with the values that its gates `better_than: previous` are compared with.

    They are those of the newest completed run whose gates did not fail, when the run is intended:
    a verdict then depends on nothing but its own run. Where there is none, nothing is compared.
    """
    source = run.source or {}
    gates: Mapping[str, Mapping[str, Any]] = source.get("gates", {})
    if not any("better_than" in bounds for bounds in gates.values()):
        return run
    metrics = _previous_metrics(record)
    compared = {
        name: {**bounds, "previous": metrics[name]}
        if "better_than" in bounds and name in metrics
        else bounds
        for name, bounds in gates.items()
    }
    return replace(run, source={**source, "gates": compared})


def _previous_metrics(record: Record) -> Mapping[str, str]:
    for version in sorted(record.versions, reverse=True):
        run = record.runs.get(record.run_of_version(version) or "")
        passed = run is not None and (run.gates or {}).get("passed") is not False
        if run is not None and run.state is State.COMPLETED and passed:
            return run.metrics or {}
    return {}


def _within(value: str | None, bounds: Mapping[str, Any]) -> bool:
    number = _number(value)
    if number is None:
        return False
    low, high, previous = (_number(bounds.get(key)) for key in ("min", "max", "previous"))
    if previous is not None:
        better = number > previous if bounds.get("goal") == "maximize" else number < previous
        if not better:
            return False
    return (low is None or number >= low) and (high is None or number <= high)


def _number(value: object) -> Decimal | None:
    try:
        number = None if value is None else Decimal(str(value))
    except InvalidOperation:
        return None
    return None if number is None or number.is_nan() else number
