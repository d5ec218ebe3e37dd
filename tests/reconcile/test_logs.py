"""Logs: every line once, however late its host delivers it and however often it is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from reconciler.adapters.aws import AwsCloud
from reconciler.core.call import Call
from reconciler.core.ports import LogLine
from reconciler.core.record import State, dumps
from reconciler.reconcile.context import Context
from reconciler.reconcile.logs import Asked, NoLog, UnknownHost, logs
from tests.support.checkout import Checkout

START = 1_700_000_000_000


def line(at: int, text: str, host: str = "algo-1") -> LogLine:
    """A line so many milliseconds after the start; what tells it apart is all of it."""
    return LogLine(host, START + at, text, f"{host}:{at}:{text}")


@dataclass
class Delivering:
    """The local engine, whose job moves until the last of some answers about its log."""

    engine: AwsCloud
    answers: list[list[LogLine]]
    asked: list[int] = field(default_factory=list)

    def identity(self) -> tuple[str, str]:
        return self.engine.identity()

    def send(self, call: Call) -> Mapping[str, Any]:
        answer = self.engine.send(call)
        moves = len(self.asked) < len(self.answers) - 1
        return {**answer, "TrainingJobStatus": "InProgress"} if moves else answer

    def log(self, physical_name: str, *, since: int = 0) -> Iterator[LogLine]:
        answer = self.answers[min(len(self.asked), len(self.answers) - 1)]
        self.asked.append(since)
        return (each for each in answer if each.at >= since)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    made = Checkout.create(tmp_path / "repository")
    made.job("wine")
    made.commit()
    made.apply()
    return made


def read(
    checkout: Checkout, answers: list[list[LogLine]], *, follow: bool = False, **asked: Any
) -> tuple[list[LogLine], Delivering]:
    """The lines of wine's log, as they are given, and what was asked for."""
    cloud = Delivering(checkout.cloud(), answers)
    with checkout.journey() as context:
        changed: Context = replace(context, cloud=lambda _: cloud, poll_seconds=0.0)  # type: ignore[arg-type,return-value]
        return list(logs(changed, "wine", asked=Asked(**asked), follow=follow)), cloud


def moving(checkout: Checkout, state: State = State.LAUNCHED, **more: Any) -> None:
    """Let the lock say that wine is in that state."""
    record = checkout.record("wine")
    ((name, run),) = record.runs.items()
    changed = record.with_run(name, replace(run, state=state, **more))
    checkout.write("locks/local/wine.json", dumps(changed))


def test_equal_lines_of_one_millisecond_are_all_told(checkout: Checkout) -> None:
    burst = [LogLine("algo-1", START, "tick", f"event-{number}") for number in range(1000)]
    given, _ = read(checkout, [burst])
    assert given == burst


def test_a_line_is_told_once_though_its_host_delivers_it_late(checkout: Checkout) -> None:
    moving(checkout)
    first = [line(0, "a"), line(40_000, "b")]
    late = line(2_000, "late", "algo-2")
    second = [first[0], late, first[1], line(41_000, "c")]
    given, _ = read(checkout, [first, second, second], follow=True)
    assert given == [*first, late, second[-1]]


def test_following_asks_again_only_for_what_may_have_come_late(checkout: Checkout) -> None:
    moving(checkout)
    old = [line(number * 1000, "old") for number in range(200)]
    given, cloud = read(checkout, [old, old, [*old, line(200_000, "new")]], follow=True)
    assert given == [*old, line(200_000, "new")]
    assert [since - START if since else None for since in cloud.asked] == [None, 139_000, 139_000]


def test_the_last_lines_come_from_the_end_and_the_rest_follows(checkout: Checkout) -> None:
    moving(checkout)
    old = [line(number, "old") for number in range(5)]
    wanted = [old[-1], line(9, "new")]
    given, _ = read(checkout, [old] * 6 + [[*old, line(9, "new")]], follow=True, tail=1)
    assert given == wanted


def test_the_last_lines_that_match_are_looked_for_further_back(checkout: Checkout) -> None:
    ((_, run),) = checkout.record("wine").runs.items()
    moving(checkout, State.COMPLETED, how={**(run.how or {}), "ended": "2023-11-14T22:13:20Z"})
    lines = [line(-50_000, "x=1"), line(-5_000, "x=2"), *[line(-1, "noise")] * 3]
    given, cloud = read(checkout, [lines], tail=2, matches=lambda text: text.startswith("x"))
    assert given == lines[:2]
    assert [since - START for since in cloud.asked] == [-10_000, -100_000]


def test_a_host_that_wrote_nothing_is_named_with_those_that_did(checkout: Checkout) -> None:
    with pytest.raises(UnknownHost, match="algo-7") as caught:
        read(checkout, [[line(0, "a")]], host="algo-7")
    assert caught.value.advice == "there is: algo-1"


@pytest.mark.parametrize(
    ("state", "more", "told"),
    [
        (State.INTENT, {}, "intent"),
        (State.REFUSED, {"refusal": "role is not there"}, "refused: role is not there"),
        (State.CONFLICT, {"reason": "not ours"}, "conflict: not ours"),
    ],
)
def test_a_run_that_never_started_has_no_log_and_it_is_said_why(
    checkout: Checkout, state: State, more: dict[str, str], told: str
) -> None:
    moving(checkout, state, **more)
    with pytest.raises(NoLog, match="there is no log of wine@1") as caught:
        read(checkout, [[line(0, "of somebody else")]])
    assert f"never started ({told})" in str(caught.value)
