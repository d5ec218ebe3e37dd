"""Metrics: what the regular expressions find in the lines of a log."""

from __future__ import annotations

import pytest

from reconciler.local import metrics

LOSS = {"Name": "loss", "Regex": r"loss=(\S+)"}


def test_every_value_is_a_point_and_the_last_one_is_final() -> None:
    found = metrics.points([LOSS], [(1000, "loss=0.5"), (2000, "nothing"), (3000, "x loss=0.25")])
    assert [(point.value, point.at_ms) for point in found] == [(0.5, 1000), (0.25, 3000)]
    assert metrics.final(found) == ({"MetricName": "loss", "Value": 0.25, "Timestamp": 3.0},)


def test_what_is_no_finite_number_is_no_value() -> None:
    lines = [(1, "loss=nan"), (2, "loss=inf"), (3, "loss=much"), (4, "loss=1e-3")]
    assert [point.value for point in metrics.points([LOSS], lines)] == [0.001]


def test_a_group_that_took_no_part_is_no_value() -> None:
    assert metrics.points([{"Name": "m", "Regex": "a(b)?"}], [(1, "a")]) == []


def test_a_pattern_that_cannot_be_used_is_named_and_gives_nothing() -> None:
    broken = {"Name": "broken", "Regex": "("}
    groupless = {"Name": "groupless", "Regex": "loss"}
    assert metrics.bad_patterns([LOSS, broken, groupless]) == ("broken", "groupless")
    assert [p.name for p in metrics.points([broken, groupless, LOSS], [(1, "loss=1")])] == ["loss"]


def test_a_pattern_that_would_search_for_ever_is_given_up_and_the_others_go_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(metrics, "_SEARCH_SECONDS", 0.05)
    endless = {"Name": "endless", "Regex": r"^((a|a|aa)+)+!$"}
    found = metrics.points([endless, LOSS], [(1, "a" * 60), (2, "a" * 60), (3, "loss=1")])
    assert [point.name for point in found] == ["loss"]


def test_one_line_can_hold_several_metrics() -> None:
    accuracy = {"Name": "acc", "Regex": r"acc=(\S+)"}
    found = metrics.points([LOSS, accuracy], [(1, "loss=1 acc=0.5")])
    assert {point.name: point.value for point in found} == {"loss": 1.0, "acc": 0.5}
