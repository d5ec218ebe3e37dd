"""What a model refuses becomes one numbered problem at the place of the slip."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from reconciler.core.document import read
from reconciler.core.nodes import plain
from reconciler.core.shape import problems_of
from reconciler.errors import Problem
from reconciler.kinds import KINDS

KIND = KINDS["TrainingJob"]


def problems(text: str) -> list[Problem]:
    node = read(text.encode(), "jobs/a.yaml")
    with pytest.raises(ValidationError) as caught:
        KIND.spec.model_validate(plain(node))
    return list(problems_of(caught.value, node, KIND.spec, KIND.aws_names))


@pytest.mark.parametrize(
    ("text", "code", "where", "help_text"),
    [
        ("colour: red\n", "E101", "1:1", None),
        ("compute: {instance_tpye: ml.m5.large}\n", "E101", "1:11", "instance_type"),
        ("compute:\n  InstanceType: ml.m5.large\n", "E101", "2:3", "instance_type"),
        ("stopping_condition: {MaxWaitTimeInSeconds: 1}\n", "E101", "1:22", "max_wait_time"),
        ("compute: {instance_count: two}\n", "E103", "1:27", None),
        ("stopping_condition: {max_runtime: 3600}\n", "E103", "1:35", None),
        ("script: {framework_version: 2.10}\n", "E104", "1:29", '"2.10"'),
        ("metrics: {loss: {a: 1}}\n", "E103", "1:17", None),
    ],
)
def test_one_slip_is_one_problem_at_its_place(
    text: str, code: str, where: str, help_text: str | None
) -> None:
    (problem,) = problems(text)
    assert problem.code == code
    assert str(problem.place) == f"jobs/a.yaml:{where}"
    if help_text is not None:
        assert help_text in str(problem.help)


def test_several_slips_are_all_told() -> None:
    found = problems("colour: red\ncompute: {instance_count: two, size: 3}\n")
    assert sorted(problem.code for problem in found) == ["E101", "E101", "E103"]


def test_no_value_of_the_containers_environment_is_told() -> None:
    (problem,) = problems("env: {TOKEN: 8675309}\n")
    assert problem.code == "E104"
    assert "8675309" not in f"{problem.message} {problem.help}"
