"""Service models are read from botocore's data, without botocore."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest

from reconciler.servicemodel.load import ModelNotFound, load


def test_an_operation_names_the_shapes_of_its_request_and_answer() -> None:
    operation = load("sagemaker").operation("CreateTrainingJob")
    assert operation.input == "CreateTrainingJobRequest"
    assert operation.output == "CreateTrainingJobResponse"


def test_an_operation_without_an_answer_says_so() -> None:
    assert load("sagemaker").operation("StopTrainingJob").output is None


def test_a_shape_has_its_limits() -> None:
    name = load("sagemaker").shape("TrainingJobName")
    assert (name.type, name.minimum, name.maximum) == ("string", 1, 63)
    assert name.pattern == "[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}"


def test_a_member_of_s3_knows_where_it_stands_in_the_message() -> None:
    condition = load("s3").shape("PutObjectRequest").members["IfNoneMatch"]
    assert (condition.location, condition.wire_name) == ("header", "If-None-Match")


def test_a_model_is_read_once() -> None:
    assert load("sts") is load("sts")


@pytest.mark.parametrize(
    "look",
    [
        lambda: load("no-such-service"),
        lambda: load("sts").operation("NoSuchOperation"),
        lambda: load("sts").shape("NoSuchShape"),
    ],
)
def test_what_botocore_does_not_have_is_an_error_that_says_what(
    look: Callable[[], object],
) -> None:
    with pytest.raises(ModelNotFound, match=r"botocore has no service|sts has no"):
        look()


def test_reading_and_checking_imports_neither_botocore_nor_regex() -> None:
    program = (
        "import sys\n"
        "from reconciler.servicemodel.load import load\n"
        "from reconciler.servicemodel.check import check\n"
        "check(load('sagemaker'), 'DescribeTrainingJob', {'TrainingJobName': 'a'})\n"
        "sys.exit(bool({'botocore', 'boto3', 'regex'} & set(sys.modules)))\n"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
