"""ListTrainingJobs filters, sorts and pages as SageMaker does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from reconciler.local.engine import Engine
from reconciler.local.errors import EngineError


@pytest.fixture
def twelve(engine: Engine, new_job: Callable[..., dict[str, Any]]) -> Engine:
    """An engine with jobs job-00 to job-11, one a second from 1000 on; job-03 has failed."""
    for number in range(12):
        engine.handle("sagemaker", "CreateTrainingJob", new_job(f"job-{number:02}"))
    engine.context.state.finish("job-03", status="Failed", secondary="Failed")
    with engine.context.state.database.transaction() as connection:
        connection.execute("UPDATE jobs SET created = 999 + serial, modified = 999 + serial")
        connection.execute("UPDATE jobs SET modified = 2000 WHERE name = 'job-03'")
    return engine


def page(engine: Engine, **params: Any) -> tuple[list[str], str | None]:
    answer = engine.handle("sagemaker", "ListTrainingJobs", params)
    return [job["TrainingJobName"] for job in answer["TrainingJobSummaries"]], answer.get(
        "NextToken"
    )


def names(*numbers: int) -> list[str]:
    return [f"job-{number:02}" for number in numbers]


def test_a_page_has_ten_jobs_the_oldest_first(twelve: Engine) -> None:
    first, token = page(twelve)
    assert first == names(*range(10))
    assert page(twelve, NextToken=token) == (names(10, 11), None)


def test_the_order_can_be_turned(twelve: Engine) -> None:
    assert page(twelve, SortOrder="Descending", MaxResults=2)[0] == names(11, 10)
    assert page(twelve, SortBy="Name", MaxResults=1)[0] == names(0)
    assert page(twelve, SortBy="Status", MaxResults=1)[0] == names(3)


def test_a_job_that_goes_between_two_pages_hides_no_other(twelve: Engine) -> None:
    _, token = page(twelve, MaxResults=4)
    twelve.handle("sagemaker", "DeleteTrainingJob", {"TrainingJobName": "job-03"})
    assert page(twelve, MaxResults=2, NextToken=token)[0] == names(4, 5)


def test_the_status_filters_after_the_page_is_cut(twelve: Engine) -> None:
    first, token = page(twelve, StatusEquals="Failed", MaxResults=3)
    assert (first, token is not None) == ([], True)
    assert page(twelve, StatusEquals="Failed", MaxResults=3, NextToken=token)[0] == names(3)


def test_names_and_times_filter_before(twelve: Engine) -> None:
    assert page(twelve, NameContains="-0", MaxResults=1, SortOrder="Descending")[0] == names(9)
    assert page(twelve, CreationTimeAfter=1007)[0] == names(8, 9, 10, 11)
    when = datetime.fromtimestamp(1007, UTC)
    assert page(twelve, CreationTimeBefore=when)[0] == names(*range(7))
    assert page(twelve, LastModifiedTimeAfter="1970-01-01T00:30:00Z")[0] == names(3)
    assert len(page(twelve, LastModifiedTimeBefore=2000, MaxResults=50)[0]) == 11


def test_warm_pools_and_plans_filter(twelve: Engine) -> None:
    assert page(twelve, WarmPoolStatusEquals="Available") == ([], None)
    plan = "arn:aws:sagemaker:us-east-1:000000000000:training-plan/p"
    assert page(twelve, TrainingPlanArnEquals=plan) == ([], None)


@pytest.mark.parametrize("token", ["nonsense", "e30=", "WyJhIiwgMV0="])
def test_a_token_that_no_page_gave_is_refused(twelve: Engine, token: str) -> None:
    with pytest.raises(EngineError, match="Invalid NextToken"):
        page(twelve, NextToken=token)
