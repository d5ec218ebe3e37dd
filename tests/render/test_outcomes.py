"""What an apply did: a line per run, why it failed, what to type next."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from reconciler.core.environment import Environment
from reconciler.core.plan import Action, Change, Note, Plan, Standing
from reconciler.core.record import Run, State
from reconciler.core.resource import Revision
from reconciler.errors import Problem
from reconciler.render.outcomes import report_text
from reconciler.render.theme import Theme

LOCAL = Environment(name="local", engine="local", bucket="local-ml")
TIMES = {"created": "2026-11-25T10:00:00Z", "started": "2026-11-25T10:00:30Z"}


@dataclass(frozen=True)
class Row:
    """An outcome."""

    name: str = "digits"
    kind: str = "TrainingJob"
    version: int | None = 2
    physical_name: str = "digits-0123456789"
    state: State | None = State.COMPLETED
    message: str = "completed"
    run: Run | None = None
    ok: bool = True


@dataclass(frozen=True)
class Report:
    """A report."""

    outcomes: tuple[Row, ...] = ()
    environment: Environment = LOCAL
    plan: Plan | None = None
    failed: bool = False
    recorded: tuple[str, ...] = ()
    mutating_calls: int = 0
    interrupted: bool = False


@dataclass(frozen=True)
class Parts:
    """Parts of a run that differ between tests."""

    given: dict[str, Any] = field(default_factory=dict)

    def run(self, state: State) -> Run:
        """The run."""
        how = {**TIMES, "ended": "2026-11-25T10:34:52Z"}
        return Run(state, version=2, attempt=1, digest="d", how=how, **self.given)


def test_a_completed_run_shows_time_metrics_and_artifact() -> None:
    """The result is what people came for; the record has every digit."""
    run = Parts({"metrics": {"auc": "0.87400000001"}, "artifact": {"uri": "s3://b/m.tar.gz"}})
    row = Row(run=run.run(State.COMPLETED))
    text = report_text(
        Report((row,), recorded=("locks/local/digits.json",), mutating_calls=2), Theme()
    )
    assert text == (
        "✓ digits 2                 Completed in 34m 22s · auc 0.874\n"
        "  artifact s3://b/m.tar.gz\n"
        "Recorded in locks/local/digits.json; 2 mutating calls.\n"
    )


def test_a_failed_run_shows_reason_log_and_what_to_type() -> None:
    """The reason comes from the container, so it is inert."""
    run = Parts({"reason": "AlgorithmError: boom\n\x1b[2J"}).run(State.FAILED)
    row = Row(state=State.FAILED, message="failed: …", run=run, ok=False)
    text = report_text(
        Report((row,), failed=True), Theme(), logs={"digits": [f"line {n}" for n in range(20)]}
    )
    lines = text.splitlines()
    assert lines[0] == "✗ digits 2                 Failed in 34m 22s"
    assert lines[1:3] == ["  AlgorithmError: boom", "  \\x1b[2J"]
    assert lines[3:13] == [f"  | line {n}" for n in range(10, 20)]
    assert lines[13] == "  see all of it: reconciler logs digits@2 -e local"


def test_a_partial_artifact_is_called_so() -> None:
    """Nothing may build on it."""
    run = Parts({"artifact": {"uri": "s3://b/m.tar.gz", "partial": True}}).run(State.STOPPED)
    text = report_text(Report((Row(state=State.STOPPED, run=run, ok=False),)), Theme())
    assert "  partial artifact s3://b/m.tar.gz\n" in text


def test_a_launched_run_shows_its_message() -> None:
    """Without --wait there is no end to tell."""
    run = Run(State.LAUNCHED, version=2, attempt=1, digest="d")
    text = report_text(Report((Row(state=State.LAUNCHED, message="launched", run=run),)), Theme())
    assert text.startswith("ℹ digits 2                 launched\n")


def test_what_could_not_be_launched_has_no_log_to_see() -> None:
    """A refusal comes before there is a job."""
    row = Row(state=None, message="ResourceLimitExceeded: 0 instances", ok=False)
    text = report_text(Report((row,), failed=True), Theme())
    assert text.startswith("✗ digits 2                 ResourceLimitExceeded: 0 instances\n")
    assert "logs" not in text


def test_what_was_refused_has_no_log_to_see() -> None:
    """SageMaker never started it."""
    run = Run(State.REFUSED, version=2, attempt=1, digest="d", refusal="no such role")
    row = Row(state=State.REFUSED, message="no such role", run=run, ok=False)
    assert "logs" not in report_text(Report((row,), failed=True), Theme())


def test_what_an_interrupt_left_undone_is_told_beside_what_was_done() -> None:
    """Six to launch, one launched, is not "nothing to do"."""
    changes = tuple(
        Change(Action.LAUNCH, "TrainingJob", name, 1, f"{name}-1", "d") for name in ("digits", "b")
    )
    run = Run(State.LAUNCHED, version=1, attempt=1, digest="d")
    row = Row(
        version=1, physical_name="digits-1", state=State.LAUNCHED, message="launched", run=run
    )
    plan = Plan(LOCAL, Revision(None), changes, (), ())
    text = report_text(Report((row,), plan=plan, interrupted=True), Theme())
    assert text.splitlines()[:2] == [
        "ℹ digits 1                 launched",
        "… b 1                      Interrupted before this launch",
    ]
    assert "Interrupted" not in report_text(Report((row,), plan=plan), Theme())


def test_with_problems_it_is_not_said_that_all_is_as_the_documents_say() -> None:
    """Of what a refused document says nobody knows."""
    problem = (Problem("E210", "two documents have the name `line`"),)
    text = report_text(Report(plan=Plan(LOCAL, Revision(None), (), (), problem)), Theme())
    assert text.startswith("Nothing else to do: the documents with problems wait")


def test_what_is_still_open_is_told_with_its_reason() -> None:
    """A held job must not vanish from the report."""
    notes = (
        Note(Standing.HELD, "TrainingJob", "held", "its version is still 3", code="E201"),
        Note(Standing.RUNNING, "TrainingJob", "busy", "running"),
    )
    plan = Plan(LOCAL, Revision(None), (), notes, ())
    text = report_text(Report(plan=plan, failed=True), Theme())
    assert "! held     held" in text and "[E201]" in text
    assert "busy" not in text


def test_nothing_to_do_is_said_in_words() -> None:
    """Silence could mean anything."""
    assert report_text(Report(), Theme()) == (
        "Nothing to do: everything is as the documents say.\n"
        "Nothing new to record; 0 mutating calls.\n"
    )


def test_several_records_are_counted() -> None:
    """The folder is enough."""
    report = Report(recorded=("locks/local/a.json", "locks/local/b.json"), mutating_calls=1)
    assert "Recorded 2 resources in locks/local/; 1 mutating call." in report_text(report, Theme())


def test_a_run_without_times_has_no_duration() -> None:
    """Unknown is not zero."""
    run = Run(State.COMPLETED, version=1, attempt=1, digest="d")
    assert report_text(Report((Row(run=run),)), Theme()).startswith(
        "✓ digits 2                 Completed\n"
    )


def test_of_a_long_reason_the_first_and_the_last_lines_are_shown() -> None:
    """The first says whose fault it was, the last what went wrong."""
    reason = "AlgorithmError:\n" + "".join(f"  frame {n}\n" for n in range(9)) + "ValueError: x\n"
    run = Parts({"reason": reason}).run(State.FAILED)
    row = Row(state=State.FAILED, message="failed: …", run=run, ok=False)
    assert report_text(Report((row,)), Theme()).splitlines()[1:7] == [
        "  AlgorithmError:",
        "  …",
        "    frame 6",
        "    frame 7",
        "    frame 8",
        "  ValueError: x",
    ]


def test_a_reason_is_told_once_and_its_advice_with_it() -> None:
    """The plan has a note of the same words; one that says more is told too."""
    run = Parts({"reason": "AlgorithmError: boom"}).run(State.FAILED)
    row = Row(state=State.FAILED, message="failed: …", run=run, ok=False)
    note = Note(
        Standing.FAILED,
        "TrainingJob",
        "digits",
        "failed: AlgorithmError: boom",
        physical_name=row.physical_name,
        help="ask for the same again: reconciler rerun digits",
    )
    plan = Plan(LOCAL, Revision(None), (), (note,), ())
    text = report_text(Report((row,), plan=plan), Theme())
    assert text.count("boom") == 1
    assert "  ask for the same again: reconciler rerun digits\n" in text
    more = replace(note, message="failed: AlgorithmError: boom; digits-9 stays in service")
    text = report_text(Report((row,), plan=replace(plan, notes=(more,))), Theme())
    assert "stays in service" in text


def test_what_was_deleted_is_not_called_completed() -> None:
    """Only the old configuration went; the endpoint serves."""
    run = Run(State.COMPLETED, version=1, attempt=1, digest="d", gone=1)
    message = "old configuration digits-live-0123456789 deleted"
    row = Row("digits-live", "Endpoint", 1, message=message, run=run)
    assert report_text(Report((row,)), Theme()).startswith(
        f"ℹ Endpoint digits-live     {message}\n"
    )


def test_what_goes_on_is_not_as_the_documents_say() -> None:
    """An apply whose time was up before anything ended."""
    notes = (Note(Standing.RUNNING, "TrainingJob", "busy", "running"),)
    report = Report(plan=Plan(LOCAL, Revision(None), (), notes, ()))
    assert report_text(report, Theme()).startswith("Nothing new to do: 1 run goes on.\n")
