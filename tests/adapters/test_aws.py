"""AWS through boto3: what is sent how often, and what answers mean."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore import exceptions as boto

from reconciler.adapters.aws import AwsCloud
from reconciler.adapters.aws_clients import fixed_session, mutates, open_session
from reconciler.adapters.ecr import EcrImage, parse_image
from reconciler.adapters.s3 import split_uri
from reconciler.core.call import Call
from reconciler.core.ports import LogLine, StoredObject
from reconciler.errors import (
    AccessDenied,
    NameTaken,
    NoCredentials,
    NotReady,
    NotThere,
    QuotaExceeded,
    ReconcilerError,
    Refused,
    ServiceError,
    Throttled,
    Unanswered,
)
from reconciler.local.attach import attach

ROLE = "arn:aws:iam::123456789012:role/job"
CREATE = Call(
    "CreateTrainingJob",
    {
        "TrainingJobName": "churn-0123456789",
        "RoleArn": ROLE,
        "OutputDataConfig": {"S3OutputPath": "s3://bucket/out/"},
        "Environment": {"KEY": "value"},
    },
)
STOP = Call("StopTrainingJob", {"TrainingJobName": "churn-0123456789"})
LOOK = Call("DescribeTrainingJob", {"TrainingJobName": "churn-0123456789"})
IMAGE = "123456789012.dkr.ecr.us-west-2.amazonaws.com/team/train"
DIGEST = "sha256:" + "a" * 64


def error(status: int, code: str, message: str = "words") -> tuple[int, dict[str, str]]:
    return status, {"__type": code, "message": message}


def s3_error(status: int, code: str) -> tuple[int, str]:
    return status, f"<Error><Code>{code}</Code><Message>words</Message></Error>"


def cloud_of(answers: Any) -> AwsCloud:
    return AwsCloud(answers.session, region="eu-west-1")


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)


@pytest.fixture
def local(tmp_path: Path) -> AwsCloud:
    """The local engine, through the same adapter."""
    session = boto3.Session("local", "local", region_name="us-east-1")
    attach(session, tmp_path / "engine")
    return AwsCloud(session, region="us-east-1")


MEANINGS: list[tuple[object, type[ReconcilerError]]] = [
    (error(400, "ResourceInUse"), NameTaken),
    (error(400, "ResourceLimitExceeded"), QuotaExceeded),
    (error(400, "ThrottlingException", "Rate exceeded"), Throttled),
    (error(400, "Throttling"), Throttled),
    (error(400, "TooManyRequestsException"), Throttled),
    (error(429, "SomethingNew"), Throttled),
    (error(503, "SlowDown"), Throttled),
    (error(400, "AccessDeniedException"), AccessDenied),
    (error(403, "AccessDenied"), AccessDenied),
    (error(400, "ResourceNotFound"), NotThere),
    (error(400, "ValidationException", "Requested resource not found."), Refused),
    (error(400, "ConflictException"), Refused),
    (error(400, "ValidationException", "Could not assume role arn:aws:iam::1:role/x."), NotReady),
    (error(400, "SomethingNew"), Refused),
    (error(500, "InternalFailure"), Unanswered),
    (error(503, "ServiceUnavailable"), Unanswered),
    (error(500, "SomethingNew"), Unanswered),
    ((502, "<html>Bad Gateway</html>"), Unanswered),
    (error(400, "ExpiredTokenException"), NoCredentials),
    (error(403, "InvalidClientTokenId"), NoCredentials),
    (error(400, "UnrecognizedClientException"), NoCredentials),
    (error(403, "SignatureDoesNotMatch"), NoCredentials),
    (boto.ReadTimeoutError(endpoint_url="https://x"), Unanswered),
    (boto.ConnectTimeoutError(endpoint_url="https://x"), Unanswered),
    (boto.ConnectionClosedError(endpoint_url="https://x"), Unanswered),
    (boto.EndpointConnectionError(endpoint_url="https://x"), Unanswered),
    (boto.SSLError(endpoint_url="https://x", error="bad"), Unanswered),
    (boto.TokenRetrievalError(provider="sso", error_msg="expired"), NoCredentials),
    (boto.UnauthorizedSSOTokenError(), NoCredentials),
]


@pytest.mark.parametrize("call", [CREATE, STOP], ids=lambda call: call.operation)
@pytest.mark.parametrize(("answer", "meaning"), MEANINGS, ids=lambda value: str(value)[:50])
def test_a_call_that_mutates_is_sent_once_whatever_the_answer(
    answers: Callable[..., Any], call: Call, answer: object, meaning: type[ReconcilerError]
) -> None:
    aws = answers(answer)
    cloud = cloud_of(aws)
    with pytest.raises(meaning) as caught:
        cloud.send(call)
    assert type(caught.value) is meaning
    assert len(aws.sent) == cloud.mutating_calls == 1
    if isinstance(caught.value, ServiceError):
        assert caught.value.operation == call.operation


def test_the_words_of_the_service_are_kept(answers: Callable[..., Any]) -> None:
    with pytest.raises(Refused) as caught:
        cloud_of(answers(error(400, "ValidationException", "Requested resource not found."))).send(
            LOOK
        )
    assert (caught.value.error_code, caught.value.detail) == (
        "ValidationException",
        "Requested resource not found.",
    )


@pytest.mark.parametrize("bad", [error(500, "InternalFailure"), error(400, "ThrottlingException")])
def test_a_look_is_tried_again_and_never_counted(answers: Callable[..., Any], bad: object) -> None:
    aws = answers(bad, bad, bad, bad, bad, (200, {"TrainingJobStatus": "InProgress"}))
    cloud = cloud_of(aws)
    assert cloud.send(LOOK) == {"TrainingJobStatus": "InProgress"}
    assert len(aws.sent) == 6
    assert cloud.mutating_calls == 0


def test_a_look_gives_up_in_the_end(answers: Callable[..., Any]) -> None:
    aws = answers(error(400, "ThrottlingException"))
    with pytest.raises(Throttled):
        cloud_of(aws).send(LOOK)
    assert len(aws.sent) == 8


def test_a_call_is_sent_exactly_as_it_is(answers: Callable[..., Any]) -> None:
    aws = answers((200, {"TrainingJobArn": "arn:x"}))
    assert cloud_of(aws).send(CREATE) == {"TrainingJobArn": "arn:x"}
    assert json.loads(aws.sent[0].body) == CREATE.params
    assert aws.sent[0].headers["X-Amz-Target"] == b"SageMaker.CreateTrainingJob"


def test_what_is_not_known_to_read_is_taken_to_mutate() -> None:
    reads = ["DescribeTrainingJob", "ListTags", "Search", "BatchGetImage", "FilterLogEvents"]
    assert not any(map(mutates, [*reads, "HeadObject", "GetObject", "ListObjectsV2"]))
    changes = ["CreateTrainingJob", "UpdateTrainingJob", "StopTrainingJob", "AddTags", "PutObject"]
    assert all(map(mutates, [*changes, "DeleteTags", "ImportSomethingNew"]))


def test_a_wrong_type_is_refused_before_it_is_sent_and_without_its_value(
    answers: Callable[..., Any],
) -> None:
    aws = answers((200, {}))
    cloud = cloud_of(aws)
    params = {**CREATE.params, "Environment": {"TOKEN": ["planted-secret, type: x"]}}
    with pytest.raises(Refused, match=r"parameter Environment\.TOKEN, type") as caught:
        cloud.send(Call("CreateTrainingJob", params))
    assert "planted-secret" not in f"{caught.value} {caught.value.__cause__!r}"
    assert caught.value.__suppress_context__
    assert aws.sent == []
    assert cloud.mutating_calls == 0


def test_a_value_of_the_containers_environment_does_not_come_back_in_an_error(
    answers: Callable[..., Any],
) -> None:
    message = (
        "2 validation errors detected: Value 'ml.x' at 'resourceConfig.instanceType' failed to"
        " satisfy constraint: a; Value '{TOKEN=it's planted-secret}' at 'environment' failed to"
        " satisfy constraint: b"
    )
    with pytest.raises(Refused) as caught:
        cloud_of(answers(error(400, "ValidationException", message))).send(CREATE)
    assert "planted-secret" not in str(caught.value)
    assert "Value 'ml.x' at 'resourceConfig.instanceType'" in caught.value.detail
    assert "a value at 'environment' failed" in caught.value.detail


def test_without_credentials_the_error_says_how_to_log_in(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", os.fspath(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    cloud = AwsCloud(open_session("eu-west-1"), region="eu-west-1")
    with pytest.raises(NoCredentials) as caught:
        cloud.identity()
    assert "AWS_PROFILE" in str(caught.value.advice)
    assert caught.value.exit_status == 4


def test_a_profile_that_does_not_exist_is_no_traceback(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", os.fspath(tmp_path))
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(NoCredentials, match="nobody"):
        open_session("eu-west-1")


def test_a_setting_that_cannot_be_used_is_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "no url")
    cloud = AwsCloud(boto3.Session("test", "test"), region="eu-west-1")
    with pytest.raises(ReconcilerError, match="Invalid endpoint: no url") as caught:
        cloud.identity()
    assert "AWS_ENDPOINT_URL" in str(caught.value.advice)


def test_identity_is_account_and_region(answers: Callable[..., Any]) -> None:
    text = (
        "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>123456789012</Account>"
        "</GetCallerIdentityResult></GetCallerIdentityResponse>"
    )
    assert cloud_of(answers((200, text))).identity() == ("123456789012", "eu-west-1")


def test_the_local_engine_is_reached_by_the_same_calls(local: AwsCloud) -> None:
    assert local.identity() == ("000000000000", "us-east-1")
    with pytest.raises(Refused, match="Requested resource not found"):
        local.send(LOOK)
    assert local.mutating_calls == 0


def test_an_object_is_stored_once(local: AwsCloud) -> None:
    stored = local.put("s3://my-bucket/code/a", b"body", sha256="aa")
    again = local.put("s3://my-bucket/code/a", b"other bytes of an equal tar", sha256="aa")
    assert (stored.size, stored.sha256, stored.etag) == (again.size, again.sha256, again.etag)
    assert local.head("s3://my-bucket/code/a") == again
    assert local.mutating_calls == 1


def test_a_key_that_holds_other_content_is_refused(local: AwsCloud) -> None:
    local.put("s3://my-bucket/code/a", b"body", sha256="aa")
    with pytest.raises(Refused, match="holds other content"):
        local.put("s3://my-bucket/code/a", b"other", sha256="bb")
    assert local.head("s3://my-bucket/code/a").size == 4  # type: ignore[union-attr]


HEAD_MISSING = (404, "")
STORED = (200, "", {"etag": '"e1"', "x-amz-version-id": "v1"})
THERE = (200, "", {"etag": '"e1"', "content-length": "4", "x-amz-meta-packed-sha256": "aa"})
RACE = s3_error(412, "PreconditionFailed")
CONFLICT = s3_error(409, "ConditionalRequestConflict")


def test_a_put_says_that_the_key_must_be_new_and_what_was_packed(
    answers: Callable[..., Any],
) -> None:
    aws = answers(HEAD_MISSING, STORED)
    stored = cloud_of(aws).put("s3://bucket/a", b"body", sha256="aa", kms_key_id="alias/key")
    assert stored == StoredObject("s3://bucket/a", 4, "e1", "v1", "aa")
    headers = {key.lower(): value for key, value in aws.sent[1].headers.items()}
    wanted = {
        "if-none-match": b"*",
        "x-amz-meta-packed-sha256": b"aa",
        "x-amz-server-side-encryption": b"aws:kms",
        "x-amz-server-side-encryption-aws-kms-key-id": b"alias/key",
    }
    assert {key: headers[key] for key in wanted} == wanted


def test_a_put_that_lost_a_race_compares(answers: Callable[..., Any]) -> None:
    aws = answers(HEAD_MISSING, RACE, THERE)
    assert cloud_of(aws).put("s3://bucket/a", b"body", sha256="aa").sha256 == "aa"
    with pytest.raises(Refused, match="holds other content"):
        cloud_of(answers(HEAD_MISSING, RACE, THERE)).put("s3://bucket/a", b"body", sha256="bb")


def test_a_put_in_a_conflict_is_tried_again(answers: Callable[..., Any]) -> None:
    cloud = cloud_of(answers(HEAD_MISSING, CONFLICT, CONFLICT, STORED))
    assert cloud.put("s3://bucket/a", b"body", sha256="aa").etag == "e1"
    assert cloud.mutating_calls == 3


def test_a_conflict_that_does_not_end_is_refused(answers: Callable[..., Any]) -> None:
    aws = answers(HEAD_MISSING, CONFLICT)
    with pytest.raises(Refused, match="written by others"):
        cloud_of(aws).put("s3://bucket/a", b"body", sha256="aa")
    assert 2 < len(aws.sent) < 50


def test_who_may_write_but_not_look_writes(answers: Callable[..., Any]) -> None:
    aws = answers((403, ""), s3_error(403, "AccessDenied"))
    with pytest.raises(AccessDenied) as caught:
        cloud_of(aws).put("s3://bucket/a", b"body", sha256="aa")
    assert caught.value.operation == "PutObject"


def test_head_of_what_is_not_there_is_none(local: AwsCloud) -> None:
    local.put("s3://my-bucket/a/b", b"body", sha256="aa")
    for uri in ("s3://my-bucket/x", "s3://my-bucket/x/", "s3://my-bucket/a", "s3://no-bucket/x"):
        assert local.head(uri) is None


def test_head_of_a_prefix_is_the_first_object_below_it(local: AwsCloud) -> None:
    local.put("s3://my-bucket/model/", b"", sha256="aa")
    assert local.head("s3://my-bucket/model/") is None
    local.put("s3://my-bucket/model/b", b"22", sha256="aa")
    local.put("s3://my-bucket/model/a", b"1", sha256="aa")
    found = local.head("s3://my-bucket/model/")
    assert found is not None
    assert (found.uri, found.size) == ("s3://my-bucket/model/a", 1)


@pytest.mark.parametrize("uri", ["https://bucket/key", "s3:///key", "bucket/key", "s3:bucket/key"])
def test_what_is_no_s3_uri_is_named(uri: str) -> None:
    with pytest.raises(ReconcilerError, match="is not an S3 URI"):
        split_uri(uri)
    assert split_uri("s3://bucket/a//b?c#d") == ("bucket", "a//b?c#d")


@pytest.mark.parametrize(
    ("endpoint", "host"),
    [
        (None, "bucket.s3"),
        ("AWS_ENDPOINT_URL", "localhost:9"),
        ("AWS_ENDPOINT_URL_S3", "localhost:9"),
    ],
)
def test_an_endpoint_of_ones_own_has_buckets_in_the_path(
    answers: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, endpoint: str | None, host: str
) -> None:
    if endpoint:
        monkeypatch.setenv(endpoint, "http://localhost:9")
    aws = answers(HEAD_MISSING)
    assert cloud_of(aws).head("s3://bucket/key") is None
    assert f"//{host}" in aws.sent[0].url


@pytest.mark.parametrize(
    ("image", "name"),
    [
        (f"{IMAGE}:1.0", ("123456789012", "us-west-2", "team/train", "1.0", None)),
        (IMAGE, ("123456789012", "us-west-2", "team/train", "latest", None)),
        (f"{IMAGE}@{DIGEST}", ("123456789012", "us-west-2", "team/train", "latest", DIGEST)),
        (f"{IMAGE}:1@{DIGEST}", ("123456789012", "us-west-2", "team/train", "1", DIGEST)),
        (
            "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/a:b",
            ("123456789012", "cn-north-1", "a", "b", None),
        ),
        (
            "123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com/a:b",
            ("123456789012", "us-gov-west-1", "a", "b", None),
        ),
        (
            "123456789012.dkr-ecr.eu-west-1.on.aws/a:b",
            ("123456789012", "eu-west-1", "a", "b", None),
        ),
        ("docker.io/library/python:3.11", None),
        ("python", None),
        ("localhost:5000/a:b", None),
        (f"{IMAGE}:a:b", None),
        (f"{IMAGE}@sha256:short", None),
        (f"x{IMAGE}:1", None),
        (f"{IMAGE}:1\n", None),
    ],
)
def test_the_parts_of_an_image(image: str, name: tuple[Any, ...] | None) -> None:
    assert parse_image(image) == (EcrImage(*name) if name else None)


def test_a_digest_is_asked_of_the_images_own_registry(answers: Callable[..., Any]) -> None:
    aws = answers((200, {"images": [{"imageId": {"imageTag": "1.0", "imageDigest": DIGEST}}]}))
    assert cloud_of(aws).image_digest(f"{IMAGE}:1.0") == DIGEST
    assert "us-west-2" in aws.sent[0].url
    asked = json.loads(aws.sent[0].body)
    assert (asked["registryId"], asked["repositoryName"]) == ("123456789012", "team/train")
    assert asked["imageIds"] == [{"imageTag": "1.0"}]
    assert "application/vnd.oci.image.index.v1+json" in asked["acceptedMediaTypes"]


def test_a_digest_that_is_written_needs_no_registry(answers: Callable[..., Any]) -> None:
    aws = answers(error(400, "AccessDeniedException"))
    assert cloud_of(aws).image_digest(f"{IMAGE}@{DIGEST}") == DIGEST
    assert cloud_of(aws).image_digest("docker.io/library/python:3.11") is None
    assert aws.sent == []


@pytest.mark.parametrize("code", ["AccessDeniedException", "RepositoryNotFoundException"])
def test_a_registry_that_does_not_tell_gives_none(answers: Callable[..., Any], code: str) -> None:
    assert cloud_of(answers(error(400, code))).image_digest(f"{IMAGE}:1.0") is None


def test_a_tag_that_the_registry_does_not_have_is_not_there(answers: Callable[..., Any]) -> None:
    aws = answers((200, {"images": [], "failures": [{"failureCode": "ImageNotFound"}]}))
    with pytest.raises(NotThere, match="is not in its registry"):
        cloud_of(aws).image_digest(f"{IMAGE}:1.0")


def test_a_digest_of_the_local_engine_is_always_the_same(local: AwsCloud) -> None:
    digest = local.image_digest(f"{IMAGE}:1.0")
    assert digest is not None
    assert digest.startswith("sha256:")
    assert local.image_digest(f"{IMAGE}:1.0") == digest


def event(host: str, at: int, text: str) -> dict[str, Any]:
    stream = f"churn/{host}"
    return {"logStreamName": stream, "timestamp": at, "message": text, "eventId": f"{host}-{at}"}


def test_a_log_is_read_to_its_end_over_empty_pages(answers: Callable[..., Any]) -> None:
    aws = answers(
        (200, {"events": [event("algo-1-1700000000", 5, "one\n")], "nextToken": "a"}),
        (200, {"events": [], "nextToken": "b"}),
        (200, {"events": [event("algo-12-17", 6, "two\r\n"), event("other", 7, "\n three")]}),
    )
    assert list(cloud_of(aws).log("churn", since=5)) == [
        LogLine("algo-1", 5, "one", "algo-1-1700000000-5"),
        LogLine("algo-12", 6, "two", "algo-12-17-6"),
        LogLine("other", 7, "\n three", "other-7"),
    ]
    asked = [json.loads(request.body) for request in aws.sent]
    assert [page.get("nextToken") for page in asked] == [None, "a", "b"]
    assert asked[0]["logGroupName"] == "/aws/sagemaker/TrainingJobs"
    assert (asked[0]["logStreamNamePrefix"], asked[0]["startTime"]) == ("churn/", 5)


def test_a_job_without_a_log_has_no_lines(answers: Callable[..., Any], local: AwsCloud) -> None:
    missing = cloud_of(answers(error(400, "ResourceNotFoundException")))
    assert list(missing.log("churn")) == []
    assert list(local.log("churn")) == []


def test_a_client_is_made_once_and_only_when_it_is_used(answers: Callable[..., Any]) -> None:
    aws = answers((200, {}))
    made = []
    make = aws.session.client
    aws.session.client = lambda *a, **k: made.append(a[0]) or make(*a, **k)
    cloud = cloud_of(aws)
    assert made == []
    for _ in range(3):
        cloud.send(LOOK)
    assert made == ["sagemaker"]


def test_the_working_tree_and_the_lock_need_no_boto3() -> None:
    code = (
        "import sys, reconciler.adapters.workspace, reconciler.adapters.locks.worktree,"
        " reconciler.adapters.locks.commit, reconciler.adapters.clock, reconciler.core.manifest,"
        " reconciler.core.tar;"
        " print(sorted({'boto3', 'botocore', 'git', 'pathspec', 'rich'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.stdout.strip() == "[]"


class EndsSoon:
    """Credentials that can be renewed, as botocore has them."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds

    def get_frozen_credentials(self) -> None:
        """Renew nothing."""

    def refresh_needed(self, refresh_in: int) -> bool:
        return self.seconds < refresh_in


@pytest.mark.parametrize(("left", "ends"), [(599, True), (601, False)])
def test_a_login_that_ends_soon_is_told(left: int, ends: bool) -> None:
    class Session:
        def get_credentials(self) -> EndsSoon:
            return EndsSoon(left)

    cloud = AwsCloud(Session(), region="eu-west-1")  # type: ignore[arg-type]
    assert cloud.login_ends_within(600) is ends


def test_fixed_keys_tell_no_end() -> None:
    cloud = AwsCloud(fixed_session("eu-west-1"), region="eu-west-1")
    assert not cloud.login_ends_within(600)
