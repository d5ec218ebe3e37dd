"""The join of records is a semilattice, and nothing that is set can be lost."""

from __future__ import annotations

import dataclasses
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.join import join, join_all, regressions
from reconciler.core.record import Record, Run, State

NAMES = ("job-1", "job-2", "job-3")
RANDOM = st.integers(0, 2**64).map(Random)
"""One number from which whole records are made: thousands of them take a second."""


def section(random: Random) -> dict[str, Any] | None:
    if random.random() < 0.3:
        return None
    return {key: random.choice((0, 1, "a")) for key in "ab" if random.random() < 0.6}


def made_run(random: Random) -> Run:
    values = {"revision": random.randint(1, 3), "values": {"k": random.choice("ab")}}
    return Run(
        state=random.choice(list(State)),
        version=random.randint(1, 2),
        attempt=1,
        digest=random.choice("abc"),
        turn=random.randint(0, 2),
        gone=random.randint(0, 2),
        reason=random.choice((None, "a", "b")),
        artifact=section(random),
        how=section(random),
        in_place=random.choice((None, values)),
        extra=section(random) or {},
    )


def made_record(random: Random) -> Record:
    return Record(
        kind="TrainingJob",
        name="job",
        environment="prod",
        versions={
            version: {name: random.randint(1, 3) for name in NAMES if random.random() < 0.5}
            for version in (1, 2, 3)
            if random.random() < 0.7
        },
        runs={name: made_run(random) for name in NAMES if random.random() < 0.7},
    )


@pytest.mark.parametrize("part", range(4))  # side by side on several cores
@settings(max_examples=1250, deadline=None)
@given(random=RANDOM)
def test_merging_is_commutative_associative_and_idempotent(part: int, random: Random) -> None:
    a, b, c = (made_record(random) for _ in range(3))
    assert join(a, b) == join(b, a)
    assert join(join(a, b), c) == join(a, join(b, c))
    assert join(a, a) == a
    assert join(a, join(a, b)) == join(a, b)


@settings(max_examples=1000, deadline=None)
@given(RANDOM)
def test_a_merge_drops_no_run_and_lowers_no_state(random: Random) -> None:
    a, b = made_record(random), made_record(random)
    merged = join(a, b)
    assert {*a.runs, *b.runs} == {*merged.runs}
    for record in (a, b):
        for name, run in record.runs.items():
            assert merged.runs[name].state.rank >= run.state.rank


RUN = Run(state=State.LAUNCHED, version=1, attempt=1, digest="d", how={"arn": "x"})
RECORD = Record("TrainingJob", "job", "prod", {1: {"job-d": 1}}, {"job-d": RUN})


def changed(**fields: object) -> Record:
    return RECORD.with_run("job-d", dataclasses.replace(RUN, **fields))  # type: ignore[arg-type]


def test_what_adds_or_rises_may_be_written() -> None:
    done = changed(state=State.COMPLETED, artifact={"uri": "s3://b/m"}, how={"arn": "x", "z": 1})
    assert regressions(RECORD, done) == ()
    assert regressions(RECORD, RECORD.answering(2, "job-d")) == ()


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (RECORD, dataclasses.replace(RECORD, runs={}), "run job-d is gone"),
        (RECORD, dataclasses.replace(RECORD, versions={}), "version 1 no longer names job-d"),
        (RECORD, changed(state=State.INTENT), "launched fell back to intent"),
        (RECORD, changed(digest="e"), "digest was set and changed"),
        (RECORD, changed(how={"arn": "y"}), "how.arn was set and changed"),
        (RECORD, changed(how=None), "how was set and changed"),
        (changed(state=State.COMPLETED), changed(state=State.FAILED), "completed became failed"),
        (RECORD, dataclasses.replace(RECORD, name="other"), "belongs to another resource"),
    ],
)
def test_what_loses_or_changes_something_is_refused(
    before: Record, after: Record, words: str
) -> None:
    assert any(words in found for found in regressions(before, after))


def test_an_intent_can_be_withdrawn_and_opened_again() -> None:
    intent = changed(state=State.INTENT, how=None)
    run = intent.runs["job-d"]
    withdrawn = intent.with_run("job-d", dataclasses.replace(run, state=State.WITHDRAWN))
    again = intent.with_run("job-d", dataclasses.replace(run, turn=1))
    assert regressions(intent, withdrawn) == () == regressions(withdrawn, again)
    assert join(intent, withdrawn) == withdrawn
    assert join(withdrawn, again) == again == join(again, intent)


def test_environments_merge_record_by_record() -> None:
    other = dataclasses.replace(RECORD, name="other")
    assert join_all({"job": RECORD}, {"other": other}) == {"job": RECORD, "other": other}
