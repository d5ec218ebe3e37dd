"""Cost: what the environment allows for a job and for a month, against the most it can cost."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import islice

from reconciler.core.environment import Environment
from reconciler.core.fields import overlay, to_request
from reconciler.core.kind import Finding
from reconciler.core.pricing import UnknownPrice, cost_bound, dollars
from reconciler.kinds.findings import Path
from reconciler.kinds.training_job.fields import TABLE
from reconciler.kinds.training_job.rules.instances import instance_types
from reconciler.kinds.training_job.spec import TrainingJobSpec


def cost(spec: TrainingJobSpec, environment: Environment) -> Iterator[Finding]:
    """E206: `limits.max_cost_usd` for each attempt, and none may pass the limit of a month alone; a
    job whose bound is not known is over both."""
    limits = environment.limits
    allowed = {
        "max_cost_usd": limits.max_cost_usd,
        "max_monthly_cost_usd": limits.max_monthly_cost_usd,
    }
    bounding = {key: amount for key, amount in allowed.items() if amount is not None}
    if not bounding:
        return
    said = to_request(TABLE, spec.model_dump(exclude_unset=True))
    request = overlay(said, spec.api_overrides or {})
    # A price of 0 bounds nothing: it is a stand-in for one that nobody looked up.
    prices = {name: price for name, price in (environment.prices or {}).items() if price}
    try:
        bound = cost_bound(request, prices)
    except UnknownPrice as error:
        limit = f"`limits.{next(iter(bounding))}` of {environment.name}"
        yield _unknown(error, limit, spec, environment)
        return
    tightest = min(bounding, key=lambda key: bounding[key])
    least = Decimal(bounding[tightest])
    if bound > least:
        attempts = (spec.retry and spec.retry.max_attempts) or 1
        who = f"each of {attempts} attempts" if attempts > 1 else "the job"
        month = " for a month" if "monthly" in tightest else ""
        message = f"{who} may cost {dollars(bound)}, {dollars(least)} are allowed{month}"
        yield Finding(
            "E206",
            f"{message} in {environment.name}",
            _where(spec),
            "shorten `stopping_condition.max_runtime`, or take fewer or cheaper instances",
        )


def _unknown(
    error: UnknownPrice, limit: str, spec: TrainingJobSpec, environment: Environment
) -> Finding:
    if not error.types:
        message = f"what the job may cost cannot be told, and {limit} bounds it"
        return Finding("E206", message, _where(spec), "run it where no cost is bounded")
    listed = environment.prices or {}
    names = ", ".join(error.types)
    known = "is 0" if all(name in listed for name in error.types) else "is not known"
    places = {instance: path for path, instance in instance_types(spec.compute)}
    return Finding(
        "E206",
        f"the price of {names} {known}, and {limit} bounds the cost",
        places.get(error.types[0], _where(spec)),
        f"list what {error.types[0]} costs in USD per hour under `prices` of the environment",
    )


def _where(spec: TrainingJobSpec) -> Path:
    """Where the job says what it runs on."""
    if spec.serverless is not None:
        return ("serverless",)
    keys = ("instance_groups", "instance_preferences", "instance_type")
    given = (key for key in keys if spec.compute and getattr(spec.compute, key))
    return ("compute", *islice(given, 1))


RULES = (cost,)
