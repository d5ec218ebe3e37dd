"""What a model refuses becomes one numbered problem at the place of the slip."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args, get_type_hints

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from reconciler.core.document import read
from reconciler.core.environment import Environment
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
        ("instance_count: 1\n", "E101", "1:1", "it belongs under `compute`"),
        ("InstanceCount: 1\n", "E101", "1:1", "did you mean `instance_count` under `compute`?"),
        ("compute: {max_runtime: 1h}\n", "E101", "1:11", "belongs under `stopping_condition`"),
        ("compute: {hyperparameters: {}}\n", "E101", "1:11", "belongs at the top of the document"),
        ("source_dir: code\n", "E101", "1:1", "it belongs under `script` or under `container`"),
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


@pytest.mark.parametrize(
    ("text", "words", "cure"),
    [
        ("name: Bad_Name\n", "a name has lower case letters", "write `bad-name`"),
        (f"name: {'a' * 48}\n", "at most 40 characters; here are 48", None),
        ("compute: {instance_type: m5.large}\n", "ml.m5.xlarge", "write `ml.m5.large`"),
        ("compute: {instance_type: big one}\n", "ml.m5.xlarge", "such as ml.m5.xlarge"),
        ("compute: {instance_count: '1'}\n", "a whole number", "write `1` without quotes"),
        ("compute: {managed_spot_training: 'True'}\n", "`true` or", "write `true` without quotes"),
        ("compute: {instance_count: -1}\n", "it is at least", None),
        ("compute: {instance_preferences: []}\n", "at least 1 entry; here are 0", None),
        (
            "inputs: {train: {s3_uri: s3:/acme-ml/x/}}\n",
            "s3://bucket/key",
            "write `s3://acme-ml/x/`",
        ),
        (
            "inputs: {train: {s3_uri: 'S3://acme-ml/x/'}}\n",
            "s3://bucket/key",
            "write `s3://acme-ml/x/`",
        ),
        (
            "inputs: {train: {s3_uri: s3a://acme-ml/x}}\n",
            "s3://bucket/key",
            "write `s3://acme-ml/x`",
        ),
        ("output: {s3_output_path: s3:acme-ml}\n", "s3://bucket/key", "write `s3://acme-ml`"),
        ("script: {dependencies: lib}\n", "a list goes here", "write `[lib]`"),
        ("script: {entry_script: ../train.py}\n", "inside `source_dir`", "folder around both"),
        ("script: {entry_script: ./a.py}\n", "inside `source_dir`", "write `a.py`"),
        ("checkpoint: true\n", "a map goes here", "keys that it may have: s3_uri, local_path"),
        ("metrics: [a]\n", "a map goes here", None),
        ("metrics: {a: [b]}\n", "text goes here", None),
        ("output: {compression_type: gzip}\n", "one of GZIP, NONE", "did you mean `GZIP`?"),
        ("output: {s3_output_path: s3:///x}\n", "s3://bucket/key", "write `s3://BUCKET/x`"),
        ("inputs: {train: {s3_uri: data/a}}\n", "s3://bucket/key", "write `{path: data/a}`"),
        ("experiment: {run_name: a_b}\n", "letters, digits and hyphens", "write `a-b`"),
    ],
)
def test_a_wrong_value_is_told_in_words_with_what_to_write(
    text: str, words: str, cure: str | None
) -> None:
    (problem,) = problems(text)
    assert problem.code == "E103"
    assert words in problem.message
    assert (cure or "None") in str(problem.help)


def texts_with_a_pattern(annotation: Any) -> Iterator[Any]:
    """Types of texts, at any depth of a model, that are checked against a pattern."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        for hint in get_type_hints(annotation, include_extras=True).values():
            yield from texts_with_a_pattern(hint)
    if any("pattern=" in repr(mark) for mark in getattr(annotation, "__metadata__", ())):
        yield annotation
    for part in get_args(annotation):
        yield from texts_with_a_pattern(part)


@pytest.mark.parametrize("model", [Environment, *(kind.spec for kind in KINDS.values())])
def test_every_pattern_has_words(model: type[BaseModel]) -> None:
    found = list(texts_with_a_pattern(model))
    assert found
    for text in found:
        with pytest.raises(ValidationError) as caught:
            TypeAdapter(text).validate_python("?")
        assert [details["type"] for details in caught.value.errors()] == ["spelling"]
