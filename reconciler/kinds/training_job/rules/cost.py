"""Cost: `limits.max_cost_usd` of the environment, against the most that the job can cost."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from reconciler.core.environment import Environment
from reconciler.core.fields import overlay, to_request
from reconciler.core.kind import Finding
from reconciler.core.pricing import UnknownPrice, cost_bound, dollars
from reconciler.kinds.training_job.fields import TABLE
from reconciler.kinds.training_job.spec import TrainingJobSpec


def cost(spec: TrainingJobSpec, environment: Environment) -> Iterator[Finding]:
    """E206: `limits.max_cost_usd`; a job whose bound is not known is over it."""
    allowed = environment.limits.max_cost_usd
    if allowed is None:
        return
    said = to_request(TABLE, spec.model_dump(exclude_unset=True))
    request = overlay(said, spec.api_overrides or {})
    where = "compute" if spec.serverless is None else "serverless"
    try:
        bound = cost_bound(request, environment.prices or {})
    except UnknownPrice as error:
        yield _unknown(error, environment, where)
        return
    if bound > Decimal(allowed):
        message = f"the job may cost {dollars(bound)}, {dollars(Decimal(allowed))} are allowed"
        yield Finding(
            "E206",
            f"{message} in {environment.name}",
            (where,),
            "shorten `stopping_condition.max_runtime`, or take fewer or cheaper instances",
        )


def _unknown(error: UnknownPrice, environment: Environment, where: str) -> Finding:
    limit = f"`limits.max_cost_usd` of {environment.name}"
    if not error.types:
        message = f"what the job may cost cannot be told, and {limit} bounds it"
        return Finding("E206", message, (where,), "run it where no cost is bounded")
    names = ", ".join(error.types)
    return Finding(
        "E206",
        f"the price of {names} is not known, and {limit} bounds the cost",
        (where,),
        f"add it to the environment: `prices: {{{error.types[0]}: 0.00}}`, in USD per hour",
    )


RULES = (cost,)
