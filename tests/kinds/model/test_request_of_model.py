"""What a model is created with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reconciler.core.call import Call
from reconciler.core.fields import from_request
from reconciler.core.images import references, replaced
from reconciler.core.kind import Reference, Source
from reconciler.kinds.model.fields import TABLE
from reconciler.servicemodel.check import check
from reconciler.servicemodel.load import load
from tests.kinds.jobs import environment
from tests.kinds.model.models import ARTIFACT, CODE, KIND, SKLEARN, model, request, several

CASES = sorted((Path(__file__).parents[1] / "requests" / "model").glob("*.json"))
IMAGE = {"image": "i:1"}


def test_the_artifact_of_a_job_is_a_tar_at_its_recorded_place() -> None:
    assert request()["PrimaryContainer"] == {
        "Image": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/serve:1",
        "ModelDataUrl": ARTIFACT,
    }


def test_an_uncompressed_artifact_of_a_job_is_a_prefix() -> None:
    prefix = "s3://acme/jobs/churn-xgb/output/model/"
    container = request(outputs={("artifact",): prefix})["PrimaryContainer"]
    assert "ModelDataUrl" not in container
    assert container["ModelDataSource"]["S3DataSource"] == {
        "S3Uri": prefix,
        "S3DataType": "S3Prefix",
        "CompressionType": "None",
    }


def test_a_prefix_of_many_models_is_a_url() -> None:
    artifact = {"artifact": {"job": None, "s3_uri": "s3://b/models/"}}
    container = request(artifact, {"container": {"mode": "MultiModel"}})["PrimaryContainer"]
    assert container["ModelDataUrl"] == "s3://b/models/"
    assert "ModelDataSource" not in container


@pytest.mark.parametrize(
    ("uri", "kind", "compression"),
    [
        ("s3://b/m.tar.gz", "S3Object", "Gzip"),
        ("s3://b/m.bin", "S3Object", "None"),
        ("s3://b/m/", "S3Prefix", "None"),
    ],
)
def test_what_a_url_cannot_say_makes_it_a_data_source(
    uri: str, kind: str, compression: str
) -> None:
    artifact = {"job": None, "s3_uri": uri, "model_access": {"accept_eula": True}}
    container = request({"artifact": artifact})["PrimaryContainer"]
    assert "ModelDataUrl" not in container
    assert container["ModelDataSource"]["S3DataSource"] == {
        "S3Uri": uri,
        "S3DataType": kind,
        "CompressionType": compression,
        "ModelAccessConfig": {"AcceptEula": True},
    }


def test_a_model_without_an_artifact_has_an_image_only() -> None:
    assert list(request({"artifact": None})["PrimaryContainer"]) == ["Image"]


def test_a_framework_stands_for_the_inference_image_of_aws() -> None:
    image = request(SKLEARN)["PrimaryContainer"]["Image"]
    assert image.endswith(".dkr.ecr.eu-west-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3")


def test_the_instance_type_decides_between_the_images_of_a_framework() -> None:
    pytorch = {"framework": "pytorch", "framework_version": "2.6", "image": None}
    for instance_type, processor in (("ml.g5.xlarge", "gpu"), ("ml.m5.large", "cpu")):
        container = {"container": {**pytorch, "instance_type": instance_type}}
        image = request(container)["PrimaryContainer"]["Image"]
        assert image.endswith(f"/pytorch-inference:2.6-{processor}-py312")


def test_code_goes_up_and_the_container_is_told_where_it_is() -> None:
    spec = model(SKLEARN, CODE)
    assert KIND.sources(spec) == (Source(("container",), ("serving",), "tar"),)
    assert request(SKLEARN, CODE)["PrimaryContainer"]["Environment"] == {
        "SAGEMAKER_PROGRAM": "inference.py",
        "SAGEMAKER_SUBMIT_DIRECTORY": "s3://acme/code/abc/sourcedir.tar.gz",
        "SAGEMAKER_CONTAINER_LOG_LEVEL": "20",
        "SAGEMAKER_REGION": "eu-west-1",
    }


def test_a_variable_of_the_document_wins_over_one_of_ours() -> None:
    env = {"env": {"SAGEMAKER_REGION": "eu-central-1", "A": "b"}}
    sent = request(SKLEARN, CODE, env)["PrimaryContainer"]["Environment"]
    assert (sent["SAGEMAKER_REGION"], sent["A"]) == ("eu-central-1", "b")


def test_several_containers_keep_their_order_and_each_has_its_own_artifact_and_code() -> None:
    first = {**IMAGE, "artifact": {"job": "prepare"}}
    second = {"framework": "sklearn", "framework_version": "1.2-1", **CODE["container"]}
    spec = several(first, {**second, "artifact": {"job": "churn-xgb", "version": 3}})
    found = KIND.references(model(spec))
    assert found == (
        Reference(("containers", "0", "artifact"), "prepare", newest=True),
        Reference(("containers", "1", "artifact"), "churn-xgb", 3, newest=True),
    )
    sent = request(spec)
    assert "PrimaryContainer" not in sent
    assert [container["ModelDataUrl"] for container in sent["Containers"]] == [ARTIFACT, ARTIFACT]
    assert "SAGEMAKER_PROGRAM" in sent["Containers"][1]["Environment"]
    assert "Environment" not in sent["Containers"][0]


def test_overrides_are_laid_over_the_request() -> None:
    sent = request({"api_overrides": {"PrimaryContainer": {"Image": "other:2"}}})
    assert sent["PrimaryContainer"] == {"Image": "other:2", "ModelDataUrl": ARTIFACT}


def test_the_environment_gives_the_role_where_the_document_does_not() -> None:
    role = "arn:aws:iam::111122223333:role/default"
    sent = request({"role_arn": None}, environment=environment(role_arn=role))
    assert sent["ExecutionRoleArn"] == role


def test_an_image_is_pinned_where_it_stands() -> None:
    call = Call("CreateModel", request())
    (image,) = references(call, KIND.image_members)
    assert image == "111122223333.dkr.ecr.eu-west-1.amazonaws.com/serve:1"
    pinned = replaced(call, KIND.image_members, {image: "repository@sha256:1"})
    assert pinned.params["PrimaryContainer"]["Image"] == "repository@sha256:1"
    assert references(call, KIND.image_members) == (image,)


def test_each_of_several_containers_is_pinned() -> None:
    call = Call("CreateModel", request(several({"image": "i:1"}, {"image": "j:1"})))
    assert references(call, KIND.image_members) == ("i:1", "j:1")
    pinned = replaced(call, KIND.image_members, {"j:1": "j@sha256:1"})
    assert references(pinned, KIND.image_members) == ("i:1", "j@sha256:1")


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_published_requests_come_back(path: Path) -> None:
    wanted: dict[str, Any] = json.loads(path.read_text())
    name = wanted.pop("ModelName")
    values = from_request(TABLE, wanted)
    blank = dict.fromkeys(("role_arn", "artifact", "container"))
    given = request(blank, values, physical_name=name)
    assert given == {"ModelName": name, **wanted}


@pytest.mark.parametrize(
    "change",
    [
        {},
        several({**IMAGE, "hostname": "a"}, {**IMAGE, "hostname": "b"},
                inference_execution={"mode": "Direct"}),
        {"networking": {"subnets": ["subnet-1"], "security_group_ids": ["sg-1"]}},
        {"container": {"image": None, "model_package_name": "churn/3"}, "artifact": None},
    ],
)  # fmt: skip
def test_every_request_fits_the_service_model(change: dict[str, Any]) -> None:
    assert list(check(load("sagemaker"), "CreateModel", request(change))) == []
