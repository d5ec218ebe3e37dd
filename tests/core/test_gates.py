"""A gate compares the final metric with its thresholds and says both."""

from __future__ import annotations

import pytest

from reconciler.core.gates import verdict


@pytest.mark.parametrize(
    ("bounds", "value", "passed"),
    [
        ({"min": "0.86"}, "0.86", True),
        ({"min": "0.86"}, "0.8599999999999999", False),
        ({"max": "2.35"}, "2.35", True),
        ({"max": "2.35"}, "2.3500000000000001", False),
        ({"min": "0", "max": "1"}, "0.5", True),
        ({"min": "0"}, None, False),
        ({"min": "0"}, "nan", False),
        ({"min": "0"}, "text", False),
    ],
)
def test_a_metric_passes_within_its_thresholds(
    bounds: dict[str, str], value: str | None, passed: bool
) -> None:
    metrics = {} if value is None else {"auc": value}
    result = verdict({"auc": bounds}, metrics)
    assert result["passed"] is passed
    assert result["results"]["auc"] == {"value": value, **bounds, "passed": passed}


def test_all_gates_have_to_pass() -> None:
    gates = {"a": {"min": "1"}, "b": {"min": "1"}}
    assert verdict(gates, {"a": "1", "b": "0"})["passed"] is False
    assert verdict(gates, {"a": "1", "b": "2"})["passed"] is True
