"""Bars and courses of metrics."""

from __future__ import annotations

import pytest

from reconciler.core.call import Call
from reconciler.render.compute import compute_text
from reconciler.render.progress import bar, course
from reconciler.render.theme import ASCII, Symbols, Theme


@pytest.mark.parametrize(
    ("done", "limit", "shown"),
    [(0, 10, "────"), (5, 10, "━━──"), (10, 10, "━━━━"), (99, 10, "━━━━"), (5, 0, "────")],
)
def test_a_bar_is_always_as_wide_as_asked(done: float, limit: float, shown: str) -> None:
    """Also when a run is over its time, or the time is not known."""
    assert bar(done, limit, Symbols(), width=4) == shown


def test_a_course_goes_from_the_lowest_to_the_highest() -> None:
    """Values that are equal, or a single one, are no course."""
    assert course([0.0, 0.5, 1.0], Symbols()) in ("▁▅█", "▁▄█")
    assert course([1.0], Symbols()) == ""
    assert course([2.0, 2.0], Symbols()) == "▁▁"
    assert course([0.0, 1.0], ASCII) == "_#"


def test_only_the_last_values_are_shown() -> None:
    """A row has one line."""
    assert len(course([float(n) for n in range(100)], Symbols())) == 12


@pytest.mark.parametrize(
    ("params", "shown"),
    [
        ({"ModelName": "x"}, ""),
        (
            {
                "ResourceConfig": {
                    "InstanceGroups": [
                        {"InstanceType": "ml.m5.large", "InstanceCount": 2},
                        {"InstanceType": "ml.p4d.24xlarge", "InstanceCount": 1},
                    ]
                },
                "StoppingCondition": {"MaxRuntimeInSeconds": 5400},
                "EnableManagedSpotTraining": True,
            },
            "2 × ml.m5.large + 1 × ml.p4d.24xlarge, at most 1h30m with waiting, spot",
        ),
        (
            {
                "ResourceConfig": {
                    "InstanceType": "ml.m5.large",
                    "InstanceCount": 1,
                    "KeepAlivePeriodInSeconds": 1800,
                },
                "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
            },
            "1 × ml.m5.large, at most 1h, then kept for 30m",
        ),
        (
            {
                "ResourceConfig": {
                    "InstanceCount": 8,
                    "InstancePreferences": [
                        {"InstanceType": "ml.p5.48xlarge", "InstanceCount": 4},
                        {"InstanceType": "ml.p4d.24xlarge"},
                    ],
                },
            },
            "4 × ml.p5.48xlarge or 8 × ml.p4d.24xlarge",
        ),
        ({"ResourceConfig": {}}, ""),
    ],
)
def test_compute_is_read_off_the_request(params: dict[str, object], shown: str) -> None:
    """What will be paid for, from the very call."""
    assert compute_text(Call("CreateTrainingJob", params), Theme()) == shown


def test_compute_of_an_endpoint_is_that_of_its_variants() -> None:
    variants = [
        {"InstanceType": "ml.m5.large", "InitialInstanceCount": 3},
        {"ServerlessConfig": {"MemorySizeInMB": 4096}},
        {"ModelName": "of another form"},
    ]
    call = Call("CreateEndpointConfig", {"ProductionVariants": variants})
    assert compute_text(call, Theme()) == "3 × ml.m5.large + serverless 4096 MB"
