"""The text of a record can be read back, is stable, and refuses what it does not know."""

from __future__ import annotations

import json

import pytest

from reconciler.core.catalogue import CATALOGUE
from reconciler.core.record import (
    SECTIONS,
    NewerLock,
    Record,
    Run,
    State,
    UnreadableLock,
    dumps,
    loads,
)

RUN = Run(
    state=State.COMPLETED,
    version=7,
    attempt=1,
    digest="d" * 64,
    artifact={"uri": "s3://b/m.tar.gz", "size": 5},
    metrics={"auc": "0.870"},
    extra={"signature": "later"},
)
RECORD = Record(
    "TrainingJob", "churn", "prod", {7: {"churn-dd": 1}}, {"churn-dd": RUN}, extra={"note": 1}
)


def test_a_record_reads_back_as_it_was_written() -> None:
    assert loads(dumps(RECORD), "locks/prod/churn.json") == RECORD


def test_writing_what_was_read_changes_no_byte() -> None:
    text = dumps(RECORD)
    assert dumps(loads(text, "x")) == text


def test_keys_stand_in_the_order_in_which_an_auditor_asks() -> None:
    run = json.loads(dumps(RECORD))["runs"]["churn-dd"]
    known = [key for key in run if key in SECTIONS]
    assert known == [key for key in SECTIONS if key in run]
    assert next(iter(run)) == "state"


def test_fields_of_a_newer_minor_format_are_kept() -> None:
    text = dumps(RECORD)
    assert '"signature": "later"' in text
    assert '"note": 1' in text


def test_a_newer_format_is_refused_with_advice() -> None:
    text = dumps(RECORD).replace("lock/v1", "lock/v2")
    with pytest.raises(NewerLock, match="lock/v2") as caught:
        loads(text, "locks/prod/churn.json")
    assert caught.value.advice
    assert caught.value.exit_status == 5


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "sagemaker-gitops/lock/v1"}', "<<<<"])
def test_anything_else_is_refused_and_named(text: str) -> None:
    with pytest.raises((UnreadableLock, NewerLock), match=r"locks/x\.json"):
        loads(text, "locks/x.json")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("<<<<", "it is not JSON from line 1 on"),
        ("{}", "`format` is missing"),
        ("[]", "a field has another form"),
    ],
)
def test_a_record_that_is_none_is_told_in_words_with_the_command_that_restores_it(
    text: str, why: str
) -> None:
    with pytest.raises(UnreadableLock, match=why) as caught:
        loads(text, "locks/prod/x.json")
    assert "Error" not in str(caught.value)
    assert "git checkout HEAD -- locks/prod/x.json" in str(caught.value.advice)


def test_the_cure_of_an_unreadable_file_begins_with_what_git_has() -> None:
    """Removing it loses what SageMaker cannot tell; the message and the long text say the same."""
    with pytest.raises(UnreadableLock) as caught:
        loads("{", "locks/x.json")
    assert caught.value.advice is not None
    long = CATALOGUE["E218"].cure
    for text, file in ((caught.value.advice, "locks/x.json"), (long, "FILE")):
        steps = [f"git checkout HEAD -- {file}", f"git log -- {file}", "remove it"]
        places = [text.index(step) for step in steps]
        assert places == sorted(places)


def test_the_run_that_was_named_last_answers_a_version() -> None:
    record = RECORD.answering(7, "churn-ee")
    assert record.run_of_version(7) == "churn-ee"
    assert record.answering(7, "churn-dd").run_of_version(7) == "churn-dd"
    assert record.answering(7, "churn-ee") is record


def test_runs_of_one_content_come_by_rising_attempt() -> None:
    again = Run(state=State.INTENT, version=7, attempt=2, digest=RUN.digest)
    record = RECORD.with_run("churn-dd-r2", again)
    assert list(record.runs_of_digest(RUN.digest)) == ["churn-dd", "churn-dd-r2"]
    assert record.runs_of_digest("other") == {}


TIMES = {"created": "2026-11-25T10:00:00Z", "ended": "2026-11-25T10:00:25Z"}


@pytest.mark.parametrize(
    ("how", "seconds"),
    [
        (None, None),
        ({"created": "2026-11-25T10:00:00Z"}, None),
        (TIMES, 25),
        ({**TIMES, "started": "2026-11-25T10:00:05Z"}, 20),
        ({**TIMES, "started": "2026-11-25T10:00:05Z", "training_seconds": 21}, 21),
        ({**TIMES, "ended": "yesterday"}, None),
        ({**TIMES, "ended": "2026-11-25T10:00:25"}, None),
    ],
)
def test_a_run_lasted_as_long_as_sagemaker_says_else_as_its_times_say(
    how: dict[str, object] | None, seconds: float | None
) -> None:
    assert Run(State.COMPLETED, version=1, attempt=1, digest="d", how=how).seconds == seconds
