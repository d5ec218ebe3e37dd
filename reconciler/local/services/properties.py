"""Search expressions on the properties of one resource. Pure.

A property is a path such as `TrainingJobStatus` or `AlgorithmSpecification.TrainingImage`;
`Tags.<key>`, `HyperParameters.<name>` and `Metrics.<name>` take the rest as one name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from operator import ge, gt, le, lt
from typing import Any

from reconciler.local.instants import epoch


def holds(expression: Mapping[str, Any], record: Mapping[str, Any]) -> bool:
    """Whether a SearchExpression is true of a record; an empty one is."""
    truths = [
        *(_filter_holds(each, record) for each in expression.get("Filters", [])),
        *(_nested_holds(each, record) for each in expression.get("NestedFilters", [])),
        *(holds(each, record) for each in expression.get("SubExpressions", [])),
    ]
    if not truths:
        return True
    return any(truths) if expression.get("Operator") == "Or" else all(truths)


def values_of(record: Mapping[str, Any], name: str) -> list[Any]:
    """All values of a property; several where a list lies on its path."""
    first, _, rest = name.partition(".")
    match first:
        case "Tags" if rest:
            return [tag["Value"] for tag in record.get("Tags", []) if tag["Key"] == rest]
        case "Metrics" if rest:
            metrics = record.get("FinalMetricDataList", [])
            return [each["Value"] for each in metrics if each["MetricName"] == rest]
        case "HyperParameters" | "Environment" if rest:
            return [record[first][rest]] if rest in record.get(first, {}) else []
    return list(_walk(record, name.split(".")))


def _walk(value: Any, steps: Sequence[str]) -> Iterator[Any]:
    if isinstance(value, list):
        for item in value:
            yield from _walk(item, steps)
    elif not steps:
        yield value
    elif isinstance(value, Mapping) and steps[0] in value:
        yield from _walk(value[steps[0]], steps[1:])


def _filter_holds(condition: Mapping[str, Any], record: Mapping[str, Any]) -> bool:
    test = _TESTS[condition.get("Operator", "Equals")]
    return test(values_of(record, condition["Name"]), condition.get("Value", ""))


def _nested_holds(nested: Mapping[str, Any], record: Mapping[str, Any]) -> bool:
    """Whether one item of a list meets all conditions."""
    name = nested["NestedPropertyName"]
    items = _items(record, name.split("."))
    conditions = [
        {**each, "Name": each["Name"].removeprefix(f"{name}.")} for each in nested["Filters"]
    ]
    return any(all(_filter_holds(each, item) for each in conditions) for item in items)


def _items(value: Any, steps: Sequence[str]) -> list[Mapping[str, Any]]:
    for step in steps:
        value = value.get(step, {}) if isinstance(value, Mapping) else {}
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _equal(value: Any, wanted: str) -> bool:
    if isinstance(value, bool):
        return str(value).lower() == wanted.lower()
    if isinstance(value, int | float):
        number = _number(wanted)
        return number is not None and value == number
    return str(value) == wanted


def _ordered(order: Callable[[float, float], bool], value: Any, wanted: str) -> bool:
    left, right = _number(value), _number(wanted)
    return left is not None and right is not None and order(left, right)


def _number(value: Any) -> float | None:
    """A number, or the seconds of a time; None for anything else."""
    with suppress(TypeError, ValueError):
        return float(value)
    if isinstance(value, str):
        with suppress(ValueError):
            return epoch(datetime.fromisoformat(value))
    return None


def _is_in(values: list[Any], wanted: str) -> bool:
    choices = [choice.strip() for choice in wanted.split(",")]
    return any(_equal(value, choice) for value in values for choice in choices)


def _orders(order: Callable[[float, float], bool]) -> Callable[[list[Any], str], bool]:
    return lambda values, wanted: any(_ordered(order, value, wanted) for value in values)


_TESTS: Mapping[str, Callable[[list[Any], str], bool]] = {
    "Equals": lambda values, wanted: any(_equal(value, wanted) for value in values),
    "NotEquals": lambda values, wanted: not any(_equal(value, wanted) for value in values),
    "GreaterThan": _orders(gt),
    "GreaterThanOrEqualTo": _orders(ge),
    "LessThan": _orders(lt),
    "LessThanOrEqualTo": _orders(le),
    "Contains": lambda values, wanted: any(wanted in str(value) for value in values),
    "Exists": lambda values, _: bool(values),
    "NotExists": lambda values, _: not values,
    "In": _is_in,
}
"""Operators of Search, on all values of a property."""
