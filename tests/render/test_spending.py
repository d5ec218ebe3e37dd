"""What runs cost, in the words of a plan, of an outcome and of `cost`."""

from __future__ import annotations

from decimal import Decimal
from html import unescape

import pytest

from reconciler.core.budget import Month
from reconciler.core.record import Run, State
from reconciler.core.spending import LastRuns, Spent
from reconciler.core.under_way import UnderWay
from reconciler.render.cost import Costs, cost_document, cost_text
from reconciler.render.markdown_outcome import OutcomeEntry, outcome_markdown
from reconciler.render.spending import last_runs_text, month_text, under_way_text
from reconciler.render.theme import ASCII, Theme

RUN = Run(state=State.COMPLETED, version=7, attempt=1, digest="d" * 64)


def shown(entry: OutcomeEntry) -> str:
    """An outcome as GitHub shows it."""
    return unescape(outcome_markdown("prod", [entry], run_url=None).replace("\\", ""))


def sums(runs: int, amount: str, *, unknown: int = 0, running: int = 0) -> Spent:
    return Spent(runs, running, unknown, Decimal(amount), 733 * runs)


@pytest.mark.parametrize(
    ("last", "text"),
    [
        (LastRuns(3, 0, Decimal("0.41"), 720), "last 3 runs: median $0.41, 12m"),
        (LastRuns(3, 2, Decimal("0.41"), 720), "last 3 runs: median $0.41 (2 unknown), 12m"),
        (LastRuns(5, 5, None, 45), "last 5 runs: median 45s"),
        (LastRuns(1, 0, Decimal("0.0001"), 8), "last run: $0.01, 8s"),
        (LastRuns(1, 0, Decimal(1234), None), "last run: $1,234.00"),
    ],
)
def test_the_last_runs_in_a_few_words(last: LastRuns, text: str) -> None:
    """Of one run there is no median, of unknown amounts none; what cost anything is no $0.00."""
    assert last_runs_text(last) == text


@pytest.mark.parametrize(
    ("spent", "promised", "limit", "text"),
    [
        (
            "312.4",
            "96",
            5000,
            "2026-11: $312.40 spent, at most $96.00 under way, $5,000.00 allowed",
        ),
        ("312.4", "0", None, "2026-11: $312.40 spent"),
        ("0", "0", 0, "2026-11: $0.00 spent, $0.00 allowed"),
        ("0", "0", None, ""),
    ],
)
def test_a_month_in_a_few_words(spent: str, promised: str, limit: int | None, text: str) -> None:
    """What is of no use is left out; a limit of nothing is a limit."""
    assert month_text(Month("2026-11", Decimal(spent), Decimal(promised), limit)) == text


@pytest.mark.parametrize(
    ("seconds", "most", "amount", "told"),
    [
        (2220, 3600, "0.1567", ", 37m of at most 1h, at most $0.16 so far"),
        (2220, None, None, ", 37m"),
        (None, 3600, None, ""),
    ],
)
def test_a_run_that_goes_on_in_a_few_words(
    seconds: int | None, most: int | None, amount: str | None, told: str
) -> None:
    """A share of a time is told where both are known."""
    run = UnderWay("churn-aa", 6, seconds, most, None if amount is None else Decimal(amount))
    assert under_way_text(run) == f"version 6 keeps running as `churn-aa`{told}"


@pytest.mark.parametrize(
    ("spent", "bound", "cell"),
    [
        (sums(1, "0.41"), "$1.11", "$0.41 of at most $1.11, 12m 13s billed"),
        (sums(1, "0.41"), None, "$0.41, 12m 13s billed"),
        (sums(1, "0", unknown=1), "$1.11", "unknown, at most $1.11, 12m 13s billed"),
        (sums(2, "0.82"), "$1.11", "$0.82 in 2 attempts, at most $1.11 each, 24m 26s billed"),
        (sums(2, "0.82"), None, "$0.82 in 2 attempts, 24m 26s billed"),
        (sums(2, "0.41", unknown=1), None, "$0.41 and 1 unknown in 2 attempts, 24m 26s billed"),
        (Spent(1, 0, 1, Decimal(0), 0), None, "unknown"),
        (sums(0, "0", running=1), "$1.11", "at most $1.11"),
        (sums(0, "0", running=1), None, "–"),
        (None, "$1.11", "at most $1.11"),
    ],
)
def test_an_outcome_says_the_real_cost_against_the_bound(
    spent: Spent | None, bound: str | None, cell: str
) -> None:
    """The sum over attempts, each of which had the bound that was approved. GitHub would read a
    formula between two dollar signs, so they are escaped."""
    entry = OutcomeEntry("churn", 7, run=RUN, cost_bound=bound, spent=spent)
    assert shown(entry).count(f"| {cell} |") == 1
    assert "$" not in outcome_markdown("prod", [entry], run_url=None)


def test_what_is_held_has_its_bound_only() -> None:
    """The run in the record is an earlier one."""
    entry = OutcomeEntry("churn", 7, RUN, held=True, cost_bound="$1.11", spent=sums(1, "0.41"))
    assert "| at most $1.11 |" in shown(entry) and "$0.41" not in shown(entry)


COSTS = Costs(
    by="tag:team",
    environments=("dev", "prod"),
    since="2026-10-26T00:00:00Z",
    groups={
        "risk": sums(5, "2.05"),
        None: sums(2, "0.4001", unknown=1),
        "a\x1b[2J\nb": sums(1, "0", unknown=1),
        "new": sums(0, "0", running=1),
    },
    together=sums(8, "2.4501", unknown=2, running=1),
)


def test_the_sums_are_a_table_and_say_what_is_not_in_them() -> None:
    """Names from the lock cannot act on the terminal."""
    assert cost_text(COSTS, Theme()) == (
        "TEAM         RUNS  COST\n"
        "risk         5     $2.05\n"
        "–            2     $0.41 and 1 unknown\n"
        "a\\x1b[2J\\nb  1     unknown\n"
        "new          0     –\n"
        "Together 8 runs: $2.46 and 2 unknown.\n"
        "1 run more under way, not in the sum.\n"
    )
    assert cost_text(COSTS, Theme(symbols=ASCII)).isascii()


def test_nothing_recorded_is_said() -> None:
    nothing = Costs("job", ("prod",), None, {}, sums(0, "0"))
    assert cost_text(nothing, Theme()) == "No run of a training job is recorded.\n"


def test_the_sums_for_machines_have_every_digit() -> None:
    document = cost_document(COSTS)
    assert document["format"] == "reconciler/cost/v1"
    assert (document["by"], document["since"]) == ("tag:team", "2026-10-26T00:00:00Z")
    assert document["environments"] == ["dev", "prod"]
    assert document["groups"][1] == {
        "group": None,
        "runs": 2,
        "running": 0,
        "unknown": 1,
        "amount": "0.4001",
        "billable_seconds": 1466,
    }
    assert document["together"]["amount"] == "2.4501"
