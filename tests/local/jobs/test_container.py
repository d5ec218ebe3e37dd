"""Images: what stands in for a container image here, and what is refused with a cure."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from reconciler.local import container
from reconciler.local.container import ImageNotRunnable, interpreter_for

ECR = "246618743249.dkr.ecr.us-west-2.amazonaws.com"
SCRIPT = {"sagemaker_program": '"train.py"'}


def request(image: str, *, script: bool = True, **algorithm: Any) -> dict[str, Any]:
    return {
        "AlgorithmSpecification": {"TrainingImage": image, **algorithm},
        "HyperParameters": SCRIPT if script else {},
    }


@pytest.mark.parametrize(
    ("image", "name"),
    [
        (f"{ECR}/sagemaker-scikit-learn:1.2-1-cpu-py3", f"{ECR}/sagemaker-scikit-learn"),
        (f"{ECR}/mine@sha256:{'a' * 64}", f"{ECR}/mine"),
        (f"{ECR}/mine:1@sha256:{'a' * 64}", f"{ECR}/mine"),
        ("localhost:5000/team/mine", "localhost:5000/team/mine"),
        ("mine", "mine"),
    ],
)
def test_the_version_is_taken_off_an_image(image: str, name: str) -> None:
    assert container.without_version(image) == name


@pytest.mark.parametrize("version", [":1.2-1-cpu-py3", f"@sha256:{'b' * 64}"])
def test_a_framework_image_in_script_mode_runs_in_this_python(
    monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    monkeypatch.setitem(sys.modules, "sklearn", __import__("json"))
    image = f"{ECR}/sagemaker-scikit-learn{version}"
    assert interpreter_for(request(image), {}) == sys.executable


def test_a_framework_that_is_not_installed_is_refused_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ImageNotRunnable, match="lacks torch transformers: install it there"):
        interpreter_for(request(f"{ECR}/huggingface-pytorch-training:2.6"), {})


def test_a_builtin_algorithm_is_refused() -> None:
    with pytest.raises(ImageNotRunnable, match=r"no built-in algorithms.*'\*/kmeans'"):
        interpreter_for(request(f"{ECR}/kmeans:1"), {})


def test_a_framework_image_without_a_script_is_refused() -> None:
    with pytest.raises(ImageNotRunnable, match="only with a script or a ContainerEntrypoint"):
        interpreter_for(request(f"{ECR}/sagemaker-xgboost:1.7-1", script=False), {})


def test_an_algorithm_by_name_is_refused() -> None:
    with pytest.raises(ImageNotRunnable, match="TrainingImage"):
        interpreter_for({"AlgorithmSpecification": {"AlgorithmName": "mine"}}, {})


def test_a_mapping_beats_the_framework_table_and_ignores_tags() -> None:
    asked = request(f"{ECR}/pytorch-training:2.6.0-gpu")
    assert interpreter_for(asked, {"*/pytorch-*": sys.executable}) == sys.executable


def test_the_first_pattern_that_fits_wins() -> None:
    images = {"*/other": "/nowhere", "*/mine": sys.executable, "*": "/nowhere"}
    assert interpreter_for(request("registry/mine:1"), images) == sys.executable


def test_a_mapping_to_nothing_is_refused() -> None:
    with pytest.raises(ImageNotRunnable, match="mapped to /nowhere/python, which is no program"):
        interpreter_for(request("registry/mine"), {"*": "/nowhere/python"})


def test_a_mapped_image_needs_a_command() -> None:
    with pytest.raises(ImageNotRunnable, match="give the job a script or a ContainerEntrypoint"):
        interpreter_for(request("registry/mine", script=False), {"*": sys.executable})


def test_entrypoint_and_arguments_are_one_command() -> None:
    asked = request("mine", ContainerEntrypoint=["a", "b"], ContainerArguments=["c"])
    assert container.command_of_image(asked) == ["a", "b", "c"]
    assert container.command_of_image(request("mine")) is None
