"""Metrics: what the regular expressions of MetricDefinitions find in a job's log. Pure.

SageMaker searches each line of the log; the first group of a match is the value. The last value
of each metric is what DescribeTrainingJob returns as FinalMetricDataList.
The `regex` package is used, since it knows the Java syntax of AWS better than `re` and can give
up on a pattern that would search for ever.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_LINE_LIMIT = 4096
"""Characters of a line that are searched: a metric stands near the start of a short line."""

_SEARCH_SECONDS = 1.0
"""For one pattern on one line."""


@dataclass(frozen=True, slots=True)
class Point:
    """One value of one metric."""

    name: str
    value: float
    at_ms: int
    """Milliseconds since the epoch."""


def bad_patterns(definitions: Sequence[Mapping[str, str]]) -> tuple[str, ...]:
    """Names of the metrics whose regular expression cannot be used here."""
    return tuple(d["Name"] for d in definitions if _compile(d["Regex"]) is None)


def points(
    definitions: Sequence[Mapping[str, str]], lines: Iterable[tuple[int, str]]
) -> list[Point]:
    """Every value found, in the order of the lines; a line is (epoch milliseconds, text).

    A value that is no finite number is left out. So is a metric whose pattern does not compile,
    and from there on one whose pattern takes too long on a line.
    """
    patterns = {d["Name"]: pattern for d in definitions if (pattern := _compile(d["Regex"]))}
    found = []
    for at_ms, text in lines if patterns else ():
        for name, pattern in list(patterns.items()):
            try:
                match = pattern.search(text[:_LINE_LIMIT], timeout=_SEARCH_SECONDS)
            except TimeoutError:
                del patterns[name]
                continue
            value = _value(match.group(1)) if match else None
            if value is not None:
                found.append(Point(name, value, at_ms))
    return found


def final(found: Iterable[Point]) -> tuple[dict[str, Any], ...]:
    """The last value of each metric in the shape of FinalMetricDataList; times in seconds."""
    last = {point.name: point for point in found}
    return tuple(
        {"MetricName": p.name, "Value": p.value, "Timestamp": p.at_ms / 1000} for p in last.values()
    )


def _compile(text: str) -> Any:
    """The compiled pattern; None if it does not compile or has no group to take a value from."""
    import regex

    try:
        pattern = regex.compile(text)
    except regex.error:
        return None
    return pattern if pattern.groups else None


def _value(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) else None
