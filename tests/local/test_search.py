"""Search finds training jobs by tags and properties."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from reconciler.local.engine import Engine
from reconciler.local.errors import EngineError
from reconciler.local.services.properties import holds


def find(engine: Engine, *filters: tuple[str, ...], **params: Any) -> list[str]:
    keys = ("Name", "Operator", "Value")
    expression = {"Filters": [dict(zip(keys, each, strict=False)) for each in filters]}
    request: dict[str, Any] = {"Resource": "TrainingJob", **params}
    if filters:
        request.setdefault("SearchExpression", expression)
    answer = engine.handle("sagemaker", "Search", request)
    return sorted(result["TrainingJob"]["TrainingJobName"] for result in answer["Results"])


@pytest.fixture
def jobs(engine: Engine, new_job: Callable[..., dict[str, Any]]) -> Engine:
    """Jobs a, b and c with tags and hyperparameters; c has failed."""
    for name, owner, rate in [("a", "git/one", "0.1"), ("b", "git/two", "0.5"), ("c", "", "2")]:
        tags = [{"Key": "git:owner", "Value": owner}, {"Key": "all", "Value": "x"}]
        request = new_job(name, Tags=tags if owner else tags[1:], HyperParameters={"rate": rate})
        engine.handle("sagemaker", "CreateTrainingJob", request)
    engine.context.state.finish(
        "c",
        status="Failed",
        secondary="Failed",
        metrics=[{"MetricName": "auc", "Value": 0.9, "Timestamp": 1.0}],
        training_seconds=9,
    )
    return engine


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ([("Tags.git:owner", "Equals", "git/one")], ["a"]),
        ([("Tags.git:owner", "NotEquals", "git/one")], ["b", "c"]),
        ([("Tags.git:owner", "Exists")], ["a", "b"]),
        ([("Tags.git:owner", "NotExists")], ["c"]),
        ([("Tags.git:owner", "Contains", "git/")], ["a", "b"]),
        ([("Tags.git:owner", "In", "git/two, other")], ["b"]),
        ([("Tags.all", "Equals", "x"), ("TrainingJobStatus", "Equals", "Failed")], ["c"]),
        ([("TrainingJobName", "Equals", "b")], ["b"]),
        ([("HyperParameters.rate", "LessThan", "0.5")], ["a"]),
        ([("HyperParameters.rate", "GreaterThanOrEqualTo", "0.5")], ["b", "c"]),
        ([("Metrics.auc", "GreaterThan", "0.8")], ["c"]),
        ([("TrainingTimeInSeconds", "Equals", "9")], ["c"]),
        ([("EnableNetworkIsolation", "Equals", "true")], []),
        ([("AlgorithmSpecification.TrainingImage", "Contains", "run")], ["a", "b", "c"]),
        ([("CreationTime", "GreaterThan", "2020-01-01T00:00:00")], ["a", "b", "c"]),
        ([("CreationTime", "LessThanOrEqualTo", "2020-01-01T00:00:00")], []),
    ],
)
def test_each_operator_finds_what_it_says(
    jobs: Engine, filters: list[tuple[str, ...]], found: list[str]
) -> None:
    assert find(jobs, *filters) == found


def test_without_an_expression_everything_is_found(jobs: Engine) -> None:
    assert find(jobs) == ["a", "b", "c"]


def test_expressions_can_be_joined_by_or_and_nested(jobs: Engine) -> None:
    either = {
        "Operator": "Or",
        "SubExpressions": [
            {"Filters": [{"Name": "TrainingJobName", "Value": "a"}]},
            {"Filters": [{"Name": "TrainingJobName", "Value": "c"}]},
        ],
    }
    assert find(jobs, SearchExpression=either) == ["a", "c"]


def test_nested_filters_must_hold_for_one_and_the_same_item() -> None:
    def channel(name: str, uri: str) -> dict[str, Any]:
        return {"ChannelName": name, "DataSource": {"S3DataSource": {"S3Uri": uri}}}

    record = {"InputDataConfig": [channel("train", "s3://b/x"), channel("test", "s3://b/y")]}

    def nested(name: str, uri: str) -> dict[str, Any]:
        place = "InputDataConfig.DataSource.S3DataSource.S3Uri"
        filters = [
            {"Name": "InputDataConfig.ChannelName", "Value": name},
            {"Name": place, "Operator": "Contains", "Value": uri},
        ]
        return {"NestedFilters": [{"NestedPropertyName": "InputDataConfig", "Filters": filters}]}

    assert holds(nested("train", "/x"), record)
    assert not holds(nested("train", "/y"), record)


def test_pages_of_search_meet_without_a_gap(jobs: Engine) -> None:
    seen: list[str] = []
    token: dict[str, str] = {}
    while True:
        answer = jobs.handle(
            "sagemaker", "Search", {"Resource": "TrainingJob", "MaxResults": 1, **token}
        )
        assert answer["TotalHits"] == {"Value": 3, "Relation": "EqualTo"}
        seen += [result["TrainingJob"]["TrainingJobName"] for result in answer["Results"]]
        if "NextToken" not in answer:
            break
        token = {"NextToken": answer["NextToken"]}
    # The last one that changed comes first.
    assert seen == ["c", "b", "a"]


def test_results_can_be_sorted_by_a_property_that_some_lack(jobs: Engine) -> None:
    request = {"Resource": "TrainingJob", "SortBy": "TrainingTimeInSeconds"}
    answer = jobs.handle("sagemaker", "Search", request)
    assert answer["Results"][0]["TrainingJob"]["TrainingJobName"] == "c"


def test_a_result_has_the_tags(jobs: Engine) -> None:
    request = {"Resource": "TrainingJob", "MaxResults": 1, "SortBy": "TrainingJobName"}
    (result,) = jobs.handle("sagemaker", "Search", request)["Results"]
    assert result["TrainingJob"]["Tags"] == [{"Key": "all", "Value": "x"}]


def test_a_property_that_does_not_exist_is_refused(jobs: Engine) -> None:
    with pytest.raises(EngineError, match="Unknown property name: Nmae"):
        find(jobs, ("Nmae", "Equals", "a"))


def test_resources_that_do_not_exist_here_are_not_found(jobs: Engine) -> None:
    assert jobs.handle("sagemaker", "Search", {"Resource": "Endpoint"})["Results"] == []
