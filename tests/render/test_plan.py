"""The text of a plan: what a reviewer reads is what will be done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import click
import pytest

from reconciler.core.checks import Check, Verdict
from reconciler.core.environment import Environment
from reconciler.core.plan import Action, Change, FieldChange, Note, Plan, Standing
from reconciler.core.resource import Revision
from reconciler.core.spending import LastRuns
from reconciler.errors import Place, Problem
from reconciler.render.markdown_plan import plan_markdown
from reconciler.render.plan import plan_text
from reconciler.render.theme import ASCII, Theme

MakePlan = Callable[..., Plan]

GOLDEN = """\
prod · account 444455556666 · eu-west-1 · 4 jobs, 1 model · commit 9f2c1ab

+ launch   churn-xgb-gated 6 → 7                              jobs/churn/churn-xgb-gated.yaml
             hyperparameters.num_round    300 → 400                                          :11
             inputs.train.s3_uri          s3://acme-ml-data/churn/2026-10/train/             :16
                                        → s3://acme-ml-data/churn/2026-11/train/
             output.kms_key_id            – → alias/ml                                       \
jobs/_defaults.yaml:4
             1 × ml.m5.4xlarge, at most 1h
! held     edited 3
             [E201] it changed, but its version is still 3
             jobs/edited.yaml:4
             launch it: reconciler bump edited
! stale    rerank 2                                           its input llm-pretrain moved 4 → 5
             inputs.base: jobs/llm/rerank.yaml:9
             run it: reconciler bump rerank
… deferred Model churn                                        waits for churn-xgb-gated

Plan: 1 to launch, 1 held, 1 stale, 1 deferred, 1 in sync.
Digest {digest}. Apply exactly this: reconciler apply -e prod --push git --plan-digest {digest}
"""


def test_a_plan_reads_as_the_design_shows_it(make_plan: MakePlan) -> None:
    """Title, changes with aligned fields and their lines, notes by urgency, counts, digest."""
    plan = make_plan()
    assert plan_text(plan, Theme()) == GOLDEN.format(digest=plan.digest[:8])


def test_ascii_signs_stand_in_where_the_encoding_has_no_others(make_plan: MakePlan) -> None:
    """A terminal without UTF-8 still shows every sign."""
    text = plan_text(make_plan(notes=()), Theme(symbols=ASCII))
    assert "churn-xgb-gated 6 -> 7" in text
    assert "(none) -> alias/ml" in text
    assert text.isascii()


def test_colours_change_nothing_but_colour(make_plan: MakePlan) -> None:
    """Painted text without its escapes is the plain text."""

    def paint(text: str, role: str) -> str:
        return click.style(text, fg="red" if role == "bad" else "green")

    plan = make_plan()
    painted = plan_text(plan, Theme(paint=paint))
    assert "\x1b[" in painted
    assert click.unstyle(painted) == plan_text(plan, Theme())


def test_what_is_in_sync_is_listed_only_when_asked_for(make_plan: MakePlan) -> None:
    """A thousand resources in sync are one number."""
    assert "quiet" not in plan_text(make_plan(), Theme())
    assert "= in sync  quiet 1" in plan_text(make_plan(), Theme(), verbose=True)


def test_a_plan_without_changes_asks_for_nothing(make_plan: MakePlan) -> None:
    """No digest to approve."""
    text = plan_text(make_plan(changes=(), notes=()), Theme())
    assert text.endswith("Plan: 0 to launch.\nNothing to do.\n")
    assert "Digest" not in text


def test_an_offline_plan_says_that_nobody_looked(make_plan: MakePlan) -> None:
    """It must not be taken for the plan that apply makes."""
    assert "Nobody looked at SageMaker" in plan_text(make_plan(offline=True), Theme())


def test_problems_are_counted(make_plan: MakePlan) -> None:
    """They are shown apart, but the summary must not look clean."""
    text = plan_text(make_plan(problems=(Problem("E101", "unknown key"),)), Theme())
    assert "1 problem." in text


def test_a_first_launch_has_one_version(make_plan: MakePlan, launch: Change) -> None:
    """There is nothing to compare with, so there is no arrow."""
    first = replace(launch, previous_version=None, fields=())
    text = plan_text(make_plan(changes=(first,), notes=()), Theme())
    assert "+ launch   churn-xgb-gated 7 " in text


@pytest.mark.parametrize("secret", ["s3cr3t"])
def test_no_value_of_the_environment_is_in_a_plan(
    make_plan: MakePlan, launch: Change, secret: str
) -> None:
    """Not from the request, not from a diff that was not redacted."""
    leaky = replace(launch, fields=(FieldChange("env.TOKEN", "0ld", secret),))
    text = plan_text(make_plan(changes=(leaky,)), Theme())
    assert secret not in text and "0ld" not in text
    assert "(hidden) → (hidden)" in text


def test_hostile_text_in_a_plan_is_inert(make_plan: MakePlan, launch: Change) -> None:
    """A failure reason or a value cannot write another line, or move the cursor."""
    hostile = replace(
        launch,
        why="failed:\n+ launch   fake 1\x1b[2A",
        fields=(FieldChange("hyperparameters.x", "a", "b\x1b[1mc", Place("jobs/a.yaml", 1, 1)),),
    )
    text = plan_text(make_plan(changes=(hostile,), notes=()), Theme())
    assert "\x1b" not in text
    assert "\n+ launch   fake" not in text


def test_every_action_has_its_sign(make_plan: MakePlan, launch: Change) -> None:
    """Signs carry the meaning where colours cannot."""
    changes = tuple(replace(launch, action=action, fields=()) for action in Action)
    text = plan_text(make_plan(changes=changes, notes=()), Theme())
    for head in ("+ launch", "= adopt", "= reuse", "~ update", "- stop"):
        assert f"\n{head}" in text
    assert "1 to launch, 1 to adopt, 1 to reuse, 1 to update, 1 to stop" in text


def test_the_local_engine_has_no_account_in_the_title(make_plan: MakePlan) -> None:
    """An account number that means nothing would only confuse."""
    local = Environment(name="local", engine="local", bucket="local-ml")
    plan = make_plan(environment=local, revision=Revision(None, dirty=True), counts={})
    assert plan_text(plan, Theme()).startswith("local · this computer · no commit yet\n")


def test_a_stop_has_its_reason_beside_it(make_plan: MakePlan, launch: Change) -> None:
    """Its document is gone, so there is no place to name."""
    stop = replace(launch, action=Action.STOP, fields=(), calls=(), place=None, why="gone")
    text = plan_text(make_plan(changes=(replace(stop, version=None),), notes=()), Theme())
    assert "- stop     churn-xgb-gated" + " " * 36 + "gone\n" in text


def test_a_launch_says_why_below_its_fields(make_plan: MakePlan, launch: Change) -> None:
    """Beside it stands the document."""
    again = replace(launch, why="attempt 2 of 3 after: CapacityError", fields=(), attempt=2)
    text = plan_text(make_plan(changes=(again,), notes=()), Theme())
    assert "\n             attempt 2 of 3 after: CapacityError · 1 × ml.m5.4xlarge" in text


def test_what_the_last_runs_cost_stands_beside_the_bound(
    make_plan: MakePlan, launch: Change
) -> None:
    last = LastRuns(count=3, unknown=0, amount=Decimal("0.4051"), seconds=733)
    told = replace(launch, cost_bound="$1.11", last_runs=last, fields=())
    text = plan_text(make_plan(changes=(told,), notes=()), Theme())
    assert "at most 1h · at most $1.11 · last 3 runs: median $0.41, 12m 13s\n" in text


def test_calm_notes_have_a_calm_sign(make_plan: MakePlan) -> None:
    """Behind and orphaned are no alarm."""
    notes = (Note(Standing.BEHIND, "TrainingJob", "a", "6 waits for promotion"),)
    assert "ℹ behind   a " in plan_text(make_plan(notes=notes), Theme())


def test_a_note_too_long_for_its_line_goes_below(make_plan: MakePlan) -> None:
    """Nothing is cut off."""
    text = plan_text(make_plan(), Theme(width=80))
    assert "! stale    rerank 2\n             its input llm-pretrain moved 4 → 5\n" in text


def test_what_was_not_found_on_aws_is_told_and_what_was_is_not(make_plan: MakePlan) -> None:
    plan = replace(
        make_plan(),
        preflight=(
            Check("role", Verdict.GOOD, "ml-training"),
            Check("input", Verdict.WARNING, "there is nothing at s3://b/x", "put it there"),
            Check("role", Verdict.NOT_CHECKED, "iam:GetRole on other is not allowed"),
        ),
    )
    text = plan_text(plan, Theme())
    assert "! input: there is nothing at s3://b/x\n" in text and "put it there" in text
    assert "- not checked: role: iam:GetRole on other is not allowed\n" in text
    assert "ml-training" not in text
    markdown = plan_markdown(plan, run_url="https://github.com/acme/ml/actions/runs/42")
    assert "#### Looked up on AWS\n\n- ⚠ input: there is nothing at" in markdown
    assert "- – role, not checked: iam" in markdown
    assert "- ✓ 1 check came out well" in markdown
    assert "[workflow run](https://github.com/acme/ml/actions/runs/42)" in markdown


def test_what_a_row_shows_is_not_said_again_as_a_cause(make_plan: MakePlan) -> None:
    """The row has both values and the place."""
    rows = (FieldChange("code: training/t", "04de", "bc03"), FieldChange("role_arn", "a", None))
    causes = ("code: training/t moved", "role_arn went away in jobs/_defaults.yaml")
    note = Note(
        Standing.STALE, "TrainingJob", "t", "what it builds on moved", causes=causes, fields=rows
    )
    text = plan_text(make_plan(notes=(note,)), Theme())
    assert "code: training/t    04de → bc03" in text and "training/t moved" not in text
    assert causes[1] in text


def test_beside_problems_a_plan_does_not_say_that_there_is_nothing_to_do(
    make_plan: MakePlan,
) -> None:
    """What a refused document asks for is not known."""
    text = plan_text(make_plan(changes=(), problems=(Problem("E101", "no"),)), Theme())
    assert "1 problem" in text and text.endswith("\nNothing else to do.\n")
