"""Image URIs from the table."""

from __future__ import annotations

import pytest

from reconciler.kinds.images import UnknownImage, image_uri, is_accelerated, names, versions

GPU, TRAINIUM = "ml.g5.xlarge", "ml.trn1.2xlarge"
DLC = "763104351884"

KNOWN: list[tuple[str, str | None, dict[str, str], str, str]] = [
    ("sklearn", "1.2-1", {"python_version": "py3"},
     "246618743249", "sagemaker-scikit-learn:1.2-1-cpu-py3"),
    ("pytorch", "2.6", {"instance_type": GPU}, DLC, "pytorch-training:2.6-gpu-py312"),
    ("pytorch", "2.4.0", {"region": "us-gov-west-1", "python_version": "py311"},
     "442386744353", "pytorch-training:2.4.0-cpu-py311"),
    ("pytorch", "2.6.0", {"region": "cn-north-1"},
     "727897471807", "pytorch-training:2.6.0-cpu-py312"),
    ("xgboost", "1.7-1", {}, "246618743249", "sagemaker-xgboost:1.7-1"),
    ("xgboost", "1", {}, "433757028032", "xgboost:1"),
    ("linear-learner", None, {}, "174872318107", "linear-learner:1"),
    ("huggingface", "4.49.0", {"instance_type": GPU, "base": "pytorch2.5.1"}, DLC,
     "huggingface-pytorch-training:2.5.1-transformers4.49.0-gpu-py311-cu124-ubuntu22.04"),
    ("pytorch-smp", "2.2.0", {"instance_type": "ml.p4d.24xlarge"},
     "658645717510", "smdistributed-modelparallel:2.2.0-gpu-py310-cu121"),
    ("pytorch-neuron", "1.11.0", {"instance_type": TRAINIUM}, DLC,
     "pytorch-training-neuron:1.11.0-neuron-py38-sdk2.4.0-ubuntu20.04"),
    ("tensorflow", "1.13.1", {"python_version": "py2"},
     "520713654638", "sagemaker-tensorflow-scriptmode:1.13.1-cpu-py2"),
    ("pytorch-amzn2023", "2.14", {"instance_type": GPU}, DLC,
     "pytorch:2.14-cu133-amzn2023-sagemaker"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "version", "options", "account", "image"), KNOWN)
def test_the_uri_is_the_one_that_aws_own_sdk_gives(
    name: str, version: str | None, options: dict[str, str], account: str, image: str
) -> None:
    options = {"region": "us-west-2", "instance_type": "ml.m5.xlarge"} | options
    host = f"{account}.dkr.ecr.{options['region']}.amazonaws.com"
    host += ".cn" if options["region"].startswith("cn-") else ""
    assert image_uri(name, version, **options) == f"{host}/{image}"  # type: ignore[arg-type]


CUDA_11: list[tuple[str, str, str, bool, str]] = [
    ("tensorflow", "1.15.5", "ml.p4d.24xlarge", False, "1.15.5-gpu-py37-cu110-ubuntu18.04"),
    ("pytorch", "1.6", "ml.p3.16xlarge", True, "1.6-gpu-py36-cu110-ubuntu18.04-v3"),
    ("pytorch", "1.6", "ml.p3.16xlarge", False, "1.6-gpu-py36"),
    ("pytorch", "2.0.1", "ml.p4d.24xlarge", True, "2.0.1-gpu-py310"),
]


@pytest.mark.parametrize(("name", "version", "instance", "smdistributed", "tag"), CUDA_11)
def test_the_first_images_with_cuda_11_are_for_those_who_need_it(
    name: str, version: str, instance: str, smdistributed: bool, tag: str
) -> None:
    """p4d instances and AWS's smdistributed libraries; later images have one tag for all."""
    uri = image_uri(
        name, version, region="us-west-2", instance_type=instance, smdistributed=smdistributed,
        python_version="py36" if version == "1.6" else None,
    )  # fmt: skip
    assert uri.partition(":")[2] == tag


@pytest.mark.parametrize(
    ("name", "version", "options", "part", "hint"),
    [
        ("pytorhc", "2.6", {}, "framework", "pytorch"),
        ("pytorch", "9.9.9", {}, "version", "nearest of 57: "),
        ("sklearn", "9.9", {}, "version", "known: 0.20.0, 0.23-1, 1.0-1, 1.2-1, 1.4-2, "),
        ("pytorch", "2.6.1", {}, "version", "2.5.1, 2.6, 2.6.0, 2.7, 2.7.1"),
        ("pytorch", "2.6.0", {"region": "us-moon-1"}, "region", "us-"),
        ("pytorch", "2.6.0", {"python_version": "py27"}, "python_version", "py312"),
        ("pytorch", "2.6.0", {"instance_type": "ml.trn1.2xlarge"}, "instance_type", "cpu, gpu"),
        ("huggingface", "4.49.0", {"base": "pytorch9"}, "base", "pytorch2.5.1"),
    ],
)  # fmt: skip
def test_what_the_table_does_not_have_is_refused_with_what_is_near(
    name: str, version: str, options: dict[str, str], part: str, hint: str
) -> None:
    options = {"region": "us-west-2", "instance_type": "ml.g5.xlarge"} | options
    with pytest.raises(UnknownImage) as caught:
        image_uri(name, version, **options)  # type: ignore[arg-type]
    assert caught.value.part == part
    assert hint in (caught.value.help or "")


def test_an_image_that_depends_on_the_instance_type_says_what_there_is() -> None:
    """A model has no instances of its own, so its document must say for which it is."""
    with pytest.raises(UnknownImage) as caught:
        image_uri("pytorch", "2.6", region="us-west-2", scope="inference")
    assert "cpu, gpu" in (caught.value.help or "")


def test_the_newest_version_comes_last() -> None:
    assert versions("pytorch")[-1] == "2.10.0"
    assert versions("xgboost")[-1] == "3.2-0"


def test_frameworks_and_algorithms_are_in_the_table() -> None:
    assert {"sklearn", "pytorch", "tensorflow", "xgboost", "kmeans", "seq2seq"} <= set(names())


def test_accelerated_instance_types_are_told_by_their_family() -> None:
    assert is_accelerated("ml.p5.48xlarge")
    assert is_accelerated("ml.trn1.2xlarge")
    assert not is_accelerated("ml.m5.xlarge")
