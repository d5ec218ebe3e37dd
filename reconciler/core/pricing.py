"""Pricing: the most that a training job can cost, by the prices that an environment lists.

Every instance is counted for the longest time that the request allows, at its price per hour. Of
alternatives the dearest counts. Storage and traffic are not in it. Amounts are decimals, since the
digits of a price are what was written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import ROUND_UP, Decimal
from typing import Any

_CENT = Decimal("0.01")
_HOUR = 3600
_DEFAULT_RUNTIME = 86_400
"""Seconds; what SageMaker takes where a request says nothing (botocore: StoppingCondition)."""


class UnknownPrice(ValueError):
    """The bound depends on prices that the environment does not list; `types` are theirs, empty
    for a job whose computers SageMaker brings."""

    def __init__(self, types: tuple[str, ...]) -> None:
        super().__init__("no price for " + (", ".join(types) or "a job without instances"))
        self.types = types


def cost_bound(request: Mapping[str, Any], prices: Mapping[str, Decimal]) -> Decimal:
    """US dollars that a CreateTrainingJob request can cost at most. Raises UnknownPrice.

    Spot may wait as long as `MaxWaitTimeInSeconds` and is counted for all of it; a warm pool is
    billed after the job (botocore: WarmPoolStatus).
    """
    resources: Mapping[str, Any] = request.get("ResourceConfig") or {}
    choices = tuple(_choices(resources))
    rules = tuple(_rules(request))
    wanted = {name for choice in (*choices, rules) for name, _ in choice}
    unknown = tuple(sorted(wanted - prices.keys()))
    if unknown or not choices:
        raise UnknownPrice(unknown)
    hourly = max(_hourly(choice, prices) for choice in choices)
    seconds = _longest(request)
    kept = resources.get("KeepAlivePeriodInSeconds") or 0
    return (hourly * (seconds + kept) + _hourly(rules, prices) * seconds) / _HOUR


def dollars(amount: Decimal) -> str:
    """`$1.11`, rounded up to the cent: a bound that is rounded down would be none."""
    return f"${amount.quantize(_CENT, rounding=ROUND_UP):,f}"


def _choices(resources: Mapping[str, Any]) -> Iterator[tuple[tuple[str, int], ...]]:
    """Each set of instances that the job may get: type and count."""
    for preference in resources.get("InstancePreferences") or ():
        yield (_instances(preference),)
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
    return str(part.get("InstanceType")), int(part.get("InstanceCount", 1))


def _hourly(choice: tuple[tuple[str, int], ...], prices: Mapping[str, Decimal]) -> Decimal:
    return sum((prices[name] * count for name, count in choice), Decimal(0))


def _longest(request: Mapping[str, Any]) -> int:
    limits: Mapping[str, Any] = request.get("StoppingCondition") or {}
    runtime = int(limits.get("MaxRuntimeInSeconds", _DEFAULT_RUNTIME))
    if request.get("EnableManagedSpotTraining"):
        return max(runtime, int(limits.get("MaxWaitTimeInSeconds", runtime)))
    return runtime
