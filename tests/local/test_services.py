"""Tags, registry, identity and logs answer as AWS's services do."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from reconciler.local.engine import Engine
from reconciler.local.errors import EngineError

GROUP = "/aws/sagemaker/TrainingJobs"


@pytest.fixture
def job(engine: Engine, new_job: Callable[..., dict[str, Any]]) -> str:
    """The ARN of a job with one tag and two log files."""
    request = new_job(Tags=[{"Key": "a", "Value": "1"}])
    arn = engine.handle("sagemaker", "CreateTrainingJob", request)["TrainingJobArn"]
    logs = engine.context.root / "jobs" / "job-1" / "logs"
    logs.mkdir(parents=True)
    (logs / "algo-1.log").write_bytes(b"1000 one\n2000 two\n3000 three \xff\n4000 not ended")
    (logs / "algo-2.log").write_bytes(b"1500 other\nnonsense\n")
    return str(arn)


def logs(engine: Engine, operation: str, **params: Any) -> dict[str, Any]:
    return engine.handle("logs", operation, {"logGroupName": GROUP, **params})


def streams(engine: Engine) -> list[str]:
    return [each["logStreamName"] for each in logs(engine, "DescribeLogStreams")["logStreams"]]


def events(answer: dict[str, Any]) -> list[str]:
    return [event["message"] for event in answer["events"]]


def tags(engine: Engine, arn: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = engine.handle("sagemaker", "ListTags", {"ResourceArn": arn})[
        "Tags"
    ]
    return found


def test_tags_are_added_replaced_and_removed(engine: Engine, job: str) -> None:
    more = [{"Key": "a", "Value": "2"}, {"Key": "b", "Value": ""}]
    answer = engine.handle("sagemaker", "AddTags", {"ResourceArn": job, "Tags": more})
    assert answer["Tags"] == tags(engine, job) == more
    engine.handle("sagemaker", "DeleteTags", {"ResourceArn": job, "TagKeys": ["a"]})
    assert tags(engine, job) == more[1:]


def test_tags_come_in_pages(engine: Engine, job: str) -> None:
    more = [{"Key": f"k{number}", "Value": ""} for number in range(49)]
    engine.handle("sagemaker", "AddTags", {"ResourceArn": job, "Tags": more})
    first = engine.handle("sagemaker", "ListTags", {"ResourceArn": job, "MaxResults": 50})
    assert len(first["Tags"]) == 50 and "NextToken" not in first
    with pytest.raises(EngineError, match="at most 50 tags"):
        one_more = {"ResourceArn": job, "Tags": [{"Key": "z", "Value": ""}]}
        engine.handle("sagemaker", "AddTags", one_more)
    with pytest.raises(EngineError, match="NextToken"):
        engine.handle("sagemaker", "ListTags", {"ResourceArn": job, "NextToken": "x"})


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("AddTags", {"Tags": [{"Key": "a", "Value": "1"}]}),
        ("DeleteTags", {"TagKeys": ["a"]}),
        ("ListTags", {}),
    ],
)
def test_what_has_no_such_arn_has_no_tags(
    engine: Engine, job: str, operation: str, params: dict[str, Any]
) -> None:
    with pytest.raises(EngineError, match="Could not find resource"):
        engine.handle("sagemaker", operation, {"ResourceArn": f"{job}0", **params})


def test_everybody_is_the_engine_s_account(engine: Engine) -> None:
    identity = engine.handle("sts", "GetCallerIdentity", {})
    assert identity["Account"] == "000000000000"
    assert identity["Arn"] == "arn:aws:iam::000000000000:user/local"


def test_the_digest_of_a_tag_is_made_from_its_name(engine: Engine) -> None:
    digest = "sha256:" + hashlib.sha256(b"team/image:1.0").hexdigest()
    request = {"repositoryName": "team/image", "imageIds": [{"imageTag": "1.0"}]}
    (image,) = engine.handle("ecr", "BatchGetImage", request)["images"]
    assert image["imageId"] == {"imageDigest": digest, "imageTag": "1.0"}
    (detail,) = engine.handle("ecr", "DescribeImages", request)["imageDetails"]
    assert (detail["imageDigest"], detail["imageTags"]) == (digest, ["1.0"])


def test_an_image_is_found_by_its_digest(engine: Engine) -> None:
    wanted = {"imageDigest": "sha256:" + "0" * 64}
    request = {"repositoryName": "team/image", "imageIds": [wanted]}
    assert engine.handle("ecr", "BatchGetImage", request)["images"][0]["imageId"] == wanted
    assert "imageTags" not in engine.handle("ecr", "DescribeImages", request)["imageDetails"][0]


def test_an_image_without_tag_and_digest_is_refused(engine: Engine) -> None:
    with pytest.raises(EngineError) as caught:
        engine.handle("ecr", "BatchGetImage", {"repositoryName": "a/b", "imageIds": [{}]})
    assert caught.value.code == "InvalidParameterException"


def test_each_host_has_a_stream(engine: Engine, job: str) -> None:
    created = int(engine.context.state.job("job-1").created)
    assert streams(engine) == [f"job-1/algo-1-{created}", f"job-1/algo-2-{created}"]
    first = logs(engine, "DescribeLogStreams", limit=1)
    rest = logs(engine, "DescribeLogStreams", nextToken=first["nextToken"])
    assert [s["logStreamName"] for s in first["logStreams"] + rest["logStreams"]] == streams(engine)
    assert logs(engine, "DescribeLogStreams", logStreamNamePrefix="job-2")["logStreams"] == []


def test_lines_are_events_once_they_are_ended(engine: Engine, job: str) -> None:
    stream = streams(engine)[0]
    answer = logs(engine, "GetLogEvents", logStreamName=stream, startFromHead=True)
    assert events(answer) == ["one", "two", "three \ufffd"]
    assert [event["timestamp"] for event in answer["events"]] == [1000, 2000, 3000]


def test_a_forward_token_goes_on_where_the_last_answer_ended(engine: Engine, job: str) -> None:
    stream = streams(engine)[0]
    first = logs(engine, "GetLogEvents", logStreamName=stream, startFromHead=True, limit=2)
    token = first["nextForwardToken"]
    second = logs(engine, "GetLogEvents", logStreamName=stream, nextToken=token)
    assert (events(first), events(second)) == (["one", "two"], ["three \ufffd"])
    token = second["nextForwardToken"]
    third = logs(engine, "GetLogEvents", logStreamName=stream, nextToken=token)
    assert (events(third), third["nextForwardToken"]) == ([], token)
    with (engine.context.root / "jobs/job-1/logs/algo-1.log").open("ab") as file:
        file.write(b" yet\n")
    last = logs(engine, "GetLogEvents", logStreamName=stream, nextToken=token)
    assert events(last) == ["not ended yet"]


def test_without_start_from_head_the_last_lines_come_and_a_backward_token_goes_back(
    engine: Engine, job: str
) -> None:
    stream = streams(engine)[0]
    tail = logs(engine, "GetLogEvents", logStreamName=stream, limit=1)
    assert events(tail) == ["three \ufffd"]
    token = tail["nextBackwardToken"]
    before = logs(engine, "GetLogEvents", logStreamName=stream, limit=1, nextToken=token)
    assert events(before) == ["two"]


def test_events_of_all_hosts_can_be_filtered_by_time_and_words(engine: Engine, job: str) -> None:
    assert events(logs(engine, "FilterLogEvents")) == ["one", "other", "two", "three \ufffd"]
    assert events(logs(engine, "FilterLogEvents", startTime=1500, endTime=3000)) == ["other", "two"]
    assert events(logs(engine, "FilterLogEvents", filterPattern='"t"')) == [
        "other",
        "two",
        "three \ufffd",
    ]
    first = logs(engine, "FilterLogEvents", limit=3)
    rest = logs(engine, "FilterLogEvents", nextToken=first["nextToken"])
    assert (len(first["events"]), events(rest)) == (3, ["three \ufffd"])


def test_an_answer_has_at_most_a_mebibyte(engine: Engine, job: str) -> None:
    line = b"5000 " + b"x" * 400_000 + b"\n"
    (engine.context.root / "jobs/job-1/logs/algo-1.log").write_bytes(line * 3)
    answer = logs(engine, "GetLogEvents", logStreamName=streams(engine)[0], startFromHead=True)
    assert len(answer["events"]) == 2


@pytest.mark.parametrize(
    "params",
    [
        {"logGroupName": "/aws/other", "logStreamName": "x"},
        {"logStreamName": "job-1/algo-1-1"},
        {"logStreamName": "../../etc/passwd"},
    ],
)
def test_a_group_or_stream_that_is_not_there_is_not_found(
    engine: Engine, job: str, params: dict[str, str]
) -> None:
    with pytest.raises(EngineError) as caught:
        logs(engine, "GetLogEvents", **params)
    assert caught.value.code == "ResourceNotFoundException"


def test_a_token_of_another_kind_is_refused(engine: Engine, job: str) -> None:
    with pytest.raises(EngineError, match="nextToken"):
        logs(engine, "GetLogEvents", logStreamName=streams(engine)[0], nextToken="3")


def all_events(engine: Engine, **params: Any) -> list[dict[str, Any]]:
    """The events of all pages."""
    found: list[dict[str, Any]] = []
    while True:
        answer = logs(engine, "FilterLogEvents", **params)
        found += answer["events"]
        if "nextToken" not in answer:
            return found
        params["nextToken"] = answer["nextToken"]


def test_pages_of_any_size_give_the_same_events_each_with_an_id_of_its_own(
    engine: Engine, job: str
) -> None:
    folder = engine.context.root / "jobs/job-1/logs"
    (folder / "algo-1.log").write_bytes(b"1000 tick\n" * 20 + b"1001 tock\n")
    (folder / "algo-2.log").write_bytes(b"1000 tick\n" * 5)
    whole = all_events(engine)
    assert len({event["eventId"] for event in whole}) == len(whole) == 26
    for limit in (1, 3, 7):
        assert all_events(engine, limit=limit) == whole


@pytest.mark.parametrize("start", [1, 2_000, 3_500_001, 7_000_000, 99_000_000])
def test_events_from_a_time_on_are_found_in_a_long_log(
    engine: Engine, job: str, start: int
) -> None:
    """Also where the clock was set back by half a minute."""
    times = [number * 100 for number in range(40_000)]
    times += [time - 30_000 for time in range(4_000_000, 8_000_000, 100)]
    log = "".join(f"{time} line\n" for time in times)
    (engine.context.root / "jobs/job-1/logs/algo-1.log").write_text(log)
    found = all_events(engine, startTime=start, logStreamNames=streams(engine)[:1])
    assert sorted(event["timestamp"] for event in found) == sorted(t for t in times if t >= start)


def test_a_token_that_this_engine_did_not_give_is_refused(engine: Engine, job: str) -> None:
    with pytest.raises(EngineError, match="nextToken"):
        logs(engine, "FilterLogEvents", nextToken="3")
