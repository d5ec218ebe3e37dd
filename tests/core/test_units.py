"""Durations and sizes with their units."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.units import format_duration, format_size, parse_duration, parse_size


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90), ("30m", 1800), ("6h", 21_600), ("3d", 259_200), ("1h30m", 5_400),
        ("1d2h3m4s", 93_784), ("0s", 0), ("90m", 5_400), ("24h", 86_400),
    ],
)  # fmt: skip
def test_a_duration_is_read_in_seconds(text: str, seconds: int) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "value",
    ["", "h", "1.5h", "1h 30m", "30m1h", "-1h", "1H", "1w", "1h\n", "٢h", "1" * 10 + "s", None,
     True, 1.5, -5, [], {}],
)  # fmt: skip
def test_anything_else_is_no_duration(value: object) -> None:
    with pytest.raises(ValueError, match="whole days, hours, minutes, seconds: 3d, 6h"):
        parse_duration(value)


def test_a_duration_without_unit_says_what_to_write() -> None:
    with pytest.raises(ValueError, match="write 3600s or 1h"):
        parse_duration(3600)
    with pytest.raises(ValueError, match=r"write 59s$"):
        parse_duration(59)


@given(st.integers(0, 10**9))
def test_a_formatted_duration_reads_back(seconds: int) -> None:
    assert parse_duration(format_duration(seconds)) == seconds


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0s"), (3600, "1h"), (5400, "1h30m"), (86_400, "1d"), (90, "1m30s")]
)
def test_a_duration_is_written_with_its_largest_units_first(seconds: int, text: str) -> None:
    assert format_duration(seconds) == text


@pytest.mark.parametrize(("text", "gigabytes"), [("30GB", 30), ("1TB", 1024), ("16TB", 16_384)])
def test_a_size_is_read_in_gigabytes_of_1024(text: str, gigabytes: int) -> None:
    assert parse_size(text) == gigabytes


@pytest.mark.parametrize("value", ["", "30", "30gb", "30 GB", "0.5TB", "-1GB", "30MB", None, True])
def test_anything_else_is_no_size(value: object) -> None:
    with pytest.raises(ValueError, match="a whole number of GB or TB: 30GB, 1TB"):
        parse_size(value)


def test_a_size_without_unit_says_what_to_write() -> None:
    with pytest.raises(ValueError, match="write 30GB"):
        parse_size(30)


@given(st.integers(0, 10**8))
def test_a_formatted_size_reads_back(gigabytes: int) -> None:
    assert parse_size(format_size(gigabytes)) == gigabytes


def test_whole_terabytes_are_written_as_such() -> None:
    assert [format_size(size) for size in (0, 500, 1024, 1536)] == ["0GB", "500GB", "1TB", "1536GB"]


def test_nothing_is_negative() -> None:
    for write in (format_duration, format_size):
        with pytest.raises(ValueError, match="not negative"):
            write(-1)
