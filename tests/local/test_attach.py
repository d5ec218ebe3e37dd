"""A session with a local SageMaker attached sends nothing to AWS."""

from __future__ import annotations

from pathlib import Path

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.session import Session

from reconciler.local.attach import attach
from reconciler.local.errors import StateError, UnknownCall


def session(root: Path) -> boto3.Session:
    made = boto3.Session(
        aws_access_key_id="local", aws_secret_access_key="local", region_name="eu-west-1"
    )
    attach(made, root, account_id="123456789012", region="eu-west-1")
    return made


def test_a_service_that_the_engine_does_not_have_is_an_error(local_root: Path) -> None:
    with pytest.raises(UnknownCall, match="does not have dynamodb"):
        session(local_root).client("dynamodb").list_tables()


def test_an_operation_that_the_engine_does_not_have_is_an_error(local_root: Path) -> None:
    with pytest.raises(UnknownCall, match="sagemaker:ListPipelines"):
        session(local_root).client("sagemaker").list_pipelines()


def test_an_unsigned_request_is_refused_as_by_aws(local_root: Path) -> None:
    client = session(local_root).client("s3", config=Config(signature_version=UNSIGNED))
    with pytest.raises(ClientError, match="authentication token"):
        client.list_buckets()


def test_a_session_of_botocore_can_be_attached_too(local_root: Path) -> None:
    core = Session()
    core.set_credentials("local", "local")
    attach(core, local_root)
    identity = core.create_client("sts", region_name="us-east-1").get_caller_identity()
    assert identity["Account"] == "000000000000"


def test_account_and_region_are_those_that_were_given(local_root: Path) -> None:
    client = session(local_root).client("s3")
    client.create_bucket(
        Bucket="bucket", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    assert client.head_bucket(Bucket="bucket")["BucketRegion"] == "eu-west-1"
    assert session(local_root).client("sts").get_caller_identity()["Account"] == "123456789012"


def test_attaching_makes_nothing_until_something_is_asked(tmp_path: Path) -> None:
    made = session(tmp_path / "engine")
    assert not (tmp_path / "engine").exists()
    made.client("sts").get_caller_identity()
    assert (tmp_path / "engine" / "state.db").exists()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StateError, match="cannot use"):
        session(tmp_path / "file").client("sts").get_caller_identity()
