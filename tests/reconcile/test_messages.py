"""A commit of the lock says what was done, and what was seen, of which run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.core.environment import Environment
from reconciler.core.plan import Action, Change, Plan
from reconciler.core.record import Record, Run, State
from reconciler.core.resource import Revision
from reconciler.reconcile.messages import commit_message

LAUNCH = Change(Action.LAUNCH, "TrainingJob", "churn", 7, "churn-aaaaaaaaaa", "a" * 64)
PLAN = Plan(
    Environment(name="prod", engine="local", bucket="acme-ml"), Revision("c" * 40), (), (), ()
)


def record(name: str, state: State) -> dict[str, Record]:
    run = Run(state, version=3, attempt=1, digest="b" * 64)
    return {name: Record("TrainingJob", name, "prod").with_run(f"{name}-bbbbbbbbbb", run)}


def test_what_is_done_is_named_with_the_digest_of_its_plan() -> None:
    plan = replace(PLAN, changes=(LAUNCH,))
    assert commit_message("Intend", plan, {}, {}) == (
        f"Intend launch churn 7: churn-aaaaaaaaaa\n\nPlan-Digest: {plan.digest}"
    )


def test_what_was_seen_to_end_is_named_and_what_stayed_is_not() -> None:
    before = record("old", State.LAUNCHED) | record("still", State.LAUNCHED)
    after = before | record("old", State.COMPLETED)
    assert commit_message("Intend", PLAN, before, after) == (
        "Record completed old 3: old-bbbbbbbbbb"
    )


def test_several_have_a_line_each() -> None:
    plan = replace(PLAN, changes=(LAUNCH,))
    after = record("old", State.FAILED)
    assert commit_message("Intend", plan, record("old", State.LAUNCHED), after) == (
        "Intend 2 changes\n\n"
        "launch churn 7: churn-aaaaaaaaaa\n"
        "failed old 3: old-bbbbbbbbbb\n\n"
        f"Plan-Digest: {plan.digest}"
    )


@pytest.mark.parametrize("state", [State.LAUNCHED, State.COMPLETED])
def test_facts_that_move_no_state_have_no_line(state: State) -> None:
    records = record("old", state)
    assert commit_message("Record", PLAN, records, records) == "Record what is live"
