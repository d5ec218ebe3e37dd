"""Journeys over the local engine, through a real boto3 client: jobs really train."""

from __future__ import annotations

import io
import shutil
import tarfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reconciler.adapters.clock import SystemClock
from reconciler.core.call import Call
from reconciler.core.plan import Action, Standing
from reconciler.core.ports import LockStore, Records, Snapshot
from reconciler.core.record import Run, State
from reconciler.errors import LockUnwritable, PlanChanged, Throttled, Unanswered, WrongPlace
from reconciler.reconcile.applying import apply, refresh
from reconciler.reconcile.context import Context
from reconciler.reconcile.events import Event, EventType
from reconciler.reconcile.looking import status
from reconciler.reconcile.planning import plan
from reconciler.reconcile.stopping import NothingToStop, NotOurs, stop
from tests.support.checkout import Checkout


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    made = Checkout.create(tmp_path / "a repository")
    made.job("wine")
    made.write("training/lib/deep/a.py", "A = 1\n")
    made.write("training/lib.py", "B = 2\n")
    made.commit()
    return made


def only_run(checkout: Checkout, name: str) -> Run:
    (run,) = checkout.record(name).runs.values()
    return run


def until_ended(checkout: Checkout, context: Context) -> None:
    """Refresh until the lock knows how the one run of wine ended."""
    while only_run(checkout, "wine").state is State.LAUNCHED:
        refresh(context)
        context.clock.sleep(0.1)


def model_of(checkout: Checkout, run: Run) -> dict[str, bytes]:
    """Files of the artifact that a record names, read from the engine's S3."""
    assert run.artifact is not None
    bucket, _, key = str(run.artifact["uri"]).removeprefix("s3://").partition("/")
    body = checkout.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(body)) as tar:
        return {m.name: tar.extractfile(m).read() for m in tar if m.isfile()}  # type: ignore[union-attr]


def test_a_committed_job_trains_and_its_record_says_what_came_of_it(checkout: Checkout) -> None:
    report = checkout.apply()
    assert not report.failed
    assert report.recorded == ("locks/local/wine.json",)
    run = only_run(checkout, "wine")
    assert (run.state, run.version, run.attempt) == (State.COMPLETED, 1, 1)
    assert run.metrics == {"depth": "3.0"}
    assert model_of(checkout, run) == {"model.txt": b"3"}
    assert run.source is not None and run.how is not None
    assert run.source["commit"] == checkout.git("rev-parse", "HEAD")
    assert run.source["dirty"] is False
    assert run.source["uploads"]["script"]["tree"] == checkout.git("rev-parse", "HEAD:training")
    blob = checkout.git("rev-parse", "HEAD:jobs/wine.yaml")
    assert run.source["documents"]["jobs/wine.yaml"] == blob
    assert run.how["arn"].endswith("training-job/" + run.request["TrainingJobName"])  # type: ignore[index]
    assert run.who == {"author": checkout.git("log", "-1", "--format=%an <%ae>")}


def test_a_second_apply_sends_nothing_that_mutates_and_changes_no_byte(checkout: Checkout) -> None:
    checkout.apply()
    before = checkout.lock_bytes()
    report = checkout.apply()
    assert (report.mutating_calls, report.recorded, report.failed) == (0, (), False)
    assert checkout.lock_bytes() == before
    assert checkout.launches() == 1


def test_an_edit_trains_again_and_a_revert_uses_the_first_run(checkout: Checkout) -> None:
    checkout.apply()
    first = only_run(checkout, "wine")
    checkout.job("wine", depth=4)
    checkout.commit("deeper")
    report = checkout.apply()
    assert checkout.launches() == 2
    assert model_of(checkout, report.outcomes[-1].run) == {"model.txt": b"4"}  # type: ignore[arg-type]
    checkout.git("revert", "--no-edit", "HEAD")
    report = checkout.apply()
    assert checkout.launches() == 2
    assert [line.run for line in report.outcomes] == [first]
    record = checkout.record("wine")
    assert record.runs[record.run_of_version(1) or ""] == first


def test_a_lost_lock_is_adopted_again_and_nothing_is_launched(checkout: Checkout) -> None:
    checkout.job("beer", depth=5)
    checkout.commit()
    checkout.apply()
    before = {name: checkout.record(name) for name in ("wine", "beer")}
    shutil.rmtree(checkout.root / "locks")
    report = checkout.apply()
    assert checkout.launches() == 2
    assert not report.failed
    for name, record in before.items():
        found = checkout.record(name)
        assert found.versions == record.versions
        for physical_name, run in record.runs.items():
            assert found.runs[physical_name].artifact == run.artifact
            assert found.runs[physical_name].metrics == run.metrics
            assert found.runs[physical_name].state is State.COMPLETED


def test_an_empty_lock_is_swept_for_all_that_is_ours(checkout: Checkout) -> None:
    checkout.job("beer", depth=5)
    checkout.commit()
    checkout.apply()
    before = checkout.record("beer")
    (checkout.root / "jobs/beer.yaml").unlink()
    shutil.rmtree(checkout.root / "locks")
    assert not checkout.apply().failed
    found = checkout.record("beer")
    assert found.versions == before.versions
    for name, run in before.runs.items():
        swept = found.runs[name]
        assert (swept.state, swept.digest, swept.artifact) == (run.state, run.digest, run.artifact)
    assert checkout.launches() == 2


def test_nothing_new_is_launched_when_the_login_is_about_to_end(checkout: Checkout) -> None:
    cloud = checkout.cloud()
    cloud.login_ends_within = lambda seconds: seconds >= 600  # type: ignore[method-assign]
    with SystemClock() as clock:
        report = apply(checkout.context(clock, lambda _: cloud))
    assert report.failed
    assert checkout.launches() == 0
    assert only_run(checkout, "wine").state is State.INTENT
    assert not checkout.apply().failed
    assert checkout.launches() == 1


def test_a_job_that_takes_an_artifact_waits_for_it_and_gets_it(checkout: Checkout) -> None:
    checkout.write("training/read.py", "import os\n" + TRAIN_ON_MODEL)
    more = "inputs: {base: {job: wine}}\n"
    checkout.job("rerank", script="read.py", more=more)
    checkout.commit()
    assert not checkout.apply().failed
    run = only_run(checkout, "rerank")
    assert run.upstreams is not None
    upstream = run.upstreams["inputs.base"]
    assert upstream["output"] == only_run(checkout, "wine").artifact["uri"]  # type: ignore[index]
    assert model_of(checkout, run) == {"names.txt": b"model.tar.gz"}


TRAIN_ON_MODEL = """\
names = sorted(os.listdir(os.environ["SM_CHANNEL_BASE"]))
with open(os.path.join(os.environ["SM_MODEL_DIR"], "names.txt"), "w") as file:
    file.write(",".join(names))
"""


def test_a_failing_script_is_recorded_as_failed_and_not_launched_again(checkout: Checkout) -> None:
    checkout.job("wine", script="fail.py")
    report = checkout.apply()
    assert report.failed
    run = only_run(checkout, "wine")
    assert (run.state, run.outcome) == (State.FAILED, "algorithm")
    assert "no such column: price" in str(run.reason)
    again = checkout.apply()
    assert not again.failed
    assert checkout.launches() == 1


def test_a_broken_document_gets_no_action_and_the_others_go_on(checkout: Checkout) -> None:
    checkout.write("jobs/broken.yaml", "{")
    report = checkout.apply()
    assert report.failed
    assert [line.name for line in report.outcomes if line.ok] == ["wine"]
    assert only_run(checkout, "wine").state is State.COMPLETED
    assert not (checkout.root / "locks" / "local" / "broken.json").exists()


def test_only_the_named_resources_are_applied(checkout: Checkout) -> None:
    checkout.job("beer")
    checkout.apply(["beer"])
    assert sorted(checkout.lock_bytes()) == ["beer.json"]


def test_without_waiting_apply_launches_and_a_refresh_records_the_end(checkout: Checkout) -> None:
    report = checkout.apply(wait=False)
    assert only_run(checkout, "wine").state is State.LAUNCHED
    assert [line.message for line in report.outcomes] == ["launched"]
    with checkout.journey() as context:
        until_ended(checkout, context)
    assert only_run(checkout, "wine").state is State.COMPLETED
    assert checkout.launches() == 1


def test_a_plan_is_what_apply_does_and_its_digest_binds(checkout: Checkout) -> None:
    with checkout.journey() as context:
        made = plan(context)
        (change,) = made.changes
        assert change.action is Action.LAUNCH
        with pytest.raises(PlanChanged):
            apply(context, approved="0" * 64)
        assert checkout.launches() == 0
        apply(context, names=["wine"], approved=made.digest)
    sent = only_run(checkout, "wine").request
    assert sent is not None
    assert sent == change.calls[0].params
    assert "@sha256:" in sent["AlgorithmSpecification"]["TrainingImage"]


class Liar:
    """A cloud that does what it is asked, and lies about some calls."""

    def __init__(
        self, checkout: Checkout, lies: Mapping[str, list[type[Exception] | None]]
    ) -> None:
        self._cloud = checkout.cloud()
        self._lies = {operation: list(told) for operation, told in lies.items()}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cloud, name)

    def send(self, call: Call) -> Mapping[str, Any]:
        lies = self._lies.get(call.operation)
        lie = lies.pop(0) if lies else None
        if lie is Throttled:
            raise Throttled(call.operation, "ThrottlingException", "Rate exceeded")
        answer = self._cloud.send(call)
        if lie is not None:
            raise lie(call.operation, "Unanswered", "no answer")  # type: ignore[call-arg]
        return answer


@pytest.mark.parametrize("lie", [Unanswered, Throttled])
def test_a_launch_without_an_answer_keeps_its_intent_and_is_finished_by_the_next_pass(
    checkout: Checkout, lie: type[Exception]
) -> None:
    cloud = Liar(checkout, {"CreateTrainingJob": [lie]})
    with SystemClock() as clock:
        report = apply(checkout.context(clock, lambda _: cloud), wait=False)  # type: ignore[arg-type,return-value]
        assert report.failed
        intent = only_run(checkout, "wine")
        assert (intent.state, intent.attempt) == (State.INTENT, 1)
        report = apply(checkout.context(clock, lambda _: cloud), wait=True, timeout=60)  # type: ignore[arg-type,return-value]
    assert not report.failed
    assert checkout.launches() == 1
    done = only_run(checkout, "wine")
    assert (done.state, done.attempt, done.request) == (State.COMPLETED, 1, intent.request)


def test_a_taken_name_is_adopted_when_it_is_ours(checkout: Checkout) -> None:
    """What botocore makes of a lost answer: Describe is blind, Create says ResourceInUse."""
    checkout.apply()
    shutil.rmtree(checkout.root / "locks")
    cloud = Liar(checkout, {"DescribeTrainingJob": [Unanswered]})
    with SystemClock() as clock:
        report = apply(checkout.context(clock, lambda _: cloud), wait=True, timeout=60)  # type: ignore[arg-type,return-value]
    assert not report.failed
    assert checkout.launches() == 1
    assert only_run(checkout, "wine").state is State.COMPLETED


def test_a_foreign_job_under_our_name_is_a_conflict_and_is_left_alone(checkout: Checkout) -> None:
    checkout.apply()
    run = only_run(checkout, "wine")
    client = checkout.client("sagemaker")
    arn = run.how["arn"]  # type: ignore[index]
    client.add_tags(ResourceArn=arn, Tags=[{"Key": "sagemaker-gitops:repository", "Value": "x"}])
    shutil.rmtree(checkout.root / "locks")
    report = checkout.apply()
    assert report.plan is not None
    assert [note.standing for note in report.plan.notes] == [Standing.CONFLICT]
    assert report.failed
    assert checkout.launches() == 1


def test_a_wrong_login_ends_before_any_other_call(checkout: Checkout) -> None:
    calls: list[str] = []

    class Elsewhere:
        mutating_calls = 0

        def identity(self) -> tuple[str, str]:
            return "999999999999", "us-east-1"

        def __getattr__(self, name: str) -> Any:
            calls.append(name)
            raise AssertionError(name)

    with SystemClock() as clock:
        context = checkout.context(clock, lambda _: Elsewhere())  # type: ignore[arg-type,return-value]
        for journey in (apply, refresh, plan):
            with pytest.raises(WrongPlace, match="999999999999") as caught:
                journey(context)
            assert caught.value.exit_status == 4
    assert calls == []


def test_stop_stops_ours_and_the_next_look_records_it(checkout: Checkout) -> None:
    checkout.write("training/train.py", "import time\nprint('on', flush=True)\ntime.sleep(60)\n")
    checkout.apply(wait=False)
    with checkout.journey() as context:
        with pytest.raises(NothingToStop):
            stop(context, "beer")
        report = stop(context, "wine", by="Bob <bob@acme.example>")
        assert report.mutating_calls == 1
        assert report.recorded == ("locks/local/wine.json",)
        until_ended(checkout, context)
    assert only_run(checkout, "wine").state is State.STOPPED
    who = only_run(checkout, "wine").who
    assert who is not None and who["stopped_by"] == "Bob <bob@acme.example>"
    assert checkout.apply(wait=False).mutating_calls == 0


def test_a_stop_that_was_sent_is_told_though_the_lock_cannot_be_written(
    checkout: Checkout,
) -> None:
    checkout.write("training/train.py", "import time\nprint('on', flush=True)\ntime.sleep(60)\n")
    checkout.apply(wait=False)
    with checkout.journey() as context:

        class ReadOnly:
            def __getattr__(self, name: str) -> Any:
                return getattr(context.store, name)

            def write(self, *_: object, **__: object) -> None:
                raise LockUnwritable("the disk is full")

        report = stop(replace(context, store=ReadOnly()), "wine", by="Bob")  # type: ignore[arg-type]
    assert report.failed and report.mutating_calls == 1
    assert [line.message for line in report.outcomes] == [
        "asked to stop; who asked is not recorded: the disk is full"
    ]


def test_an_end_that_somebody_else_recorded_replaces_the_launch(checkout: Checkout) -> None:
    checkout.write("training/train.py", "import time\nprint('on', flush=True)\ntime.sleep(60)\n")
    with checkout.journey() as other:

        def stop_meanwhile(event: Event) -> None:
            if event.type is EventType.RECORDED:
                stop(other, "wine")
                until_ended(checkout, other)

        context = replace(other, emit=stop_meanwhile)
        report = apply(context, wait=True, timeout=60)
    assert [(line.state, line.ok) for line in report.outcomes] == [(State.STOPPED, False)]
    assert report.failed


def test_status_reads_documents_and_lock_once(checkout: Checkout) -> None:
    checkout.apply()
    with checkout.journey() as context:
        counted = Counted(context.store)
        (line,) = status(replace(context, store=counted))
    assert (line.state, line.standing) == (State.COMPLETED, "in sync")
    assert counted.snapshots == 1


class Counted:
    """A lock store that counts how often it is read."""

    def __init__(self, store: LockStore) -> None:
        self._store = store
        self.snapshots = 0

    def snapshot(self, environment: str) -> Snapshot:
        self.snapshots += 1
        return self._store.snapshot(environment)

    def write(self, *arguments: Any, **options: Any) -> Records:
        return self._store.write(*arguments, **options)


def test_what_is_not_tagged_as_ours_is_never_stopped(checkout: Checkout) -> None:
    checkout.write("training/train.py", "import time\ntime.sleep(5)\n")
    checkout.apply(wait=False)
    arn = only_run(checkout, "wine").how["arn"]  # type: ignore[index]
    cloud = checkout.cloud()
    tags = [{"Key": "sagemaker-gitops:digest", "Value": "x"}]
    checkout.client("sagemaker").add_tags(ResourceArn=arn, Tags=tags)
    with SystemClock() as clock, pytest.raises(NotOurs):
        stop(checkout.context(clock, lambda _: cloud), "wine")


def test_an_orphan_is_stopped_only_when_its_document_said_so(checkout: Checkout) -> None:
    checkout.write("training/train.py", "import time\ntime.sleep(60)\n")
    checkout.job("stay")
    checkout.job("wine", more="on_delete: stop\n")
    checkout.apply(wait=False)
    for name in ("wine", "stay"):
        (checkout.root / f"jobs/{name}.yaml").unlink()
    checkout.job("other")
    report = checkout.apply(wait=False)
    assert [line.name for line in report.outcomes if line.message != "launched"] == ["wine"]
    with checkout.journey() as context:
        until_ended(checkout, context)
        assert only_run(checkout, "stay").state is State.LAUNCHED
        standings = {line.name: line.standing for line in status(context)}
        assert standings["stay"] == "orphaned" and standings["wine"] != "orphaned"
        checkout.job("stay")
        stop(context, "stay")


def test_events_tell_the_story_in_order(checkout: Checkout) -> None:
    checkout.apply()
    types = [event.type for event in checkout.events if event.type is not EventType.PROGRESS]
    assert types[:4] == [
        EventType.STARTED,
        EventType.PLANNED,
        EventType.LAUNCHED,
        EventType.RECORDED,
    ]
    assert EventType.ENDED in types
