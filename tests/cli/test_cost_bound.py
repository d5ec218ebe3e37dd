"""What a launch may cost, in the plan and against the limit."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.cli.conftest import FILES, JOB, PROD

PRICES = "prices: {ml.m5.large: 0.1280}\n"
MINE = JOB + "environments: [prod]\n"


@pytest.mark.parametrize(
    ("more", "shown"),
    [("", None), (PRICES, "$0.03"), (PRICES + "limits: {max_cost_usd: 1}\n", "$0.03")],
)
def test_a_plan_bounds_the_cost_where_the_prices_are_known(
    make_repo: Any, more: str, shown: str | None
) -> None:
    """Ten minutes of one instance, rounded up."""
    repo = make_repo({**FILES, "environments/prod.yaml": PROD + more, "jobs/digits.yaml": MINE})
    text = repo.run("plan", "-e", "prod", "--offline").stdout
    assert (f"at most {shown}" in text) == (shown is not None)
    (change,) = json.loads(repo.run("plan", "-e", "prod", "--offline", "-o", "json").stdout)[
        "changes"
    ]
    assert change["cost_bound"] == shown


def test_the_month_is_told_where_it_is_bounded(make_repo: Any) -> None:
    """Beside the launches, in each form; a launch that would pass it is held with the amounts."""
    more = PRICES + "limits: {max_monthly_cost_usd: 1}\n"
    repo = make_repo({**FILES, "environments/prod.yaml": PROD + more, "jobs/digits.yaml": MINE})
    month = datetime.now(UTC).strftime("%Y-%m")
    said = f"{month}: $0.00 spent, $1.00 allowed."
    assert f"Spending in {said}" in repo.run("plan", "-e", "prod", "--offline").stdout
    assert f" · {said}\n" in repo.run("plan", "-e", "prod", "--offline", "-o", "md").stdout
    found = json.loads(repo.run("plan", "-e", "prod", "--offline", "-o", "json").stdout)
    assert found["month"] == {"month": month, "spent": "0", "promised": "0", "limit": 1}
    copies = {
        f"jobs/digits-{n}.yaml": MINE.replace("name: digits", f"name: digits-{n}")
        for n in range(50)
    }
    repo.write(copies)
    text = repo.run("plan", "-e", "prod", "--offline").stdout
    assert "+ launch" not in text and "51 held" in text
    assert "these launches $1.53 more, `limits.max_monthly_cost_usd` allows $1.00" in text


ENDPOINT = """\
apiVersion: sagemaker-gitops/v1
kind: Endpoint
name: live
environments: [prod]
variants: {main: {model: served, instance_type: ml.m5.large, initial_instance_count: 3}}
"""
MODEL = """\
apiVersion: sagemaker-gitops/v1
kind: Model
name: served
environments: [prod]
artifact: {s3_uri: s3://acme-ml/models/one.tar.gz}
container: {image: 444455556666.dkr.ecr.eu-west-1.amazonaws.com/serve:1.0}
"""


def test_an_endpoint_says_what_it_costs_as_long_as_it_is_there(make_repo: Any) -> None:
    """It is billed around the clock, and no launch of a job says so."""
    jobs = {"jobs/live.yaml": ENDPOINT, "jobs/served.yaml": MODEL}
    repo = make_repo({**FILES, "environments/prod.yaml": PROD + PRICES, **jobs})
    for style in ("text", "md"):
        text = repo.run("plan", "-e", "prod", "--offline", "-o", style).stdout
        assert "3 × ml.m5.large" in text and "$0.39 an hour" in text.replace("&#36;", "$"), text


def test_a_limit_without_a_price_refuses_with_what_to_add(make_repo: Any) -> None:
    """A bound that is not known could be anything."""
    prod = PROD + "limits: {max_cost_usd: 1000}\n"
    repo = make_repo({**FILES, "environments/prod.yaml": prod, "jobs/digits.yaml": MINE})
    result = repo.run("validate")
    assert result.exit_code == 1
    assert "E206" in result.output
    assert "ml.m5.large costs in USD per hour under `prices`" in result.output


def test_the_bound_is_told_for_the_time_and_the_attempts_that_it_is_for(make_repo: Any) -> None:
    """Waiting for spot capacity is counted, further attempts are not."""
    mine = MINE.replace("instance_count: 1", "instance_count: 1, managed_spot_training: true")
    mine = mine.replace("max_runtime: 10m", "max_runtime: 10m, max_wait_time: 1h")
    mine += "retry: {max_attempts: 3}\n"
    repo = make_repo({**FILES, "environments/prod.yaml": PROD + PRICES, "jobs/digits.yaml": mine})
    for style in ("text", "md"):
        text = repo.run("plan", "-e", "prod", "--offline", "-o", style).stdout
        assert "at most 1h with waiting, spot" in text
        assert "at most $0.13 for each of 3 attempts" in text
