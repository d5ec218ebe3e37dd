"""What becomes of runs whose artifact S3 does not show: of that one alone, and it is said."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest

from reconciler.adapters.clock import SystemClock
from reconciler.core.plan import Note, Plan, Standing
from reconciler.core.ports import StoredObject
from reconciler.core.record import Run, State
from reconciler.errors import AccessDenied, Refused, ServiceError, Throttled, Unanswered
from reconciler.reconcile.applying import apply, refresh
from reconciler.reconcile.context import Context
from reconciler.reconcile.planning import plan
from reconciler.render.outcomes import report_text
from reconciler.render.theme import Theme
from tests.support.checkout import Checkout

DENIED = AccessDenied("HeadObject", "403", "Forbidden")
BUSY = Throttled("HeadObject", "SlowDown", "Please reduce your request rate")
SILENT = Unanswered("HeadObject", "503", "Service Unavailable")

_Value = TypeVar("_Value")


class Refusing:
    """A cloud that shows no object whose URI has a text in it, `times` looks long."""

    def __init__(self, cloud: Any, text: str, error: ServiceError, times: float) -> None:
        self._cloud, self._text, self._error, self._times = cloud, text, error, times

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cloud, name)

    def head(self, uri: str) -> StoredObject | None:
        if self._text in uri and self._times > 0:
            self._times -= 1
            raise self._error
        return self._cloud.head(uri)  # type: ignore[no-any-return]


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    made = Checkout.create(tmp_path / "repository")
    made.job("wine")
    made.commit()
    return made


def refused(
    checkout: Checkout,
    do: Callable[[Context], _Value],
    error: ServiceError = DENIED,
    *,
    text: str = "/wine-",
    times: float = float("inf"),
) -> _Value:
    """Do something while S3 does not show some artifacts."""
    cloud = Refusing(checkout.cloud(), text, error, times)
    with SystemClock() as clock:
        return do(checkout.context(clock, lambda _: cloud))


def run_of(checkout: Checkout, name: str) -> Run:
    (run,) = checkout.record(name).runs.values()
    return run


def held(made: Plan | None) -> Note:
    """The one note of a plan that says that something is held."""
    assert made is not None
    (note,) = [note for note in made.notes if note.standing is Standing.HELD]
    return note


def ended(checkout: Checkout) -> None:
    """Launch all that there is, and wait until the engine has ended it; nobody looks."""
    checkout.apply(wait=False)
    client = checkout.client("sagemaker")
    for name in checkout.launch_log():
        while client.describe_training_job(TrainingJobName=name)["TrainingJobStatus"] not in (
            *("Completed", "Failed"),
        ):
            time.sleep(0.05)


def test_one_artifact_that_is_refused_holds_up_that_run_only(checkout: Checkout) -> None:
    """The others are recorded and launched; of that one it is said what to allow, and the exit
    status is not 0, as a run that ended is not recorded."""
    checkout.job("beer", depth=4)
    checkout.commit()
    ended(checkout)
    checkout.job("cider", depth=5)
    checkout.commit()
    report = refused(checkout, apply)
    assert run_of(checkout, "wine").state is State.LAUNCHED
    assert run_of(checkout, "beer").state is State.COMPLETED
    assert run_of(checkout, "cider").state is State.LAUNCHED and checkout.launches() == 3
    note = held(report.plan)
    assert (note.name, note.version, note.code) == ("wine", 1, "E306")
    assert note.digest == run_of(checkout, "wine").digest
    assert "s3://local-artifacts/" in note.message
    assert "could not be looked at, so its end is not recorded: HeadObject: 403" in note.message
    assert note.help is not None and "s3:GetObject" in note.help
    assert report.failed and "s3:GetObject" in report_text(report, Theme())


def test_what_is_allowed_later_is_recorded_then(checkout: Checkout) -> None:
    """With all that was not recorded before, and nothing is launched for it."""
    ended(checkout)
    refused(checkout, apply)
    report = checkout.apply()
    run = run_of(checkout, "wine")
    assert not report.failed and run.state is State.COMPLETED
    assert run.artifact is not None and run.metrics == {"depth": "3.0"}
    assert checkout.launches() == 1


def test_a_plan_says_the_same_and_not_that_the_run_goes_on(checkout: Checkout) -> None:
    """Its role may see less than the one that records; what waits for the job goes on waiting."""
    checkout.job("beer", more="inputs: {base: {job: wine}}\n")
    checkout.commit()
    ended(checkout)
    made = refused(checkout, plan)
    assert held(made).name == "wine" and not made.changes
    others = [(n.name, n.standing) for n in made.notes if n.standing is not Standing.HELD]
    assert others == [("beer", Standing.DEFERRED)]
    limited = refused(checkout, lambda context: plan(context, names=["beer"]))
    assert [note.name for note in limited.notes] == ["beer"]


def test_refresh_fails_by_it_too_and_records_the_rest(checkout: Checkout) -> None:
    checkout.job("beer", depth=4)
    checkout.commit()
    ended(checkout)
    report = refused(checkout, refresh)
    assert report.failed and held(report.plan).name == "wine"
    assert run_of(checkout, "wine").state is State.LAUNCHED
    assert run_of(checkout, "beer").state is State.COMPLETED


def test_who_waits_is_told_at_once_instead_of_waiting_for_ever(checkout: Checkout) -> None:
    started = time.monotonic()
    report = refused(checkout, lambda context: apply(context, wait=True, timeout=60))
    assert time.monotonic() - started < 40 and not report.timed_out
    assert report.failed and held(report.plan).code == "E306"


@pytest.mark.parametrize("error", [BUSY, SILENT])
def test_an_answer_that_tells_nothing_is_asked_for_again(
    checkout: Checkout, error: ServiceError
) -> None:
    """By the next pass of who waits, else by the next run; it advises to allow nothing."""
    ended(checkout)
    report = refused(checkout, apply, error)
    note = held(report.plan)
    assert report.failed and note.code == error.code and "allow" not in str(note.help)
    assert run_of(checkout, "wine").state is State.LAUNCHED
    waited = refused(checkout, lambda context: apply(context, wait=True), error, times=2)
    assert not waited.failed and run_of(checkout, "wine").state is State.COMPLETED


def test_a_refusal_of_another_kind_is_said_in_its_own_words(checkout: Checkout) -> None:
    ended(checkout)
    error = Refused("HeadObject", "400", "Bad Request")
    note = held(refused(checkout, apply, error).plan)
    assert note.code == "E310" and "HeadObject: 400: Bad Request" in note.message
    assert run_of(checkout, "wine").state is State.LAUNCHED


def test_a_failure_is_recorded_without_its_artifact(checkout: Checkout) -> None:
    """It may have left none, and S3 refuses to tell that whoever may not list the bucket."""
    checkout.job("wine", script="fail.py")
    checkout.commit()
    ended(checkout)
    report = refused(checkout, apply)
    run = run_of(checkout, "wine")
    assert (run.state, run.artifact) == (State.FAILED, None) and run.reason
    assert report.plan is not None
    assert [note.standing for note in report.plan.notes] == [Standing.FAILED]


def test_a_lost_lock_is_swept_although_an_artifact_is_refused(checkout: Checkout) -> None:
    """The run is ours again, and goes on for the lock until S3 shows its artifact."""
    checkout.job("beer", depth=4)
    checkout.commit()
    checkout.apply()
    shutil.rmtree(checkout.root / "locks")
    report = refused(checkout, apply)
    assert report.failed and held(report.plan).name == "wine"
    assert run_of(checkout, "wine").state is State.LAUNCHED
    assert run_of(checkout, "beer").state is State.COMPLETED
    assert not checkout.apply().failed and checkout.launches() == 2
    assert run_of(checkout, "wine").state is State.COMPLETED


def test_a_lost_record_is_adopted_although_its_artifact_is_refused(checkout: Checkout) -> None:
    checkout.job("beer", depth=4)
    checkout.commit()
    checkout.apply()
    (checkout.root / "locks/local/wine.json").unlink()
    refused(checkout, apply)
    assert run_of(checkout, "wine").state is State.LAUNCHED
    assert not checkout.apply().failed and checkout.launches() == 2
    assert run_of(checkout, "wine").state is State.COMPLETED
