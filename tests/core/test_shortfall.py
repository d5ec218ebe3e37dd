"""Shortfall: what a run that completed did not leave."""

from __future__ import annotations

from dataclasses import replace

from reconciler.core.record import Run, State
from reconciler.core.shortfall import lacks_artifact, metrics_not_found, shortfalls
from reconciler.kinds import KINDS

JOB, MODEL = KINDS["TrainingJob"], KINDS["Model"]
ASKED = [{"Name": "loss", "Regex": "x"}, {"Name": "auc", "Regex": "y"}]
RUN = Run(
    State.COMPLETED,
    version=1,
    attempt=1,
    digest="d",
    request={"AlgorithmSpecification": {"MetricDefinitions": ASKED}},
)
LEFT = replace(RUN, artifact={"uri": "s3://b/m"}, metrics={"loss": "1", "auc": "2"})


def test_a_completed_run_without_its_artifact_lacks_it() -> None:
    assert lacks_artifact(RUN, JOB)
    assert not lacks_artifact(LEFT, JOB)
    assert not lacks_artifact(replace(RUN, state=State.FAILED), JOB)


def test_what_makes_no_artifact_lacks_none() -> None:
    assert not lacks_artifact(RUN, MODEL)


def test_metrics_that_were_asked_for_and_never_found_are_named() -> None:
    assert metrics_not_found(replace(LEFT, metrics={"loss": "1"})) == ("auc",)
    assert metrics_not_found(LEFT) == ()
    assert metrics_not_found(replace(RUN, state=State.STOPPED)) == ()


def test_a_metric_with_a_gate_is_told_by_its_verdict() -> None:
    gates = {"passed": False, "results": {"auc": {"passed": False}}}
    assert metrics_not_found(replace(RUN, gates=gates)) == ("loss",)


def test_all_that_is_missing_is_told_in_words() -> None:
    assert shortfalls(RUN, JOB) == (
        "its artifact is missing",
        "metrics loss, auc were never found in its log",
    )
    assert shortfalls(replace(LEFT, metrics={"auc": "1"}), JOB) == (
        "metric loss was never found in its log",
    )
