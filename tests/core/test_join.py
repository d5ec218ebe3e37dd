"""The join of records is a semilattice, and nothing that is set can be lost."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.join import join, join_all, regressions
from reconciler.core.record import Record, Run, State

TEXT = st.sampled_from(["a", "b", "c"])
SECTION = st.none() | st.dictionaries(TEXT, st.integers(0, 2) | TEXT, max_size=2)


@st.composite
def runs(draw: st.DrawFn) -> Run:
    return Run(
        state=draw(st.sampled_from(list(State))),
        version=draw(st.integers(1, 2)),
        attempt=1,
        digest=draw(TEXT),
        turn=draw(st.integers(0, 2)),
        gone=draw(st.integers(0, 2)),
        reason=draw(st.none() | TEXT),
        artifact=draw(SECTION),
        how=draw(SECTION),
        in_place=draw(
            st.none()
            | st.builds(lambda n, v: {"revision": n, "values": {"k": v}}, st.integers(1, 3), TEXT)
        ),
        extra=draw(SECTION) or {},
    )


@st.composite
def records(draw: st.DrawFn) -> Record:
    names = st.sampled_from(["job-1", "job-2", "job-3"])
    return Record(
        kind="TrainingJob",
        name="job",
        environment="prod",
        versions=draw(
            st.dictionaries(
                st.integers(1, 3), st.dictionaries(names, st.integers(1, 3), max_size=3), max_size=3
            )
        ),
        runs=draw(st.dictionaries(names, runs(), max_size=3)),
    )


@settings(max_examples=1000, deadline=None)
@given(records(), records(), records())
def test_merging_is_commutative_associative_and_idempotent(a: Record, b: Record, c: Record) -> None:
    assert join(a, b) == join(b, a)
    assert join(join(a, b), c) == join(a, join(b, c))
    assert join(a, a) == a
    assert join(a, join(a, b)) == join(a, b)


@settings(max_examples=500, deadline=None)
@given(records(), records())
def test_a_merge_drops_no_run_and_lowers_no_state(a: Record, b: Record) -> None:
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
