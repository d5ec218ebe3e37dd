"""Every document belongs to an environment, or is told that it belongs to none."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from reconciler.core.validate import validate
from reconciler.errors import Problem
from reconciler.kinds import KINDS
from tests.support.files import MemoryFiles
from tests.support.story import Story

JOB = """\
apiVersion: sagemaker-gitops/v1
kind: TrainingJob
name: churn
version: 1
builtin: {name: xgboost, algorithm_version: 1.7-1}
hyperparameters: {num_round: 10}
inputs: {train: s3://acme-ml/churn/}
compute: {instance_type: nonsense, instance_count: 1, volume_size: 30GB}
stopping_condition: {max_runtime: 1h}
"""


def environment(name: str, *lines: str) -> str:
    header = ("apiVersion: sagemaker-gitops/v1", "kind: Environment", f"name: {name}")
    return "\n".join((*header, "bucket: acme-ml", *lines, ""))


def local(name: str, *lines: str) -> str:
    return environment(name, "engine: local", *lines)


def paid(name: str, *lines: str) -> str:
    role = "role_arn: arn:aws:iam::444455556666:role/ml"
    return environment(name, 'account_id: "444455556666"', "region: eu-west-1", role, *lines)


def problems(environments: Mapping[str, str], job: str = JOB) -> tuple[Problem, ...]:
    files = {f"environments/{name}.yaml": text for name, text in environments.items()}
    return validate(MemoryFiles({**files, "jobs/churn.yaml": job}), KINDS, {})


def test_two_default_environments_are_told_once_with_both_places() -> None:
    marked = "default: true"
    (problem,) = problems({"a": local("a", marked), "b": paid("b", marked)})
    assert problem.code == "E219"
    assert str(problem.place) == "environments/b.yaml:8:10"
    assert [str(place) for _, place in problem.related] == ["environments/a.yaml:6:10"]


@pytest.mark.parametrize(
    ("environments", "example"),
    [
        ({"a": local("a"), "b": paid("b")}, "{b: {}}"),
        ({"a": local("a"), "b": local("b")}, "{a: {}}"),
        ({"a": paid("a", "default: true"), "b": paid("b")}, "{a: {}}"),
    ],
)
def test_a_document_that_belongs_nowhere_is_told_what_to_write(
    environments: Mapping[str, str], example: str
) -> None:
    (problem,) = problems(environments)
    assert (problem.code, problem.place and problem.place.path) == ("E102", "jobs/churn.yaml")
    assert problem.message == "`environments` is missing"
    assert f"environments: {example}" in str(problem.help)


@pytest.mark.parametrize("nothing", ["{}", "[]"])
def test_a_document_cannot_say_that_it_belongs_nowhere(nothing: str) -> None:
    (problem,) = problems({"a": local("a")}, f"{JOB}environments: {nothing}\n")
    assert problem.code == "E103"
    assert str(problem.place) == "jobs/churn.yaml:10:15"


def test_documents_without_any_environment_are_not_called_valid() -> None:
    (problem,) = problems({})
    assert problem.code == "E219"


@pytest.mark.parametrize("wrong", ["default: maybe", "bucket: x"])
def test_a_document_does_not_move_to_the_other_environment_when_its_own_is_wrong(
    wrong: str,
) -> None:
    """It named none: which one is meant is open until the wrong one is mended."""
    found = problems({"a": local("a", wrong), "b": paid("b")})
    assert {problem.place and problem.place.path for problem in found} == {"environments/a.yaml"}


@pytest.mark.parametrize(
    "environments",
    [{"a": paid("a")}, {"a": local("a", "default: true"), "b": paid("b")}],
)
def test_a_document_that_names_none_belongs_to_the_default_or_the_only_one(
    environments: Mapping[str, str],
) -> None:
    (problem,) = problems(environments)
    assert "instance_type" in problem.message


@pytest.mark.parametrize(
    ("environments", "told"),
    [
        ({"a": paid("a")}, "`churn`: it changed"),
        ({"a": paid("a"), "b": local("b")}, "`churn` in `a`: it changed"),
    ],
)
def test_a_version_that_is_taken_is_told_with_its_environment_where_there_are_several(
    environments: Mapping[str, str], told: str
) -> None:
    """Each environment has a lock of its own."""
    job = JOB.replace("nonsense", "ml.m5.large") + "environments: [a]\n"
    files = {f"environments/{name}.yaml": text for name, text in environments.items()}
    story = Story({**files, "jobs/churn.yaml": job}, "a")
    story.apply("completed")
    story.write({"jobs/churn.yaml": job.replace("num_round: 10", "num_round: 11")})
    (problem,) = validate(MemoryFiles(story.files), KINDS, {"a": story.records})
    assert problem.code == "E201"
    assert problem.message.startswith(told)
