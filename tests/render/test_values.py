"""Single values read well, and values of the container's environment are not read at all."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.core.resource import Revision
from reconciler.core.scalars import Float, Integer
from reconciler.render.values import (
    HIDDEN,
    clock_time,
    counted,
    lasted,
    revision_text,
    shorten,
    titled,
    value_text,
)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "–"),
        ("s3://bucket/x/", "s3://bucket/x/"),
        ("", '""'),
        (" edge", '" edge"'),
        (300, "300"),
        (True, "true"),
        (Float(0.1, "0.10"), "0.10"),
        (Integer(16, "0x10"), "0x10"),
        (["a", 1], '["a", 1]'),
        ("\x1b[31m", "\\x1b[31m"),
    ],
)
def test_a_value_is_shown_as_it_was_written(value: Any, shown: str) -> None:
    """Numbers keep their characters, text stays bare unless its ends would be lost."""
    assert value_text("hyperparameters.x", value, absent="–") == shown


@pytest.mark.parametrize("path", ["env.TOKEN", "api_overrides.Environment.TOKEN"])
def test_a_value_of_the_environment_is_hidden_unless_it_is_a_fingerprint(path: str) -> None:
    """Defence in depth: even a diff that forgot to redact tells nothing."""
    assert value_text(path, "s3cr3t", absent="–") == HIDDEN
    assert value_text(path, "sha256:0123abcd", absent="–") == "sha256:0123abcd"
    assert value_text(path, "sha256:0123abcd-and-more", absent="–") == HIDDEN
    assert value_text(path, None, absent="–") == "–"


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0s"), (8.9, "8s"), (60, "1m"), (2062, "34m 22s"), (7500, "2h 5m"), (360000, "4d 4h")],
)
def test_a_duration_has_its_two_largest_units(seconds: float, shown: str) -> None:
    """More digits would only make it harder to read."""
    assert lasted(seconds) == shown


def test_small_words_agree_with_what_they_count() -> None:
    """One is singular."""
    assert [counted(1, "run"), counted(2, "run")] == ["1 run", "2 runs"]
    assert counted(2, "launch", "launches") == "2 launches"


def test_a_title_names_the_kind_unless_it_is_the_usual_one() -> None:
    """Most resources are training jobs."""
    assert titled("TrainingJob", "churn", 7) == "churn 7"
    assert titled("Model", "churn") == "Model churn"


def test_a_revision_says_when_files_differ_from_the_commit() -> None:
    """A run of uncommitted changes must not look like one of the commit."""
    assert revision_text(Revision("9f2c1ab0" * 5)) == "commit 9f2c1ab"
    assert revision_text(Revision("9f2c1ab0" * 5, dirty=True)).endswith("uncommitted changes")
    assert revision_text(Revision(None, dirty=True)) == "no commit yet"


def test_long_text_ends_with_an_ellipsis_and_time_is_utc() -> None:
    """Small helpers do what they say."""
    assert shorten("abcdef", 4) == "abc…"
    assert clock_time(1_700_000_000_000) == "22:13:20"
