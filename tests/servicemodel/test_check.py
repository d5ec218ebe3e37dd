"""A request is checked as the service would check it, offline."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.servicemodel.check import Finding, check, check_answer, summary
from reconciler.servicemodel.load import load
from reconciler.servicemodel.pattern import matches

SAGEMAKER = load("sagemaker")
CASES = sorted((Path(__file__).parent / "cases").glob("*.json"))
ROLE = "arn:aws:iam::123456789012:role/training"


def request(**changes: Any) -> dict[str, Any]:
    """A CreateTrainingJob request that fits, with changes; None takes a member out."""
    fitting = {
        "TrainingJobName": "churn-1",
        "RoleArn": ROLE,
        "OutputDataConfig": {"S3OutputPath": "s3://bucket/out"},
    }
    return {name: value for name, value in (fitting | changes).items() if value is not None}


def findings(**changes: Any) -> tuple[Finding, ...]:
    return check(SAGEMAKER, "CreateTrainingJob", request(**changes))


def only(**changes: Any) -> Finding:
    (finding,) = findings(**changes)
    return finding


def test_a_request_that_fits_has_no_findings() -> None:
    assert findings() == ()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_requests_that_people_published_fit(case: Path) -> None:
    assert check(SAGEMAKER, "CreateTrainingJob", json.loads(case.read_text("utf-8"))) == ()


def test_there_are_published_requests_to_check() -> None:
    assert len(CASES) >= 5


def test_a_bad_name_is_told_in_the_words_of_the_service() -> None:
    assert only(TrainingJobName="bad_name") == Finding(
        ("TrainingJobName",),
        "Value 'bad_name' at 'trainingJobName' failed to satisfy constraint: Member must satisfy "
        "regular expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}",
        "pattern",
    )


def test_a_missing_member_is_told_with_its_own_path() -> None:
    assert only(RoleArn=None) == Finding(
        ("RoleArn",),
        "Value null at 'roleArn' failed to satisfy constraint: Member must not be null",
        "required",
    )


def test_an_unknown_member_is_found_at_any_depth() -> None:
    finding = only(OutputDataConfig={"S3OutputPath": "s3://b/o", "S3OutputPaht": "s3://b/o"})
    assert (finding.path, finding.rule) == (("OutputDataConfig", "S3OutputPaht"), "unknown")
    assert "S3OutputPaht" in finding.message


@pytest.mark.parametrize(
    ("changes", "path", "rule"),
    [
        ({"TrainingJobName": "a" * 64}, ("TrainingJobName",), "length"),
        ({"TrainingJobName": 7}, ("TrainingJobName",), "type"),
        ({"TrainingJobName": "ok\n"}, ("TrainingJobName",), "pattern"),
        ({"RoleArn": "arn:short"}, ("RoleArn",), "length"),
        ({"RoleArn": ROLE.replace("123", "\u0661\u0662\u0663")}, ("RoleArn",), "pattern"),
        ({"HyperParameters": {"k": 1}}, ("HyperParameters", "k"), "type"),
        ({"HyperParameters": {"k": "v" * 2501}}, ("HyperParameters", "k"), "length"),
        ({"HyperParameters": {str(n): "" for n in range(101)}}, ("HyperParameters",), "length"),
        ({"InputDataConfig": []}, ("InputDataConfig",), "length"),
        (
            {"StoppingCondition": {"MaxRuntimeInSeconds": 0}},
            ("StoppingCondition", "MaxRuntimeInSeconds"),
            "minimum",
        ),
        (
            {"ResourceConfig": {"KeepAlivePeriodInSeconds": 21601, "VolumeSizeInGB": 1}},
            ("ResourceConfig", "KeepAlivePeriodInSeconds"),
            "maximum",
        ),
        ({"EnableNetworkIsolation": "true"}, ("EnableNetworkIsolation",), "type"),
        (
            {"StoppingCondition": {"MaxRuntimeInSeconds": True}},
            ("StoppingCondition", "MaxRuntimeInSeconds"),
            "type",
        ),
        ({"Tags": [{"Key": "a", "Value": "b!"}]}, ("Tags", 0, "Value"), "pattern"),
        ({"Tags": [{"Key": "ok", "Value": ""}, {"Value": "b"}]}, ("Tags", 1, "Key"), "required"),
    ],
)
def test_each_rule_is_checked(
    changes: dict[str, Any], path: tuple[str | int, ...], rule: str
) -> None:
    finding = only(**changes)
    assert (finding.path, finding.rule) == (path, rule)


def test_tags_may_have_letters_of_every_script() -> None:
    assert findings(Tags=[{"Key": "équipe", "Value": "データ 1"}]) == ()


def test_of_many_choices_the_nearest_are_shown() -> None:
    message = only(ResourceConfig={"InstanceType": "ml.m5.larg", "VolumeSizeInGB": 1}).message
    assert "[ml.m5.large, " in message
    assert message.count("ml.") == 1 + 3
    assert "more]" in message
    assert len(message) < 300


def test_a_slip_for_an_allowed_value_comes_with_that_value() -> None:
    """Only the one that is really near."""
    assert only(AlgorithmSpecification={"TrainingInputMode": "Files"}).nearest == "File"
    assert only(AlgorithmSpecification={"TrainingInputMode": "zzz"}).nearest is None


def test_of_few_choices_all_are_shown() -> None:
    message = only(AlgorithmSpecification={"TrainingInputMode": "Files"}).message
    assert "Member must satisfy enum value set: [Pipe, File, FastFile]" in message


def test_items_are_counted_from_one_in_the_words_of_the_service() -> None:
    assert "at 'tags.1.member.value'" in only(Tags=[{"Key": "a", "Value": "!"}]).message


def test_values_of_maps_are_never_repeated() -> None:
    secret = "hunter2" * 100
    finding = only(Environment={"TOKEN": secret})
    assert "environment.TOKEN" in finding.message
    assert "hunter2" not in finding.message


def test_one_member_of_a_union_must_be_set() -> None:
    assert [
        finding.rule
        for finding in check(
            SAGEMAKER,
            "CreateOptimizationJob",
            {
                "OptimizationJobName": "a",
                "RoleArn": ROLE,
                "ModelSource": {},
                "DeploymentInstanceType": "ml.g5.xlarge",
                "OptimizationConfigs": [{}],
                "OutputConfig": {"S3OutputLocation": "s3://b/o"},
                "StoppingCondition": {},
            },
        )
    ] == ["union"]


def test_an_operation_without_parameters_takes_none() -> None:
    assert check(load("sts"), "GetCallerIdentity", {}) == ()
    assert [f.rule for f in check(load("sts"), "GetCallerIdentity", {"A": 1})] == ["unknown"]


def test_an_answer_may_lack_members_that_the_model_requires() -> None:
    answer = {"TrainingJobName": "churn-1", "TrainingJobStatus": "InProgress"}
    assert check_answer(SAGEMAKER, "DescribeTrainingJob", answer) == ()


def test_an_answer_has_no_unknown_members_and_no_wrong_types() -> None:
    answer = {"Tags": [], "CreationTime": [], "TrainingJobName": "not_checked"}
    found = check_answer(SAGEMAKER, "DescribeTrainingJob", answer)
    assert {(finding.path, finding.rule) for finding in found} == {
        (("Tags",), "unknown"),
        (("CreationTime",), "type"),
    }


def test_an_empty_answer_must_be_empty() -> None:
    assert [f.rule for f in check_answer(SAGEMAKER, "StopTrainingJob", {"A": 1})] == ["unknown"]


def test_a_summary_counts_the_findings_as_the_service_does() -> None:
    one, two = findings(TrainingJobName="bad_name", RoleArn=None)
    assert summary([one]).startswith("1 validation error detected: Value")
    assert summary([one, two]).startswith("2 validation errors detected: Value")


def test_a_pattern_that_python_cannot_read_is_no_constraint() -> None:
    assert matches(r"[\uD800\uDC00-\uDBFF\uDFFF]", "anything")


def test_a_pattern_must_match_the_whole_text() -> None:
    assert matches("[a-z]+", "abc")
    assert not matches("[a-z]+", "abc1")


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from([*request(), "Tags", "Environment"]), values))
def test_any_json_is_judged_and_never_crashes(params: dict[str, Any]) -> None:
    for finding in check(SAGEMAKER, "CreateTrainingJob", params):
        assert finding.path
