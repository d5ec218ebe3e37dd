"""Values cross the wire by the shapes of the service model."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from reconciler.local.errors import EngineError
from reconciler.local.instants import epoch, http_date, iso8601
from reconciler.local.wire import front, jsonrpc, query, restxml
from reconciler.local.wire.message import Request, Response, pieces_of, spool
from reconciler.servicemodel.load import load

NOON = 1767268800.25
"""2026-01-01 12:00:00.250 UTC."""


def request(method: str, url: str, body: bytes = b"", **headers: str) -> Request:
    real = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request.make(method, url, real.items(), io.BytesIO(body))


def operation(method: str, url: str, **headers: str) -> str:
    return restxml.read(load("s3"), request(method, url, b"", **headers)).operation


@pytest.mark.parametrize(
    "text",
    ["2026-01-01T12:00:00.250Z", "2026-01-01T12:00:00.250", "2026-01-01T13:00:00.250+01:00"],
)
def test_a_time_may_come_as_text(text: str) -> None:
    assert epoch(text) == NOON


def test_a_time_may_come_as_number_date_and_http_date() -> None:
    assert epoch(NOON) == NOON
    assert epoch(datetime(2026, 1, 1, 12, 0, 0, 250_000)) == NOON
    assert epoch(datetime(2026, 1, 1, 5, 0, 0, 250_000, timezone(timedelta(hours=-7)))) == NOON
    assert epoch("Thu, 01 Jan 2026 12:00:00 GMT") == NOON - 0.25


def test_a_text_that_is_no_time_is_refused() -> None:
    with pytest.raises(EngineError, match="'noon' is not a time"):
        epoch("noon")


def test_times_are_written_as_each_place_has_them() -> None:
    assert iso8601(NOON) == "2026-01-01T12:00:00.250Z"
    assert http_date(NOON) == "Thu, 01 Jan 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("method", "url", "headers", "meant"),
    [
        ("GET", "/", {}, "ListBuckets"),
        ("GET", "/bucket", {}, "ListObjects"),
        ("GET", "/bucket/?list-type=2", {}, "ListObjectsV2"),
        ("GET", "/bucket?versions", {}, "ListObjectVersions"),
        ("GET", "/bucket?location", {}, "GetBucketLocation"),
        ("PUT", "/bucket", {}, "CreateBucket"),
        ("PUT", "/bucket?versioning", {}, "PutBucketVersioning"),
        ("POST", "/bucket?delete", {}, "DeleteObjects"),
        ("GET", "/bucket/k", {}, "GetObject"),
        ("GET", "/bucket/a/b?tagging", {}, "GetObjectTagging"),
        ("HEAD", "/bucket/k", {}, "HeadObject"),
        ("PUT", "/bucket/k", {}, "PutObject"),
        ("PUT", "/bucket/k", {"x_amz_copy_source": "/b/k"}, "CopyObject"),
        ("PUT", "/bucket/k?partNumber=1&uploadId=u", {}, "UploadPart"),
        ("POST", "/bucket/k?uploads", {}, "CreateMultipartUpload"),
        ("POST", "/bucket/k?uploadId=u", {}, "CompleteMultipartUpload"),
        ("DELETE", "/bucket/k?uploadId=u", {}, "AbortMultipartUpload"),
        ("DELETE", "/bucket/k", {}, "DeleteObject"),
        ("GET", "https://bucket.s3.amazonaws.com/k", {}, "GetObject"),
        ("GET", "https://my.bucket.s3.eu-west-1.amazonaws.com/", {}, "ListObjects"),
        ("GET", "https://s3.us-east-1.amazonaws.com/", {}, "ListBuckets"),
        ("GET", "http://bucket.localhost:80/k", {}, "GetObject"),
        ("GET", "http://localhost:80/bucket", {}, "ListObjects"),
    ],
)
def test_method_path_and_query_mean_an_operation(
    method: str, url: str, headers: dict[str, str], meant: str
) -> None:
    assert operation(method, url, **headers) == meant


def test_a_request_that_means_nothing_is_refused() -> None:
    with pytest.raises(EngineError, match="MethodNotAllowed"):
        operation("PATCH", "/bucket/k")


def test_members_of_s3_come_from_all_parts_of_a_message() -> None:
    call = restxml.read(
        load("s3"),
        request(
            "PUT",
            "https://bucket.s3.amazonaws.com/a%20b/%C3%A9%2B",
            b"body",
            If_None_Match="*",
            x_amz_meta_Owner="me",
            Content_Length="4",
            x_amz_server_side_encryption_bucket_key_enabled="true",
        ),
    )
    body = call.params.pop("Body")
    assert body.read() == b"body"
    assert call.params == {
        "Bucket": "bucket",
        "Key": "a b/é+",
        "IfNoneMatch": "*",
        "Metadata": {"owner": "me"},
        "ContentLength": 4,
        "BucketKeyEnabled": True,
    }


def test_a_list_in_xml_is_read_by_its_shape_in_any_namespace() -> None:
    body = (
        b'<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Object><Key>a</Key></Object>'
        b"<Object><Key>b</Key><VersionId>1</VersionId></Object><Quiet>true</Quiet></Delete>"
    )
    call = restxml.read(load("s3"), request("POST", "/bucket?delete", body))
    assert call.params["Delete"] == {
        "Objects": [{"Key": "a"}, {"Key": "b", "VersionId": "1"}],
        "Quiet": True,
    }


def json_call(service: str, target: str, body: Any) -> Any:
    content = json.dumps(body).encode()
    return jsonrpc.read(load(service), request("POST", "/", content, X_Amz_Target=target))


def test_null_counts_as_absent_and_blobs_are_base64() -> None:
    call = json_call(
        "ecr",
        "AmazonEC2ContainerRegistry_V20150921.UploadLayerPart",
        {"registryId": None, "repositoryName": "a/b", "layerPartBlob": "aGVsbG8="},
    )
    assert call.operation == "UploadLayerPart"
    assert call.params == {"repositoryName": "a/b", "layerPartBlob": b"hello"}
    with pytest.raises(EngineError, match="base64"):
        json_call("ecr", "X.UploadLayerPart", {"layerPartBlob": "no!"})


def test_what_does_not_fit_its_shape_is_left_to_the_check() -> None:
    params = {"Tags": [{"Key": "a", "Value": None}, "b"], "Environment": {"A": "1"}, "X": {"y": 1}}
    assert json_call("sagemaker", "SageMaker.CreateTrainingJob", params).params == {
        "Tags": [{"Key": "a"}, "b"],
        "Environment": {"A": "1"},
        "X": {"y": 1},
    }


def test_json_answers_have_times_as_numbers_and_blobs_as_base64() -> None:
    answer = {"CreationTime": datetime.fromtimestamp(NOON, UTC), "TrainingStartTime": NOON}
    response = jsonrpc.write(load("sagemaker"), "DescribeTrainingJob", answer)
    assert isinstance(response.body, bytes)
    assert json.loads(response.body) == {"CreationTime": NOON, "TrainingStartTime": NOON}
    token = {"authorizationData": [{"authorizationToken": "x"}]}
    response = jsonrpc.write(load("ecr"), "GetAuthorizationToken", token)
    assert isinstance(response.body, bytes)
    assert json.loads(response.body) == token


def test_an_operation_without_an_answer_has_an_empty_body() -> None:
    assert jsonrpc.write(load("sagemaker"), "StopTrainingJob", {}).body == b""


@pytest.mark.parametrize(
    ("write", "words"),
    [
        (jsonrpc.write_error, b'{"__type": "Code", "message": "<why>"}'),
        (query.write_error, b"<Type>Sender</Type><Code>Code</Code><Message>&lt;why&gt;</Message>"),
        (restxml.write_error, b"<Error><Code>Code</Code><Message>&lt;why&gt;</Message></Error>"),
    ],
)
def test_each_protocol_has_its_form_of_an_error(write: Any, words: bytes) -> None:
    response: Response = write(EngineError("Code", "<why>", 418))
    assert response.status == 418
    assert isinstance(response.body, bytes)
    assert words in response.body


@pytest.mark.parametrize("service", ["sagemaker", "s3", "sts", "ecr", "logs"])
def test_the_signature_says_which_service_is_meant(service: str) -> None:
    scope = f"AWS4-HMAC-SHA256 Credential=AK/20260101/us-east-1/{service}/aws4_request, Signature=x"
    assert front.service_of(request("GET", "/", Authorization=scope)) == service
    presigned = f"/?X-Amz-Credential=AK%2F20260101%2Fus-east-1%2F{service}%2Faws4_request"
    assert front.service_of(request("GET", presigned)) == service


def test_bodies_of_every_kind_can_be_read() -> None:
    for body in [b"hello", bytearray(b"hello"), "hello", io.BytesIO(b"hello")]:
        assert spool(pieces_of(body)).read() == b"hello"
    assert spool(pieces_of(None)).read() == b""
