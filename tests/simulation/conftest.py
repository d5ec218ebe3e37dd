"""The simulation's options, and what all its tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.simulation.reading import memoised


def pytest_addoption(parser: pytest.Parser) -> None:
    """`pytest tests/simulation --seed N` replays one schedule and prints what happened in it."""
    parser.addoption("--seed", type=int, default=None, help="replay one schedule")


@pytest.fixture(autouse=True)
def _read_once() -> Iterator[None]:
    """Each document is read once for all schedules of a process."""
    with memoised():
        yield
