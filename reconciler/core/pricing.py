"""Pricing: the most that a training job can cost, and what it did cost, by an environment's prices.

For the bound every instance is counted for the longest time that the request allows, at its price
per hour; of alternatives the dearest counts. For the cost of a run it is the time that SageMaker
bills. Storage and traffic are in neither. Amounts are decimals, since the digits of a price are
what was written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import ROUND_UP, Decimal
from typing import Any

UNKNOWN = "unknown"
"""The amount of a run whose cost cannot be told; never a guess."""

_CENT = Decimal("0.01")
_MILLIONTH = Decimal("0.000001")
_HOUR = 3600
_DEFAULT_RUNTIME = 86_400
"""Seconds; what SageMaker takes where a request says nothing (botocore: StoppingCondition)."""


class UnknownPrice(ValueError):
    """The bound depends on prices that the environment does not list; `types` are theirs, empty
    for a job whose computers SageMaker brings and for a request of another form."""

    def __init__(self, types: tuple[str, ...]) -> None:
        super().__init__("no price for " + (", ".join(types) or "a job without instances"))
        self.types = types


def cost_bound(request: Mapping[str, Any], prices: Mapping[str, Decimal]) -> Decimal:
    """US dollars that a CreateTrainingJob request can cost at most. Raises UnknownPrice.

    Spot may wait as long as `MaxWaitTimeInSeconds` and is counted for all of it; a warm pool is
    billed after the job (botocore: WarmPoolStatus).
    """
    try:
        return _bound(request, prices)
    except (TypeError, AttributeError) as error:
        # `api_overrides` may say anything; the service model refuses it (E213).
        raise UnknownPrice(()) from error


def _bound(request: Mapping[str, Any], prices: Mapping[str, Decimal]) -> Decimal:
    resources: Mapping[str, Any] = request.get("ResourceConfig") or {}
    choices = tuple(_choices(resources))
    rules = tuple(_rules(request))
    wanted = {name for choice in (*choices, rules) for name, _ in choice}
    unknown = tuple(sorted(wanted - prices.keys()))
    if unknown or not choices:
        raise UnknownPrice(unknown)
    hourly = max(_hourly(choice, prices) for choice in choices)
    seconds = longest_seconds(request)
    kept = resources.get("KeepAlivePeriodInSeconds") or 0
    return (hourly * (seconds + kept) + _hourly(rules, prices) * seconds) / _HOUR


def hourly_of_variants(request: Mapping[str, Any], prices: Mapping[str, Decimal]) -> Decimal | None:
    """US dollars that the instances of a CreateEndpointConfig request cost in an hour, before any
    scaling; None where a variant has none of its own, or a price is not listed."""
    total = Decimal(0)
    for member in ("ProductionVariants", "ShadowProductionVariants"):
        for variant in request.get(member) or ():
            price = prices.get(str(variant.get("InstanceType")))
            if price is None:
                return None
            total += price * int(variant.get("InitialInstanceCount", 1))
    return total or None


def dollars(amount: Decimal) -> str:
    """`$1.11`, rounded up to the cent: a bound that is rounded down would be none, and what costs
    anything does not cost $0.00."""
    return f"${amount.quantize(_CENT, rounding=ROUND_UP):,f}"


def amount_in(text: str) -> Decimal:
    """The number in `$1,234.50`, as `dollars` writes it."""
    return Decimal(text.removeprefix("$").replace(",", ""))


def billed_instances(fields: Mapping[str, Any]) -> dict[str, int]:
    """Instances that a job is billed for, by type; empty where its hours have no price of a list.

    `fields` are members of DescribeTrainingJob's answer by their path. Of preferences it is the
    selected one (botocore: ResourceConfig.SelectedInstanceType); the capacity of a training plan
    was paid for with the plan, and a serverless job has no instances.
    """
    start = "ResourceConfig."
    resources = {
        path.removeprefix(start): value
        for path, value in fields.items()
        if path.startswith(start) and value is not None
    }
    if "TrainingPlanArn" in resources:
        return {}
    if "SelectedInstanceType" in resources:
        count = int(resources.get("SelectedInstanceCount", 1))
        return {str(resources["SelectedInstanceType"]): count}
    billed: dict[str, int] = {}
    for name, count in (pair for choice in _choices(resources) for pair in choice):
        billed[name] = billed.get(name, 0) + count
    return billed


def asked_instances(request: Mapping[str, Any]) -> dict[str, int]:
    """Instances that a CreateTrainingJob request asks for, by type; of preferences all. Empty as of
    `billed_instances`."""
    resources = request.get("ResourceConfig") or {}
    return billed_instances({f"ResourceConfig.{key}": value for key, value in resources.items()})


def cost_of(
    seconds: int, instances: Mapping[str, int], prices: Mapping[str, Decimal]
) -> dict[str, Any]:
    """What a run cost, as its record keeps it: `amount` in US dollars to a millionth, as text, and
    what it follows from; `unknown` where a price is not listed.

    `seconds` is BillableTimeInSeconds, which counts for every instance (botocore:
    BillableTimeInSeconds * InstanceCount). What managed spot saves is left out of it already, so
    the price is the one on demand.
    """
    if not instances or instances.keys() - prices.keys():
        return {"billable_seconds": seconds, "amount": UNKNOWN}
    hourly = {name: f"{prices[name]:f}" for name in sorted(instances)}
    return {
        "billable_seconds": seconds,
        "instances": dict(sorted(instances.items())),
        "hourly": hourly,
        "amount": _amount(seconds, instances, prices),
    }


def recomputed(cost: Mapping[str, Any]) -> str:
    """The amount that follows from the other parts of a recorded cost; `unknown` without them.

    Raises ValueError for parts that no reconciler writes.
    """
    if "hourly" not in cost:
        return UNKNOWN
    try:
        prices = {name: Decimal(price) for name, price in cost["hourly"].items()}
        return _amount(cost["billable_seconds"], cost["instances"], prices)
    except (ArithmeticError, LookupError, TypeError, AttributeError) as error:
        raise ValueError(f"no cost can be computed from it: {error!r}") from error


def _amount(seconds: int, instances: Mapping[str, int], prices: Mapping[str, Decimal]) -> str:
    total = _hourly(tuple(instances.items()), prices) * seconds / _HOUR
    return f"{total.quantize(_MILLIONTH):f}"


def _choices(resources: Mapping[str, Any]) -> Iterator[tuple[tuple[str, int], ...]]:
    """Each set of instances that the job may get: type and count."""
    for preference in resources.get("InstancePreferences") or ():
        # One count for the job stands for each choice (botocore: InstancePreference.InstanceCount).
        shared = {"InstanceCount": resources.get("InstanceCount", 1)}
        yield (_instances({**shared, **preference}),)
    groups = tuple(_instances(group) for group in resources.get("InstanceGroups") or ())
    if groups:
        yield groups
    if resources.get("InstanceType"):
        yield (_instances(resources),)


def _rules(request: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """Instances of debugger and profiler rules that name their own; SageMaker's own are free."""
    for member in ("DebugRuleConfigurations", "ProfilerRuleConfigurations"):
        for rule in request.get(member) or ():
            if rule.get("InstanceType"):
                yield str(rule["InstanceType"]), 1


def _instances(part: Mapping[str, Any]) -> tuple[str, int]:
    return str(part.get("InstanceType")), part.get("InstanceCount", 1)


def _hourly(choice: tuple[tuple[str, int], ...], prices: Mapping[str, Decimal]) -> Decimal:
    return sum((prices[name] * count for name, count in choice), Decimal(0))


def longest_seconds(request: Mapping[str, Any]) -> int:
    """The longest time in seconds that a job may take: with spot, its waiting is in it."""
    limits: Mapping[str, Any] = request.get("StoppingCondition") or {}
    runtime: int = limits.get("MaxRuntimeInSeconds", _DEFAULT_RUNTIME)
    if request.get("EnableManagedSpotTraining"):
        waiting: int = limits.get("MaxWaitTimeInSeconds", runtime)
        return max(runtime, waiting)
    return runtime
