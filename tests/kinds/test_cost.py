"""`limits.max_cost_usd` and that of a month: refused when the bound is over it, or is not known."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from reconciler.core.environment import Environment
from reconciler.core.scalars import Float, Integer
from tests.kinds.jobs import KIND, environment, job

PRICES = {"ml.m5.xlarge": Float(0.23, "0.230"), "ml.g5.xlarge": Integer(2)}


def refusals(prices: Any, limit: int | None, *changes: dict[str, Any]) -> list[str]:
    limits = {} if limit is None else {"max_cost_usd": limit}
    where = environment(prices=prices, limits=limits)
    return [f"{f.code}: {f.message}" for f in KIND.check(job(*changes), where)]


def test_a_price_keeps_its_digits() -> None:
    assert environment(prices=PRICES).prices == {
        "ml.m5.xlarge": Decimal("0.230"),
        "ml.g5.xlarge": Decimal(2),
    }


@pytest.mark.parametrize("price", ["0.23", -1, True, None, 1e30])
def test_a_price_is_a_number_from_zero(price: Any) -> None:
    with pytest.raises(ValidationError, match="US dollars for one hour"):
        environment(prices={"ml.m5.xlarge": price})


def test_a_job_within_the_limit_passes() -> None:
    assert refusals(PRICES, 6) == []
    assert refusals(None, None) == []
    assert refusals({"ml.m5.xlarge": 0}, None) == []


def test_a_job_over_the_limit_is_refused_with_both_amounts() -> None:
    (said,) = refusals(PRICES, 5)
    assert said == "E206: the job may cost $5.52, $5.00 are allowed in dev"
    more = {"api_overrides": {"ResourceConfig": {"InstanceCount": 1000}}}
    assert refusals(PRICES, 5519, more)
    assert not refusals(PRICES, 5520, more)


def test_a_price_that_is_not_known_is_refused_with_what_to_add() -> None:
    where = environment(limits={"max_cost_usd": 10**9})
    (finding,) = KIND.check(job(), where)
    assert finding.code == "E206"
    assert "the price of ml.m5.xlarge is not known" in finding.message
    assert "ml.m5.xlarge costs in USD per hour under `prices`" in str(finding.help)


def test_a_job_that_would_pass_the_limit_of_a_month_alone_is_refused() -> None:
    limits = {"max_cost_usd": 100, "max_monthly_cost_usd": 5}
    (found,) = KIND.check(job(), environment(prices=PRICES, limits=limits))
    assert found.message == "the job may cost $5.52, $5.00 are allowed for a month in dev"
    assert not [*KIND.check(job(), environment(prices=PRICES, limits={"max_monthly_cost_usd": 6}))]
    (found,) = KIND.check(job(), environment(limits={"max_monthly_cost_usd": 6}))
    assert "`limits.max_monthly_cost_usd` of dev bounds the cost" in found.message


def test_a_price_of_zero_bounds_nothing() -> None:
    """It is what was written for a price that nobody looked up."""
    (said,) = refusals({"ml.m5.xlarge": 0}, 0)
    assert "the price of ml.m5.xlarge is 0" in said


def test_a_job_over_the_limit_is_told_where_it_says_what_it_runs_on() -> None:
    """Not at the first line of `compute`, which may be another key."""
    groups = {"gpu": {"instance_type": "ml.p4d.24xlarge", "instance_count": 1}}
    hetero = {"compute": {"instance_type": None, "instance_count": None, "instance_groups": groups}}
    (found,) = KIND.check(job(hetero), environment(prices=PRICES, limits={"max_cost_usd": 1}))
    assert found.path == ("compute", "instance_groups", "gpu", "instance_type")
    prices = {"ml.p4d.24xlarge": 32}
    (found,) = KIND.check(job(hetero), environment(prices=prices, limits={"max_cost_usd": 1}))
    assert found.path == ("compute", "instance_groups")


def test_the_bound_of_a_job_that_is_tried_again_is_told_for_each_attempt() -> None:
    """Each attempt is a job of its own, with a launch that is approved for itself."""
    (said,) = refusals(PRICES, 5, {"retry": {"max_attempts": 3}})
    assert said.startswith("E206: each of 3 attempts may cost $5.52, ")


def test_a_job_without_instances_has_no_bound() -> None:
    serverless = {
        "container": None,
        "compute": None,
        "serverless": {"base_model_arn": "arn:aws:x", "job_type": "FineTuning"},
    }
    (said,) = refusals(PRICES, 100, serverless)
    assert "cannot be told" in said


def test_the_example_environment_lists_a_price_for_each_type_it_allows() -> None:
    from pathlib import Path

    from reconciler.core.document import plain, read

    path = Path(__file__).parents[2] / "environments" / "example-prod.yaml.example"
    document = plain(read(path.read_bytes(), path.name))
    del document["apiVersion"], document["kind"]
    found = Environment.model_validate(document)
    assert set(found.limits.instance_types or ()) == set(found.prices or ())
