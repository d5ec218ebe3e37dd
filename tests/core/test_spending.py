"""What earlier runs took and cost, looked back on and summed up."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from reconciler.core.plan import Action, Plan
from reconciler.core.record import Record, Run, State
from reconciler.core.spending import (
    LastRuns,
    Spent,
    amount_of,
    attempts_at,
    last_runs,
    launch_tag,
    moved_since,
    spent,
    spent_by_group,
)
from tests.support.story import Story


def run(number: int, amount: str | None = None, seconds: int | None = None, **parts: Any) -> Run:
    """A run that ended on a day of November."""
    cost = {} if amount is None else {"cost": {"billable_seconds": 60, "amount": amount}}
    took = {} if seconds is None else {"training_seconds": seconds}
    how = {"ended": f"2026-11-{number:02}T00:00:00Z", **took}
    base = Run(state=State.COMPLETED, version=number, attempt=1, digest=f"d{number}", how=how)
    return replace(base, **{**cost, **parts})


def record(*runs: Run) -> Record:
    return Record("TrainingJob", "churn", "prod", {}, {f"churn-{i}": r for i, r in enumerate(runs)})


def cents(text: str) -> str:
    return f"{text}0000"


@pytest.mark.parametrize(
    ("amount", "known"),
    [("0.410000", Decimal("0.41")), ("unknown", None), (None, None), ("1e5", None), ("NaN", None)],
)
def test_an_amount_is_what_a_reconciler_wrote(amount: str | None, known: Decimal | None) -> None:
    assert amount_of(run(1, amount)) == known


def test_the_last_five_completed_runs_are_looked_back_on() -> None:
    """By when they ended, in whatever order they were launched or recorded."""
    days = (6, 2, 5, 1, 4, 3)
    runs = [run(day, cents(f"{day}.00"), day * 60) for day in days]
    failed = run(9, cents("9.00"), 9, state=State.FAILED)
    moving = run(8, state=State.LAUNCHED)
    looked = last_runs(record(*runs, failed, moving))
    assert looked == LastRuns(count=5, unknown=0, amount=Decimal("4.00"), seconds=240)


@pytest.mark.parametrize(
    ("amounts", "median"),
    [(["0.10"], "0.10"), (["0.10", "0.30"], "0.30"), (["0.10", "0.30", "9.00"], "0.30")],
)
def test_a_median_is_an_amount_that_was_paid(amounts: list[str], median: str) -> None:
    looked = last_runs(record(*(run(i + 1, cents(a)) for i, a in enumerate(amounts))))
    assert looked is not None and looked.amount == Decimal(median) and looked.seconds is None


def test_unknown_amounts_are_counted_and_not_guessed() -> None:
    runs = record(run(1, "unknown", 60), run(2, cents("0.41"), 120), run(3, None, 180))
    assert last_runs(runs) == LastRuns(count=3, unknown=2, amount=Decimal("0.41"), seconds=120)
    old = record(run(1, "unknown", 60))
    assert last_runs(old) == LastRuns(count=1, unknown=1, amount=None, seconds=60)


@pytest.mark.parametrize(
    "made", [None, record(), record(run(1)), record(run(1, state=State.FAILED))]
)
def test_where_nothing_is_known_nothing_is_told(made: Record | None) -> None:
    assert last_runs(made) is None


def test_costs_add_up_over_what_was_launched() -> None:
    runs = [
        run(1, cents("0.41")),
        run(2, cents("1.00"), state=State.FAILED),
        run(3, "unknown"),
        run(4, state=State.LAUNCHED),
        run(5, state=State.INTENT),
        run(6, state=State.CONFLICT),
    ]
    assert spent(runs) == Spent(
        runs=3, running=1, unknown=1, amount=Decimal("1.41"), billable_seconds=180
    )
    assert spent([]) == Spent(0, 0, 0, Decimal(0), 0)


def test_seconds_that_no_reconciler_wrote_are_in_no_sum() -> None:
    wrong = {"billable_seconds": "60", "amount": cents("1.00")}
    assert spent([run(1, cents("0.41")), run(2, cost=wrong)]).billable_seconds == 60


def test_the_attempts_at_one_content_are_those_before_it() -> None:
    first, second, third = (run(1, attempt=n, state=State.FAILED) for n in (1, 2, 3))
    made = record(third, run(2), second, first)
    assert attempts_at(made, second) == (first, second)


def test_the_dearest_group_stands_first_and_what_was_never_launched_in_none() -> None:
    pairs = [
        ("a", run(1, cents("1.00"))),
        ("b", run(2, cents("0.90"))),
        (None, run(3, "unknown")),
        ("b", run(4, cents("0.20"))),
        ("c", run(5, state=State.WITHDRAWN)),
    ]
    sums = spent_by_group(pairs)
    assert list(sums) == ["b", "a", None]
    assert sums["b"].amount == Decimal("1.10") and sums[None].unknown == 1


def test_what_ended_before_is_left_out() -> None:
    """What goes on, and what ended nobody knows when, is not."""
    assert moved_since(run(1), None)
    assert not moved_since(run(1), "2026-11-02T00:00:00Z")
    assert moved_since(run(2), "2026-11-02T00:00:00Z")
    assert moved_since(run(1, state=State.LAUNCHED), "2026-11-02T00:00:00Z")
    assert moved_since(run(1, how=None), "2026-11-02T00:00:00Z")


def test_a_tag_is_that_of_the_launch() -> None:
    tags = [{"Key": "team", "Value": "risk"}, {"Key": "owner", "Value": "ada"}]
    assert launch_tag(run(1, request={"Tags": tags}), "owner") == "ada"
    assert launch_tag(run(1, request={"Tags": tags}), "project") is None
    assert launch_tag(run(1), "owner") is None


FILES = {
    "environments/prod.yaml": """\
apiVersion: sagemaker-gitops/v1
kind: Environment
name: prod
account_id: "444455556666"
region: eu-west-1
bucket: acme-ml
role_arn: arn:aws:iam::444455556666:role/ml-training
prices: {ml.m5.xlarge: 0.23}
""",
    "jobs/churn.yaml": """\
apiVersion: sagemaker-gitops/v1
kind: TrainingJob
name: churn
version: 1
container: {image: 444455556666.dkr.ecr.eu-west-1.amazonaws.com/churn:1.0}
compute: {instance_type: ml.m5.xlarge, instance_count: 1, volume_size: 30GB}
stopping_condition: {max_runtime: 1h}
""",
}


def planned(*earlier: str) -> Plan:
    """The plan of a new version after runs that cost so much."""
    story = Story(FILES, "prod")
    for number, amount in enumerate(earlier, 1):
        text = FILES["jobs/churn.yaml"].replace("version: 1", f"version: {number}")
        story.write({"jobs/churn.yaml": f"{text}hyperparameters: {{rounds: {number}}}\n"})
        story.apply("completed")
        made = story.records["churn"]
        name = str(made.run_of_version(number))
        ended = replace(made.runs[name], cost={"billable_seconds": 60, "amount": amount})
        story.records["churn"] = made.with_run(name, ended)
    text = FILES["jobs/churn.yaml"].replace("version: 1", "version: 9")
    story.write({"jobs/churn.yaml": f"{text}hyperparameters: {{rounds: 9}}\n"})
    return story.plan()


def test_a_launch_looks_back_and_an_approval_does_not() -> None:
    """What is recorded after a review voids nothing."""
    first, cheap, dear = planned(), planned(cents("0.10")), planned(cents("0.99"), cents("0.98"))
    assert all(change.action is Action.LAUNCH for p in (first, cheap, dear) for change in p.changes)
    told = [plan.changes[0].last_runs for plan in (first, cheap, dear)]
    assert [last and last.amount for last in told] == [None, Decimal("0.10"), Decimal("0.99")]
    assert first.changes[0].cost_bound == dear.changes[0].cost_bound == "$0.23"
    assert first.digest == cheap.digest == dear.digest
    assert len({plan.changes[0].change_digest for plan in (first, cheap, dear)}) == 1


def test_only_a_launch_looks_back() -> None:
    story = Story(FILES, "prod")
    story.apply("completed")
    made = story.records["churn"]
    ((name, done),) = made.runs.items()
    story.records["churn"] = made.with_run(name, replace(done, how={"training_seconds": 60}))
    text = FILES["jobs/churn.yaml"].replace("version: 1", "version: 2")
    story.write({"jobs/churn.yaml": text})
    (change,) = story.plan().changes
    assert (change.action, change.last_runs) == (Action.REUSE, None)
