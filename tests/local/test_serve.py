"""The HTTP front is for SDKs and the aws command line of this machine, and for nobody else."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import boto3
import pytest

from reconciler.local.serve import Server, serve

SIGNED = "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/{}/aws4_request, Signature=x"


@pytest.fixture
def server(local_root: Path, spawned: Any) -> Iterator[Server]:
    opened = serve(local_root)
    thread = threading.Thread(target=opened.serve_forever)
    thread.start()
    yield opened
    opened.close()
    thread.join()


def ask(
    server: Server, method: str, path: str, body: bytes = b"", **headers: str
) -> tuple[int, str]:
    """Send a request as it is; names of headers have underscores for dashes."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    real = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body, real)
    response = connection.getresponse()
    answer = response.read().decode()
    connection.close()
    return response.status, answer


@pytest.mark.parametrize("header", [{"Origin": "https://evil.example"}, {"Host": "evil.example"}])
def test_a_web_page_is_refused(server: Server, header: dict[str, str]) -> None:
    status, answer = ask(server, "GET", "/", b"", Authorization=SIGNED.format("s3"), **header)
    assert status == 403
    assert "AccessDenied" in answer


@pytest.mark.parametrize(
    "host",
    ["localhost", "localhost:80", "bucket.localhost:80", "[::1]:80", "127.0.0.2", "10.1.2.3:80"],
)
def test_names_of_this_machine_are_accepted(server: Server, host: str) -> None:
    status, _ = ask(server, "HEAD", "/bucket", Host=host, Authorization=SIGNED.format("s3"))
    assert status == 404


def test_an_unsigned_request_is_refused(server: Server) -> None:
    target = "SageMaker.CreateTrainingJob"
    status, answer = ask(server, "POST", "/", b"{}", X_Amz_Target=target)
    assert (status, json.loads(answer)["__type"]) == (403, "MissingAuthenticationToken")


def test_an_unknown_service_or_operation_is_told_and_not_retried(server: Server) -> None:
    status, answer = ask(server, "POST", "/", b"", Authorization=SIGNED.format("ec2"))
    assert status == 501
    assert "the local engine does not have ec2" in answer
    status, answer = ask(
        server,
        "POST",
        "/",
        b"{}",
        Authorization=SIGNED.format("sagemaker"),
        X_Amz_Target="SageMaker.CreateNothing",
    )
    assert (status, "sagemaker:CreateNothing" in answer) == (501, True)
    status, answer = ask(server, "GET", "/bucket?acl", Authorization=SIGNED.format("s3"))
    assert (status, "s3:GetBucketAcl" in answer) == (501, True)


@pytest.mark.parametrize(
    ("body", "code"),
    [(b"{", "SerializationException"), (b"[]", "SerializationException")],
)
def test_a_body_that_is_no_json_object_is_told(server: Server, body: bytes, code: str) -> None:
    status, answer = ask(
        server,
        "POST",
        "/",
        body,
        Authorization=SIGNED.format("sagemaker"),
        X_Amz_Target="SageMaker.ListTrainingJobs",
    )
    assert (status, json.loads(answer)["__type"]) == (400, code)


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("POST", "/bucket?delete", b"<no", "MalformedXML"),
        ("PUT", "/bucket/%ff", b"", "InvalidURI"),
        ("PATCH", "/bucket/k", b"", ""),
        ("GET", "/bucket?list-type=2&max-keys=x", b"", "InvalidArgument"),
        ("PUT", "/Not_A_Bucket/k", b"", "InvalidBucketName"),
    ],
)
def test_a_request_that_is_no_s3_is_told(
    server: Server, method: str, path: str, body: bytes, code: str
) -> None:
    status, answer = ask(server, method, path, body, Authorization=SIGNED.format("s3"))
    assert 400 <= status < 600
    assert code in answer


def test_a_broken_aws_chunked_body_is_told(server: Server) -> None:
    for body in [b"nonsense", b"5\r\nabc"]:
        status, answer = ask(
            server,
            "PUT",
            "/bucket/k",
            body,
            Authorization=SIGNED.format("s3"),
            Content_Encoding="aws-chunked",
        )
        assert (status, "IncompleteBody" in answer) == (400, True)


def test_a_body_in_transfer_chunks_and_aws_chunks_arrives_plain(server: Server) -> None:
    inner = b"3;chunk-signature=x\r\nabc\r\n0\r\nx-amz-checksum-crc32:NSRBwg==\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        head = (
            "PUT /bucket/k HTTP/1.1\r\nHost: localhost\r\n"
            f"Authorization: {SIGNED.format('s3')}\r\n"
            "x-amz-content-sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER\r\n"
            "Transfer-Encoding: chunked\r\n\r\n"
        )
        connection.sendall(head.encode())
        for piece in (inner[:9], inner[9:]):
            connection.sendall(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        connection.sendall(b"0\r\n\r\n")
        assert b" 200 " in connection.recv(1000).split(b"\r\n")[0]
    assert server.engine.context.storage.get("bucket", "k") == b"abc"


def seconds_to_continue(server: Server) -> float:
    """How long a client waits for the answer to its `Expect: 100-continue`."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        head = (
            "PUT /bucket/k HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
            f"Authorization: {SIGNED.format('s3')}\r\nContent-Length: 3\r\n\r\n"
        )
        began = time.monotonic()
        connection.sendall(head.encode())
        assert b"100 Continue" in connection.recv(100)
        waited = time.monotonic() - began
        connection.sendall(b"abc")
        assert b" 200 " in connection.recv(1000)
    return waited


def test_a_client_that_waits_for_100_continue_gets_it_at_once(server: Server) -> None:
    """botocore sends after a second without it; the best of three is not the machine's load."""
    assert min(seconds_to_continue(server) for _ in range(3)) < 0.5


@pytest.mark.parametrize("length", ["x", "-1"])
def test_a_request_of_unknown_length_is_dropped(server: Server, length: str) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        connection.sendall(
            f"PUT /b/k HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n".encode()
        )
        assert connection.recv(100) == b""


def test_a_key_may_begin_with_a_slash(server: Server) -> None:
    signed = {"Authorization": SIGNED.format("s3"), "Host": "bucket.localhost"}
    assert ask(server, "PUT", "//abs", b"1", **signed)[0] == 200
    assert server.engine.context.storage.get("bucket", "/abs") == b"1"


def test_a_checksum_that_is_not_known_is_refused(server: Server) -> None:
    signed = {"Authorization": SIGNED.format("s3"), "x-amz-checksum-xxhash64": "AAAA"}
    status, answer = ask(server, "PUT", "/bucket/k", b"1", **signed)
    assert (status, "XXHASH64" in answer) == (501, True)


def test_a_folder_that_cannot_be_used_is_an_error_of_the_server(
    server: Server, local_root: Path, new_job: Callable[..., dict[str, Any]]
) -> None:
    (local_root / "images.json").write_text("{")
    headers = {
        "Authorization": SIGNED.format("sagemaker"),
        "X-Amz-Target": "SageMaker.CreateTrainingJob",
    }
    status, answer = ask(server, "POST", "/", json.dumps(new_job()).encode(), **headers)
    assert (status, "images.json" in answer) == (500, True)


def test_an_unchanged_object_is_answered_without_a_body_and_the_connection_goes_on(
    server: Server,
) -> None:
    etag = server.engine.context.storage.put("bucket", "k", b"1").etag
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    for expected in (304, 304):
        signed = {"Authorization": SIGNED.format("s3"), "If-None-Match": etag}
        connection.request("GET", "/bucket/k", headers=signed)
        response = connection.getresponse()
        assert (response.status, response.read()) == (expected, b"")
    connection.close()


def test_a_presigned_url_reads_an_object(server: Server) -> None:
    client = boto3.client(
        "s3",
        endpoint_url=f"http://127.0.0.1:{server.port}",
        aws_access_key_id="local",
        aws_secret_access_key="local",
        region_name="us-east-1",
    )
    client.put_object(Bucket="bucket", Key="a b", Body=b"hello")
    url = client.generate_presigned_url("get_object", Params={"Bucket": "bucket", "Key": "a b"})
    with urlopen(url) as response:
        assert response.read() == b"hello"


def test_a_server_that_never_served_can_be_closed(local_root: Path) -> None:
    serve(local_root).close()


def test_jobs_without_a_supervisor_get_one_though_nobody_calls(
    server: Server, spawned: Any, monkeypatch: pytest.MonkeyPatch, new_job: Callable[..., Any]
) -> None:
    monkeypatch.setattr("reconciler.local.engine._START_PAUSE", 0.0)
    state = server.engine.context.state
    state.create("lost", new_job("lost"), arn="x", tags={})
    deadline = time.monotonic() + 10
    while "lost" not in spawned.names and time.monotonic() < deadline:
        time.sleep(0.05)
    assert "lost" in spawned.names


@pytest.mark.skipif(shutil.which("aws") is None, reason="the aws command line is not installed")
def test_the_aws_command_line_lists_jobs_and_objects(
    server: Server, tmp_path: Path, new_job: Callable[..., dict[str, Any]]
) -> None:
    server.engine.handle("sagemaker", "CreateTrainingJob", new_job())
    server.engine.context.storage.put("bucket", "folder/k", b"hello")

    def aws(*arguments: str) -> str:
        done = subprocess.run(
            ["aws", "--endpoint-url", f"http://127.0.0.1:{server.port}", *arguments],
            env={
                **os.environ,
                "AWS_ACCESS_KEY_ID": "local",
                "AWS_SECRET_ACCESS_KEY": "local",
                "AWS_DEFAULT_REGION": "us-east-1",
                "AWS_CONFIG_FILE": os.devnull,
            },
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        return done.stdout

    listed = json.loads(aws("sagemaker", "list-training-jobs", "--output", "json"))
    assert [job["TrainingJobName"] for job in listed["TrainingJobSummaries"]] == ["job-1"]
    assert "folder/" in aws("s3", "ls", "s3://bucket")
    aws("s3", "cp", "s3://bucket/folder/k", str(tmp_path / "k"))
    assert (tmp_path / "k").read_bytes() == b"hello"
