"""Faults hit what their rules say, as often as they say, in every process."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reconciler.local import faults
from reconciler.local.engine import Engine
from reconciler.local.errors import EngineError, NoAnswer, StateError
from reconciler.local.faults import Fault
from reconciler.local.state import State

NewJob = Callable[..., dict[str, Any]]


def create(engine: Engine, request: dict[str, Any]) -> dict[str, Any]:
    return engine.handle("sagemaker", "CreateTrainingJob", request)


def identity(engine: Engine) -> bool:
    """Whether a harmless call gets its answer."""
    try:
        engine.handle("sts", "GetCallerIdentity", {})
    except EngineError:
        return False
    return True


@pytest.mark.parametrize(
    ("kind", "code", "status"),
    [
        ("throttle", "ThrottlingException", 400),
        ("500", "InternalFailure", 500),
        ("503", "ServiceUnavailable", 503),
        ("ResourceLimitExceeded", "ResourceLimitExceeded", 400),
        ("AccessDenied", "AccessDeniedException", 400),
        ("ExpiredToken", "ExpiredTokenException", 400),
    ],
)
def test_a_fault_that_is_an_answer_comes_before_anything_is_done(
    engine: Engine, new_job: NewJob, kind: str, code: str, status: int
) -> None:
    faults.add(engine.context.state, Fault(kind, operation="Create*"))
    with pytest.raises(EngineError) as caught:
        create(engine, new_job())
    assert (caught.value.code, caught.value.http_status) == (code, status)
    assert engine.context.state.launch_count() == 0
    assert identity(engine)


def test_s3_has_its_own_words_for_faults(engine: Engine) -> None:
    faults.add(engine.context.state, Fault("throttle", name="bucket/*"))
    with pytest.raises(EngineError) as caught:
        engine.handle("s3", "PutObject", {"Bucket": "bucket", "Key": "k"})
    assert (caught.value.code, caught.value.http_status) == ("SlowDown", 503)


def test_an_answer_can_be_lost_after_the_job_was_accepted(engine: Engine, new_job: NewJob) -> None:
    faults.add(engine.context.state, Fault("accepted_then_no_answer", times=1))
    with pytest.raises(NoAnswer):
        create(engine, new_job())
    assert engine.context.state.launch_count() == 1
    with pytest.raises(EngineError, match="ResourceInUse"):
        create(engine, new_job())


@pytest.mark.parametrize(("kind", "timed_out"), [("hang", True), ("connection_reset", False)])
def test_a_call_can_be_lost_before_it_was_accepted(
    engine: Engine, new_job: NewJob, kind: str, timed_out: bool
) -> None:
    faults.add(engine.context.state, Fault(kind, seconds=0.25))
    with pytest.raises(NoAnswer) as caught:
        create(engine, new_job())
    assert (caught.value.seconds, caught.value.timed_out) == (0.25, timed_out)
    assert engine.context.state.launch_count() == 0


def test_a_rule_lets_some_calls_by_and_hits_so_many(engine: Engine) -> None:
    faults.add(engine.context.state, Fault("500", operation="GetCallerIdentity", skip=2, times=3))
    assert [identity(engine) for _ in range(7)] == [True, True, False, False, False, True, True]
    assert [hits for _, hits in faults.listing(engine.context.state)] == [3]


def test_a_rule_hits_only_the_names_that_it_means(engine: Engine, new_job: NewJob) -> None:
    faults.add(engine.context.state, Fault("500", name="bad-*"))
    create(engine, new_job("good-1"))
    with pytest.raises(EngineError, match="InternalFailure"):
        create(engine, new_job("bad-1"))
    with pytest.raises(EngineError, match="InternalFailure"):
        arn = "arn:aws:sagemaker:us-east-1:000000000000:training-job/bad-1"
        engine.handle("sagemaker", "ListTags", {"ResourceArn": arn})


def test_probability_zero_never_hits(engine: Engine) -> None:
    faults.add(engine.context.state, Fault("500", probability=0.0))
    assert all(identity(engine) for _ in range(20))


def test_cleared_rules_hit_nothing(engine: Engine) -> None:
    faults.add(engine.context.state, Fault("500"))
    faults.clear(engine.context.state)
    assert identity(engine)


def test_processes_share_the_counts(local_root: Path, engine: Engine) -> None:
    other = Engine(local_root)
    faults.add(engine.context.state, Fault("500", times=2))
    assert [identity(engine), identity(other), identity(engine)] == [False, False, True]
    other.close()


def test_the_service_can_be_blind_to_a_young_job(engine: Engine, new_job: NewJob) -> None:
    faults.add(engine.context.state, Fault("describe_blind", name="young", seconds=60))
    create(engine, new_job("young"))
    create(engine, new_job("old"))
    with pytest.raises(EngineError, match="Requested resource not found"):
        engine.handle("sagemaker", "DescribeTrainingJob", {"TrainingJobName": "young"})
    for operation, key in [("ListTrainingJobs", "TrainingJobSummaries"), ("Search", "Results")]:
        params = {"Resource": "TrainingJob"} if operation == "Search" else {}
        assert len(engine.handle("sagemaker", operation, params)[key]) == 1
    with pytest.raises(EngineError, match="ResourceInUse"):
        create(engine, new_job("young"))
    faults.clear(engine.context.state)
    engine.handle("sagemaker", "DescribeTrainingJob", {"TrainingJobName": "young"})


def test_a_job_keeps_the_faults_that_it_got(tmp_path: Path) -> None:
    state = State.open(tmp_path)
    faults.add(state, Fault("CapacityError", skip=1, times=1))
    assert faults.for_job(state, "first") == ()
    (hit,) = faults.for_job(state, "second")
    assert hit.kind == "CapacityError"
    assert faults.for_job(state, "second") == (hit,)
    assert faults.for_job(state, "first") == ()
    assert faults.for_job(state, "third") == ()
    state.close()


def test_the_environment_gives_rules_to_the_processes_that_have_it(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = [{"kind": "500", "times": 1}, {"kind": "slow_start", "seconds": 2}]
    monkeypatch.setenv("RECONCILER_LOCAL_FAULTS", json.dumps(rules))
    assert [identity(engine), identity(engine)] == [False, True]
    assert faults.for_job(engine.context.state, "a") == (Fault("slow_start", seconds=2),)
    monkeypatch.delenv("RECONCILER_LOCAL_FAULTS")
    assert faults.for_job(engine.context.state, "a") == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "JSON list"),
        ("{}", "JSON list"),
        ('["500"]', "a fault has `kind`"),
        ('[{"kind": "500", "time": 1}]', "a fault has `kind`"),
        ('[{"kind": "50"}]', "there is no fault '50'"),
        ('[{"kind": "500", "times": "x"}]', "`times`"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_told(text: str, words: str) -> None:
    with pytest.raises(StateError, match=words):
        faults.parse(text)
