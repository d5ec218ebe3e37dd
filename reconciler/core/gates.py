"""Gates: thresholds on the final metrics of a run, the verdict in its record, and its words."""

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
        name: {"value": value, **bounds, "passed": _objection(value, bounds) is None}
        for name, bounds in gates.items()
        for value in (metrics.get(name),)
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
        if run is not None and run.state is State.COMPLETED and not failed(run.gates):
            return run.metrics or {}
    return {}


def failed(gates: Mapping[str, Any] | None) -> bool:
    """Whether a verdict, as a run has it, says that a gate failed."""
    return (gates or {}).get("passed") is False


def failures(gates: Mapping[str, Any] | None) -> tuple[str, ...]:
    """The gates of a verdict that failed, each in words that may hold hostile text:
    `validation:accuracy 0.71 < 0.9`."""
    results: Mapping[str, Mapping[str, Any]] = (gates or {}).get("results", {})
    return tuple(
        f"{name} {_objection(result.get('value'), result) or 'failed'}"
        for name, result in results.items()
        if result.get("passed") is False
    )


def gates_failed(gates: Mapping[str, Any] | None) -> str:
    """A failed verdict in words that may hold hostile text: `gate failed: loss 2.1 > 2`."""
    told = failures(gates)
    noun = "gate" if len(told) == 1 else "gates"
    return f"{noun} failed" + (f": {', '.join(told)}" if told else "")


def _objection(value: str | None, bounds: Mapping[str, Any]) -> str | None:
    """What keeps a metric from its thresholds, in words; None if it is within them."""
    number = _number(value)
    if number is None:
        return "was not reported" if value is None else f"is no number: {value}"
    low, high, previous = (_number(bounds.get(key)) for key in ("min", "max", "previous"))
    if previous is not None:
        better = number > previous if bounds.get("goal") == "maximize" else number < previous
        if not better:
            return f"{value} is not better than {bounds['previous']} before"
    if low is not None and number < low:
        return f"{value} < {bounds['min']}"
    return f"{value} > {bounds['max']}" if high is not None and number > high else None


def _number(value: object) -> Decimal | None:
    try:
        number = None if value is None else Decimal(str(value))
    except InvalidOperation:
        return None
    return None if number is None or number.is_nan() else number
