"""What a document of a training job may say, and what is refused before any rule is asked."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from reconciler.core.content import content
from reconciler.core.scalars import Float, Integer
from reconciler.kinds.training_job.kind import TrainingJob
from reconciler.kinds.training_job.spec import TrainingJobSpec
from tests.kinds.jobs import job


def refusal(document: dict[str, Any]) -> dict[str, Any]:
    with pytest.raises(ValidationError) as caught:
        TrainingJobSpec.model_validate(document)
    (error,) = caught.value.errors()
    return dict(error)


@pytest.mark.parametrize(
    ("document", "written"),
    [
        ({"script": {"framework_version": Float(2.1, "2.10")}}, "2.10"),
        ({"env": {"SEED": Integer(7)}}, "7"),
        ({"env": {"DEBUG": True}}, "true"),
        ({"tags": {"cost": Integer(10)}}, "10"),
        ({"debugger": {"hook_parameters": {"save": Integer(100)}}}, "100"),
    ],
)
def test_a_number_where_text_is_meant_must_be_quoted(
    document: dict[str, Any], written: str
) -> None:
    error = refusal(document)
    assert error["type"] == "E104"
    assert error["ctx"]["help"] == f'write "{written}"'


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"stopping_condition": {"max_runtime": Integer(3600)}}, "3600s or 1h"),
        ({"compute": {"volume_size": Integer(30)}}, "30GB"),
        ({"compute": {"instance_count": Integer(0)}}, "greater than or equal to 1"),
        ({"compute": {"keep_alive_period": "7h"}}, "0s to 6h, not 7h"),
        ({"stopping_condition": {"max_pending_time": "10m"}}, "30m to 28d, not 10m"),
        ({"compute": {"instance_type": "m5.xlarge"}}, "ml.m5.xlarge"),
        ({"script": {"entry_script": "../train.py"}}, "a path inside"),
        ({"profiler": {"profiling_interval": "500"}}, "500ms"),
        ({"api_overrides": {"TrainingJobName": "x"}}, "derived"),
        ({"inputs": {"train": {"s3_uri": "bucket/key"}}}, "s3://bucket/key"),
    ],
)
def test_a_value_of_the_wrong_form_is_refused(document: dict[str, Any], message: str) -> None:
    assert message in refusal(document)["msg"]


def test_an_unknown_key_is_refused_at_its_path() -> None:
    error = refusal({"compute": {"instance_typ": "ml.m5.large"}})
    assert error["type"] == "extra_forbidden"
    assert error["loc"] == ("compute", "instance_typ")


def test_content_tells_a_number_from_the_same_characters_in_quotes() -> None:
    values = {
        "a": Float(0.1, "0.10"),
        "b": "0.10",
        "c": Integer(16, "0x10"),
        "d": "adam",
        "e": None,
    }
    spec = TrainingJobSpec.model_validate({"hyperparameters": values})
    assert content(spec, ())["hyperparameters"] == {
        "a": "0.10",
        "b": '"0.10"',
        "c": "0x10",
        "d": "adam",
        "e": None,
    }


def test_content_has_neither_defaults_nor_what_changes_in_place() -> None:
    spec = job({"tags": {"a": "b"}, "owner": "ml", "compute": {"keep_alive_period": "1h"}})
    plain = content(spec, TrainingJob.in_place)
    assert plain["compute"] == {"instance_type": "ml.m5.xlarge", "instance_count": 1}
    assert plain.keys() == {"role_arn", "container", "compute"}


def test_a_group_that_holds_only_what_changes_in_place_leaves_no_trace() -> None:
    with_pool = TrainingJobSpec.model_validate({"compute": {"keep_alive_period": "1h"}})
    assert content(with_pool, TrainingJob.in_place) == {}


def test_an_empty_group_that_means_something_stays_in_the_content() -> None:
    spec = TrainingJobSpec.model_validate({"distributed": {"torchrun": {}}, "checkpoint": {}})
    assert content(spec, ()) == {"distributed": {"torchrun": {}}, "checkpoint": {}}
