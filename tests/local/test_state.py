"""The state holds jobs, tags and launches, and each change of it is whole."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from reconciler.local.errors import StateError
from reconciler.local.state import State

ARN = "arn:job"


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    opened = State.open(tmp_path)
    yield opened
    opened.close()


def accept(state: State, name: str = "a", **tags: str) -> bool:
    return state.create(name, {"RoleArn": "r"}, arn=ARN, tags=tags)


def test_an_accepted_job_is_in_progress_with_its_tags_and_a_line_in_the_launch_log(
    state: State,
) -> None:
    assert accept(state, owner="me")
    job = state.job("a")
    assert (job.status, job.secondary, job.request) == ("InProgress", "Starting", {"RoleArn": "r"})
    assert state.tags(ARN) == {"owner": "me"}
    assert [(seq, name) for seq, name, _ in state.launches()] == [(1, "a")]


def test_a_name_is_accepted_once_however_many_ask_at_once(tmp_path: Path, state: State) -> None:
    others = [State.open(tmp_path) for _ in range(4)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(accept, [state, *others] * 4))
    assert answers.count(True) == 1
    assert state.launch_count() == 1
    for other in others:
        other.close()


def test_each_stage_ends_when_the_next_begins(state: State) -> None:
    accept(state)
    assert state.move("a", "Downloading")
    assert state.move("a", "Training")
    job = state.job("a")
    assert [stage.status for stage in job.transitions] == ["Starting", "Downloading", "Training"]
    assert [stage.end is None for stage in job.transitions] == [False, False, True]
    assert job.transitions[0].end == job.transitions[1].start
    assert job.started == job.transitions[1].start


def test_the_end_of_a_job_is_one_change(state: State) -> None:
    accept(state)
    metric = {"MetricName": "auc", "Value": 0.5, "Timestamp": 1.0}
    assert state.finish(
        "a",
        status="Completed",
        secondary="Completed",
        artifact_uri="s3://b/m",
        metrics=[metric],
        training_seconds=3,
        billable_seconds=4,
    )
    job = state.job("a")
    assert job.is_terminal
    assert (job.artifact_uri, job.metrics, job.training_seconds, job.billable_seconds) == (
        "s3://b/m",
        (metric,),
        3,
        4,
    )
    assert job.transitions[-1].status == "Completed"
    assert job.transitions[-1].end == job.ended


def test_a_terminal_job_never_changes_again(state: State) -> None:
    accept(state)
    state.finish("a", status="Failed", secondary="Failed", reason="AlgorithmError: x")
    before = state.job("a")
    assert not state.finish("a", status="Completed", secondary="Completed")
    assert not state.move("a", "Training")
    assert not state.request_stop("a")
    assert state.job("a") == before


def test_only_a_terminal_status_ends_a_job(state: State) -> None:
    accept(state)
    with pytest.raises(ValueError, match="does not end a job"):
        state.finish("a", status="InProgress", secondary="Training")


def test_the_stop_flag_and_the_status_stopping_come_together(state: State) -> None:
    accept(state)
    assert not state.stop_requested("a")
    assert state.request_stop("a")
    job = state.job("a")
    assert (job.stop_requested, job.status, job.secondary) == (True, "Stopping", "Stopping")
    assert state.stop_requested("a")
    assert not state.request_stop("a")


def test_a_stopping_job_still_moves_and_ends(state: State) -> None:
    accept(state)
    state.request_stop("a")
    assert state.move("a", "Uploading")
    assert state.job("a").status == "Stopping"
    assert state.finish("a", status="Stopped", secondary="Stopped")


def test_a_deleted_job_is_gone_with_its_tags_but_not_from_the_launch_log(state: State) -> None:
    accept(state, owner="me")
    state.delete("a", arn=ARN)
    assert state.find("a") is not None
    state.finish("a", status="Completed", secondary="Completed")
    state.delete("a", arn=ARN)
    assert state.find("a") is None
    assert state.tags(ARN) == {}
    assert state.launch_count() == 1


def test_a_job_that_is_not_there_is_none_or_an_error(state: State) -> None:
    assert state.find("x") is None
    assert not state.stop_requested("x")
    with pytest.raises(StateError, match="no training job x"):
        state.job("x")
    with pytest.raises(StateError, match="no training job x"):
        state.move("x", "Training")


def test_a_supervisor_is_claimed_by_one_process_at_a_time(state: State) -> None:
    accept(state)
    assert state.moving(pause=60) == []
    assert not state.claim_spawn("a", pause=60)
    assert state.moving() == ["a"]
    assert state.claim_spawn("a", pause=0)
    state.finish("a", status="Completed", secondary="Completed")
    assert not state.claim_spawn("a", pause=0)
    assert state.moving() == []


def test_tags_keep_their_order_and_the_last_value_wins(state: State) -> None:
    state.change_tags(ARN, put={"b": "1", "a": "2"}, remove=())
    state.change_tags(ARN, put={"b": "3", "c": "4"}, remove=["a"])
    assert list(state.tags(ARN).items()) == [("b", "3"), ("c", "4")]
    assert state.all_tags() == {ARN: {"b": "3", "c": "4"}}


def test_a_state_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    State.open(tmp_path).close()
    with sqlite3.connect(tmp_path / "state.db") as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(StateError, match="newer version"):
        State.open(tmp_path)


def test_many_processes_can_open_a_new_state_at_once(tmp_path: Path) -> None:
    program = (
        "import sys; from reconciler.local.state import State\n"
        "s = State.open(sys.argv[1]); s.create(sys.argv[2], {}, arn='x', tags={})"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", program, str(tmp_path), f"job-{number}"])
        for number in range(4)
    ]
    assert [process.wait(30) for process in started] == [0, 0, 0, 0]
    assert State.open(tmp_path).launch_count() == 4
