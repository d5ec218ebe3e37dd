"""The word somebody probably meant."""

from __future__ import annotations

import time

import pytest

from reconciler.core.suggest import did_you_mean

KEYS = ("max_runtime", "max_wait_time", "instance_type", "instance_count")
AWS = {"MaxWaitTimeInSeconds": "max_wait_time", "VolumeSizeInGB": "volume_size"}


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("max_wait_tme", "max_wait_time"),
        ("Max_Runtime", "max_runtime"),
        ("instanceType", "instance_type"),
        ("InstanceCount", "instance_count"),
        ("instance-count", "instance_count"),
        ("zzz", None),
        ("", None),
    ],
)
def test_the_nearest_candidate_is_meant(word: str, meant: str | None) -> None:
    assert did_you_mean(word, KEYS) == meant


@pytest.mark.parametrize(
    "word", ["MaxWaitTimeInSeconds", "maxWaitTimeInSeconds", "max_wait_time_in_seconds"]
)
def test_a_name_of_aws_is_recognised_in_any_spelling(word: str) -> None:
    assert did_you_mean(word, KEYS, aws_names=AWS) == "max_wait_time"


def test_a_name_of_aws_goes_before_a_similar_candidate() -> None:
    assert did_you_mean("VolumeSizeInGB", ("volume_size_in_mb",), aws_names=AWS) == "volume_size"


def test_the_order_of_candidates_does_not_matter() -> None:
    assert did_you_mean("trian", ("trains", "train")) == did_you_mean("trian", ("train", "trains"))


def test_a_huge_word_costs_nothing() -> None:
    start = time.process_time()
    assert did_you_mean("a" * 250_000, ["a" * 60] * 100) is None
    assert time.process_time() - start < 0.1
