"""Real boto3 clients get AWS's answers, in process and over HTTP."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, HTTPClientError

from reconciler.local import faults
from reconciler.local.faults import Fault
from reconciler.local.state import State

ARN = "arn:aws:sagemaker:us-east-1:000000000000:training-job/job-1"


def code(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


def status(error: pytest.ExceptionInfo[ClientError]) -> int:
    return int(error.value.response["ResponseMetadata"]["HTTPStatusCode"])


@pytest.fixture
def s3(front: Any) -> Any:
    """An S3 client of each front."""
    return front.client("s3")


@pytest.fixture
def sagemaker(front: Any) -> Any:
    """A SageMaker client of each front."""
    return front.client("sagemaker")


def test_a_job_is_created_once_described_listed_stopped_and_found_by_tag(
    sagemaker: Any, new_job: Callable[..., dict[str, Any]]
) -> None:
    tags = [{"Key": "git:owner", "Value": "one"}]
    assert sagemaker.create_training_job(**new_job(Tags=tags))["TrainingJobArn"] == ARN
    with pytest.raises(sagemaker.exceptions.ResourceInUse, match="must be unique"):
        sagemaker.create_training_job(**new_job())
    described = sagemaker.describe_training_job(TrainingJobName="job-1")
    assert described["TrainingJobStatus"] == "InProgress"
    assert isinstance(described["CreationTime"], datetime)
    with pytest.raises(ClientError, match="Requested resource not found") as missing:
        sagemaker.describe_training_job(TrainingJobName="job-2")
    assert code(missing) == "ValidationException"
    for number in range(2, 13):
        sagemaker.create_training_job(**new_job(f"job-{number}"))
    pages = list(sagemaker.get_paginator("list_training_jobs").paginate(SortBy="Name"))
    assert [len(page["TrainingJobSummaries"]) for page in pages] == [10, 2]
    after = described["CreationTime"]
    later = sagemaker.list_training_jobs(CreationTimeAfter=after, MaxResults=100)
    assert len(later["TrainingJobSummaries"]) >= 11
    sagemaker.stop_training_job(TrainingJobName="job-1")
    owner = {"Name": "Tags.git:owner", "Operator": "Equals", "Value": "one"}
    found = sagemaker.search(Resource="TrainingJob", SearchExpression={"Filters": [owner]})
    (result,) = found["Results"]
    assert result["TrainingJob"]["TrainingJobStatus"] == "Stopping"
    assert sagemaker.list_tags(ResourceArn=ARN)["Tags"] == tags


def test_what_botocore_lets_through_is_refused_by_the_service(
    sagemaker: Any, new_job: Callable[..., dict[str, Any]]
) -> None:
    with pytest.raises(ClientError, match="regular expression pattern") as caught:
        sagemaker.create_training_job(**new_job("bad_name"))
    assert (code(caught), status(caught)) == ("ValidationException", 400)


def test_identity_registry_and_logs_share_the_front(front: Any, local_root: Path) -> None:
    assert front.client("sts").get_caller_identity()["Account"] == "000000000000"
    image = front.client("ecr").describe_images(
        repositoryName="team/image", imageIds=[{"imageTag": "1"}]
    )["imageDetails"][0]
    assert image["imageDigest"].startswith("sha256:")
    with pytest.raises(ClientError) as caught:
        front.client("logs").get_log_events(logGroupName="/other", logStreamName="x")
    assert code(caught) == "ResourceNotFoundException"


def test_an_object_keeps_what_was_said_of_it(s3: Any) -> None:
    key = "a/é b+c?&#%=./~"
    put = s3.put_object(
        Bucket="bucket",
        Key=key,
        Body=b"hello",
        Metadata={"Owner": "me"},
        ContentType="text/plain",
        ContentEncoding="identity",
        Tagging="a=1&b=x%20y",
    )
    got = s3.get_object(Bucket="bucket", Key=key)
    assert got["Body"].read() == b"hello"
    assert got["ETag"] == put["ETag"] == '"5d41402abc4b2a76b9719d911017c592"'
    assert (got["Metadata"], got["ContentType"]) == ({"owner": "me"}, "text/plain")
    assert got["ContentEncoding"] == "identity"
    assert isinstance(got["LastModified"], datetime)
    tags = s3.get_object_tagging(Bucket="bucket", Key=key)["TagSet"]
    assert tags == [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "x y"}]
    assert s3.head_object(Bucket="bucket", Key=key)["ContentLength"] == 5


def test_if_none_match_and_if_match_answer_412(s3: Any) -> None:
    first = s3.put_object(Bucket="bucket", Key="k", Body=b"1", IfNoneMatch="*")
    with pytest.raises(ClientError) as caught:
        s3.put_object(Bucket="bucket", Key="k", Body=b"2", IfNoneMatch="*")
    assert (code(caught), status(caught)) == ("PreconditionFailed", 412)
    s3.put_object(Bucket="bucket", Key="k", Body=b"2", IfMatch=first["ETag"])
    with pytest.raises(ClientError) as caught:
        s3.put_object(Bucket="bucket", Key="k", Body=b"3", IfMatch=first["ETag"])
    assert status(caught) == 412
    with pytest.raises(ClientError) as caught:
        s3.get_object(Bucket="bucket", Key="k", IfMatch=first["ETag"])
    assert status(caught) == 412
    with pytest.raises(ClientError) as caught:
        s3.get_object(
            Bucket="bucket", Key="k", IfNoneMatch=s3.head_object(Bucket="bucket", Key="k")["ETag"]
        )
    assert status(caught) == 304


def test_checksums_are_verified_and_given_back(s3: Any) -> None:
    good = {"ChecksumSHA256": "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="}
    s3.put_object(Bucket="bucket", Key="k", Body=b"hello", **good)
    head = s3.head_object(Bucket="bucket", Key="k", ChecksumMode="ENABLED")
    assert head["ChecksumSHA256"] == good["ChecksumSHA256"]
    with pytest.raises(ClientError) as caught:
        s3.put_object(Bucket="bucket", Key="k", Body=b"hellO", **good)
    assert code(caught) == "BadDigest"
    assert s3.get_object(Bucket="bucket", Key="k")["Body"].read() == b"hello"


def test_a_stream_is_put_with_a_checksum_that_follows_it(s3: Any) -> None:
    s3.put_object(Bucket="bucket", Key="k", Body=io.BytesIO(b"x" * 3_000_000))
    head = s3.head_object(Bucket="bucket", Key="k", ChecksumMode="ENABLED")
    assert head["ContentLength"] == 3_000_000
    assert "ChecksumCRC32" in head
    assert "ContentEncoding" not in head


def test_large_files_go_up_and_down_in_parts(s3: Any) -> None:
    content = bytes(range(256)) * (80 << 10)
    s3.upload_fileobj(io.BytesIO(content), "bucket", "big")
    assert s3.head_object(Bucket="bucket", Key="big")["ETag"].endswith('-3"')
    target = io.BytesIO()
    s3.download_fileobj("bucket", "big", target)
    assert target.getvalue() == content


def test_parts_are_judged_when_they_are_put_together(s3: Any) -> None:
    upload = s3.create_multipart_upload(Bucket="bucket", Key="k")["UploadId"]
    place = {"Bucket": "bucket", "Key": "k", "UploadId": upload}
    parts = [
        {"PartNumber": n, "ETag": s3.upload_part(**place, PartNumber=n, Body=b"x")["ETag"]}
        for n in (1, 2)
    ]
    for wrong, expected in [
        (parts, "EntityTooSmall"),
        (parts[::-1], "InvalidPartOrder"),
        ([{"PartNumber": 7, "ETag": '"x"'}], "InvalidPart"),
    ]:
        with pytest.raises(ClientError) as caught:
            s3.complete_multipart_upload(**place, MultipartUpload={"Parts": wrong})
        assert code(caught) == expected
    last = {"Parts": parts[1:]}
    s3.complete_multipart_upload(**place, MultipartUpload=last, IfNoneMatch="*")
    assert s3.get_object(Bucket="bucket", Key="k")["Body"].read() == b"x"
    with pytest.raises(ClientError) as caught:
        s3.abort_multipart_upload(**place)
    assert code(caught) == "NoSuchUpload"


def test_an_aborted_upload_leaves_nothing(s3: Any, local_root: Path) -> None:
    upload = s3.create_multipart_upload(Bucket="bucket", Key="k")["UploadId"]
    s3.upload_part(Bucket="bucket", Key="k", UploadId=upload, PartNumber=1, Body=b"x")
    s3.upload_part(Bucket="bucket", Key="k", UploadId=upload, PartNumber=1, Body=b"y")
    s3.abort_multipart_upload(Bucket="bucket", Key="k", UploadId=upload)
    blobs = local_root / "s3" / "blobs"
    assert [path for path in blobs.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("asked", "body", "range_"),
    [
        ("bytes=1-3", b"ell", "bytes 1-3/5"),
        ("bytes=3-", b"lo", "bytes 3-4/5"),
        ("bytes=-2", b"lo", "bytes 3-4/5"),
        ("bytes=0-99", b"hello", "bytes 0-4/5"),
    ],
)
def test_a_range_is_a_part_of_the_body(s3: Any, asked: str, body: bytes, range_: str) -> None:
    s3.put_object(Bucket="bucket", Key="k", Body=b"hello")
    part = s3.get_object(Bucket="bucket", Key="k", Range=asked)
    assert (part["Body"].read(), part["ContentRange"]) == (body, range_)
    assert part["ResponseMetadata"]["HTTPStatusCode"] == 206
    with pytest.raises(ClientError) as caught:
        s3.get_object(Bucket="bucket", Key="k", Range="bytes=5-9")
    assert (code(caught), status(caught)) == ("InvalidRange", 416)


def test_keys_are_listed_in_pages_with_folders(s3: Any) -> None:
    for key in ["a/1", "a/2", "b", "c+d é", "e\x07f"]:
        s3.put_object(Bucket="bucket", Key=key, Body=b"")
    pages = list(
        s3.get_paginator("list_objects_v2").paginate(
            Bucket="bucket", Delimiter="/", PaginationConfig={"PageSize": 2}
        )
    )
    keys = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
    folders = [each["Prefix"] for page in pages for each in page.get("CommonPrefixes", [])]
    assert (keys, folders, len(pages)) == (["b", "c+d é", "e\x07f"], ["a/"], 2)
    first = s3.list_objects(Bucket="bucket", MaxKeys=4)
    rest = s3.list_objects(Bucket="bucket", Marker=first["NextMarker"])
    assert [entry["Key"] for entry in rest["Contents"]] == ["e\x07f"]
    after = s3.list_objects_v2(Bucket="bucket", StartAfter="b", MaxKeys=1)
    assert [entry["Key"] for entry in after["Contents"]] == ["c+d é"]
    assert s3.list_objects_v2(Bucket="bucket", MaxKeys=0)["KeyCount"] == 0


def test_objects_are_copied_and_deleted_together(s3: Any) -> None:
    s3.put_object(Bucket="bucket", Key="a b", Body=b"1", Metadata={"x": "y"})
    source = {"Bucket": "bucket", "Key": "a b"}
    s3.copy_object(Bucket="bucket", Key="copy", CopySource=source)
    assert s3.head_object(Bucket="bucket", Key="copy")["Metadata"] == {"x": "y"}
    targets = [{"Key": "a b"}, {"Key": "copy"}, {"Key": "never there"}]
    deleted = s3.delete_objects(Bucket="bucket", Delete={"Objects": targets})["Deleted"]
    assert [each["Key"] for each in deleted] == ["a b", "copy", "never there"]
    assert s3.list_objects_v2(Bucket="bucket")["KeyCount"] == 0


def test_buckets_come_and_go(s3: Any) -> None:
    with pytest.raises(ClientError) as caught:
        s3.head_bucket(Bucket="bucket")
    assert status(caught) == 404
    s3.create_bucket(Bucket="bucket")
    s3.head_bucket(Bucket="bucket")
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == ["bucket"]
    s3.delete_bucket(Bucket="bucket")
    with pytest.raises(ClientError) as caught:
        s3.list_objects_v2(Bucket="bucket")
    assert code(caught) == "NoSuchBucket"


def test_a_bucket_can_keep_versions(s3: Any) -> None:
    s3.create_bucket(Bucket="bucket")
    assert "Status" not in s3.get_bucket_versioning(Bucket="bucket")
    s3.put_bucket_versioning(Bucket="bucket", VersioningConfiguration={"Status": "Enabled"})
    assert s3.get_bucket_versioning(Bucket="bucket")["Status"] == "Enabled"
    first = s3.put_object(Bucket="bucket", Key="k", Body=b"1")["VersionId"]
    s3.put_object(Bucket="bucket", Key="k", Body=b"2")
    assert s3.delete_object(Bucket="bucket", Key="k")["DeleteMarker"] is True
    assert s3.get_object(Bucket="bucket", Key="k", VersionId=first)["Body"].read() == b"1"
    answer = s3.list_object_versions(Bucket="bucket")
    assert (len(answer["Versions"]), len(answer["DeleteMarkers"])) == (2, 1)
    assert s3.delete_object(Bucket="bucket", Key="k", VersionId=first)["VersionId"] == first


def test_an_error_of_a_head_is_told_by_its_status_alone(s3: Any) -> None:
    s3.create_bucket(Bucket="bucket")
    with pytest.raises(ClientError) as caught:
        s3.head_object(Bucket="bucket", Key="k")
    assert (code(caught), status(caught)) == ("404", 404)
    with pytest.raises(s3.exceptions.NoSuchKey):
        s3.get_object(Bucket="bucket", Key="k")


@pytest.mark.parametrize("kind", ["accepted_then_no_answer", "hang", "connection_reset"])
def test_a_fault_can_take_the_answer(
    front: Any, local_root: Path, new_job: Callable[..., dict[str, Any]], kind: str
) -> None:
    sagemaker = front.client("sagemaker")
    state = State.open(local_root)
    faults.add(state, Fault(kind, operation="CreateTrainingJob"))
    # In process a lost answer is a read timeout; over HTTP the server can only close.
    lost = HTTPClientError if front.endpoint is None else ConnectionClosedError
    with pytest.raises(lost):
        sagemaker.create_training_job(**new_job())
    assert state.launch_count() == (1 if kind == "accepted_then_no_answer" else 0)
    state.close()


def test_botocore_s_own_retry_turns_a_lost_answer_into_resource_in_use(
    front: Any, local_root: Path, new_job: Callable[..., dict[str, Any]]
) -> None:
    sagemaker = front.client("sagemaker", retries={"total_max_attempts": 3, "mode": "standard"})
    state = State.open(local_root)
    faults.add(state, Fault("accepted_then_no_answer", operation="CreateTrainingJob", times=1))
    with pytest.raises(sagemaker.exceptions.ResourceInUse):
        sagemaker.create_training_job(**new_job())
    assert state.launch_count() == 1
    state.close()
