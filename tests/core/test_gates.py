"""A gate compares the final metric with its thresholds and says both."""

from __future__ import annotations

import dataclasses

import pytest

from reconciler.core.gates import against_previous, failed, failures, gates_failed, verdict
from reconciler.core.record import Record, Run, State


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


RUN = Run(
    state=State.COMPLETED,
    version=1,
    attempt=1,
    digest="d",
    metrics={"auc": "0.870"},
    source={"gates": {"auc": {"better_than": "previous", "goal": "maximize"}}},
)


def recorded(run: Run) -> Record:
    return Record("TrainingJob", "churn", "prod").with_run("churn-d", run).answering(1, "churn-d")


@pytest.mark.parametrize(
    ("goal", "value", "passed"),
    [
        ("maximize", "0.8700000001", True),
        ("maximize", "0.87", False),
        ("minimize", "0.869", True),
        ("minimize", "0.871", False),
    ],
)
def test_better_than_previous_means_strictly_better(goal: str, value: str, passed: bool) -> None:
    bounds = {"better_than": "previous", "goal": goal}
    run = dataclasses.replace(RUN, source={"gates": {"auc": bounds}})
    (gates,) = [against_previous(run, recorded(RUN)).source["gates"]]  # type: ignore[index]
    assert gates["auc"]["previous"] == "0.870"
    assert verdict(gates, {"auc": value})["passed"] is passed


def test_the_first_run_has_nothing_to_be_better_than() -> None:
    run = against_previous(RUN, Record("TrainingJob", "churn", "prod"))
    assert run == RUN
    assert verdict(run.source["gates"], {"auc": "0.1"})["passed"]  # type: ignore[index]


def test_a_run_whose_gates_failed_is_no_measure() -> None:
    failed = dataclasses.replace(RUN, gates={"passed": False})
    assert against_previous(RUN, recorded(failed)) == RUN


@pytest.mark.parametrize(
    ("bounds", "value", "told"),
    [
        ({"min": "0.90"}, "0.71", "auc 0.71 < 0.90"),
        ({"max": "1e-7"}, "0.5", "auc 0.5 > 1e-7"),
        ({"min": "0"}, None, "auc was not reported"),
        ({"min": "0"}, "nan", "auc is no number: nan"),
        (
            {"better_than": "previous", "goal": "maximize", "previous": "0.870"},
            "0.8",
            "auc 0.8 is not better than 0.870 before",
        ),
    ],
)
def test_a_gate_that_failed_is_told_with_its_value_and_its_bound(
    bounds: dict[str, str], value: str | None, told: str
) -> None:
    metrics = {"fine": "1"} | ({} if value is None else {"auc": value})
    result = verdict({"fine": {"min": "1"}, "auc": bounds}, metrics)
    assert failed(result)
    assert failures(result) == (told,)
    assert gates_failed(result) == f"gate failed: {told}"


def test_a_verdict_without_its_values_still_says_that_it_failed() -> None:
    assert gates_failed({"passed": False}) == "gates failed"
    assert not failed(None) and not failed({"passed": True, "results": {}})
