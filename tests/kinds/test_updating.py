"""What can change on a job that was launched, and when."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.core.call import Call
from reconciler.core.live import Observation
from reconciler.servicemodel.check import check
from reconciler.servicemodel.load import load
from tests.kinds.jobs import KIND, job
from tests.kinds.test_observing import ANSWER

POOL = {
    "TrainingJobStatus": "Completed",
    "ResourceConfig": {"KeepAlivePeriodInSeconds": 1800},
    "WarmPoolStatus": {"Status": "Available"},
}


def update(before: dict[str, Any], after: dict[str, Any], **members: Any) -> tuple[Call, ...] | str:
    live: Observation = KIND.observe(ANSWER | members)
    return KIND.update(job(after), KIND.in_place_values(job(before)), live)


def test_values_that_sagemaker_holds_are_told_by_key() -> None:
    spec = job(
        {"tags": {"a": "b"}, "owner": "ml", "remote_debug": True, "description": "x"},
        {"compute": {"keep_alive_period": "30m"}, "profiler": {"disable_profiler": True}},
    )
    assert KIND.in_place_values(spec) == {
        "tags": {"a": "b"},
        "owner": "ml",
        "compute.keep_alive_period": 1800,
        "profiler": {"disable_profiler": True},
        "remote_debug": True,
    }


def test_nothing_changed_means_no_call() -> None:
    assert update({"tags": {"a": "b"}}, {"tags": {"a": "b"}}) == ()


def test_tags_are_added_and_removed_in_any_state() -> None:
    calls = update(
        {"tags": {"a": "1", "gone": "x"}},
        {"tags": {"a": "2"}, "owner": "ml"},
        TrainingJobStatus="Completed",
    )
    arn = ANSWER["TrainingJobArn"]
    added = [{"Key": "a", "Value": "2"}, {"Key": "owner", "Value": "ml"}]
    assert calls == (
        Call("AddTags", {"ResourceArn": arn, "Tags": added}),
        Call("DeleteTags", {"ResourceArn": arn, "TagKeys": ["gone"]}),
    )


def test_a_warm_pool_is_kept_longer_while_it_is_there() -> None:
    keep = {"compute": {"keep_alive_period": "30m"}}
    longer = {"compute": {"keep_alive_period": "1h"}}
    assert update(keep, longer, **POOL) == (
        Call(
            "UpdateTrainingJob",
            {
                "TrainingJobName": "churn-0123456789",
                "ResourceConfig": {"KeepAlivePeriodInSeconds": 3600},
            },
        ),
    )


@pytest.mark.parametrize(
    ("before", "after", "members", "reason"),
    [
        ({}, {"compute": {"keep_alive_period": "1h"}}, {}, "without a warm pool"),
        ({"compute": {"keep_alive_period": "30m"}}, {"compute": {"keep_alive_period": "1h"}},
         POOL | {"WarmPoolStatus": {"Status": "Terminated"}}, "the warm pool is Terminated"),
        ({"compute": {"keep_alive_period": "30m"}}, {"compute": {"keep_alive_period": "1h"}},
         POOL | {"WarmPoolStatus": None}, "not there yet"),
        ({"compute": {"keep_alive_period": "30m"}}, {}, POOL, "was removed"),
        ({}, {"profiler": {"disable_profiler": True}}, {"TrainingJobStatus": "Completed"},
         "the job is Completed, not InProgress"),
        ({}, {"remote_debug": True}, {"SecondaryStatus": "Starting"}, "at Starting"),
        ({}, {"remote_debug": True}, {"TrainingJobStatus": "Stopping"}, "the job is Stopping"),
        ({}, {"remote_debug": True, "tags": {"a": "b"}}, {"TrainingJobStatus": "Failed"},
         "`remote_debug`: the job is Failed"),
    ],
)  # fmt: skip
def test_what_the_state_no_longer_allows_is_told_and_not_tried(
    before: dict[str, Any], after: dict[str, Any], members: dict[str, Any], reason: str
) -> None:
    answer = update(before, after, **members)
    assert isinstance(answer, str)
    assert reason in answer


def test_a_profiler_is_changed_with_the_path_it_has_and_rules_get_their_image() -> None:
    calls = update(
        {"profiler": {"profiling_interval": "500ms"}},
        {"profiler": {"profiling_interval": "1s", "rules": {"r": {"rule_parameters": {"a": "b"}}}}},
        ProfilerConfig={"S3OutputPath": "s3://acme/jobs/churn/"},
    )
    assert not isinstance(calls, str)
    (call,) = calls
    assert call.params["ProfilerConfig"] == {
        "S3OutputPath": "s3://acme/jobs/churn/",
        "ProfilingIntervalInMilliseconds": 1000,
    }
    (rule,) = call.params["ProfilerRuleConfigurations"]
    assert "sagemaker-debugger-rules" in rule["RuleEvaluatorImage"]
    assert list(check(load("sagemaker"), call.operation, call.params)) == []


def test_remote_debug_is_switched_on_while_the_job_trains() -> None:
    calls = update({}, {"remote_debug": True})
    assert not isinstance(calls, str)
    assert [call.params.get("RemoteDebugConfig") for call in calls] == [{"EnableRemoteDebug": True}]


def test_the_other_calls_name_the_job() -> None:
    name = {"TrainingJobName": "churn-1"}
    assert KIND.look("churn-1") == Call("DescribeTrainingJob", name)
    assert KIND.stop("churn-1") == Call("StopTrainingJob", name)
