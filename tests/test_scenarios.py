"""Scenarios: one situation a file, told as revisions and their runs; the plan is the last word.

Each file in `scenarios/` says what must be true, which documents there are, what happened
before, and the plan that must come out.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.story import Story, told

FOLDER = Path(__file__).parent / "scenarios"
BASE: dict[str, Any] = yaml.safe_load((FOLDER / "_base.yaml").read_text())["files"]
SCENARIOS = sorted(path for path in FOLDER.glob("*.yaml") if not path.name.startswith("_"))


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_scenario(path: Path) -> None:
    scenario: dict[str, Any] = yaml.safe_load(path.read_text())
    story = Story({**BASE, **scenario.get("files", {})}, scenario.get("environment", "prod"))
    for step in scenario.get("before", []):
        story.write(step.get("write", {}))
        if "runs" in step:
            story.apply(step["runs"])
        story.meddle(step.get("meddle", {}))
    story.write(scenario.get("now", {}))
    plan = story.plan(looks=scenario.get("looks", True), now=scenario.get("at"))
    assert told(plan).splitlines() == scenario["plan"].splitlines(), scenario["says"]


def test_every_scenario_says_what_must_be_true() -> None:
    said = [yaml.safe_load(path.read_text())["says"] for path in SCENARIOS]
    assert len(said) == len(set(said)) >= 30
    assert all(sentence.endswith(".") for sentence in said)
