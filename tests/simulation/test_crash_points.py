"""Crash points, all of them: wherever one run dies, and dies again, nothing is lost or doubled.

Steps between which nothing happened in the world are one point; with `RECONCILER_EACH_STEP` set
each of them is played.
"""

from __future__ import annotations

import os

import pytest

from tests.simulation.crash_points import ONE_JOB, WITH_DOWNSTREAM, every_play
from tests.simulation.documents import Tree
from tests.simulation.story import judged

EACH_STEP = "RECONCILER_EACH_STEP" in os.environ


@pytest.mark.parametrize("separate", [False, True], ids=["one branch", "state branch"])
@pytest.mark.parametrize(
    ("tree", "most", "jobs"),
    [
        pytest.param(ONE_JOB, 3, 1, id="one job"),
        pytest.param(WITH_DOWNSTREAM, 3, 2, id="with a downstream"),
    ],
)
def test_no_set_of_crash_points_breaks_an_invariant(
    tree: Tree, most: int, jobs: int, separate: bool
) -> None:
    """After any deaths the next run ends as if there had been none: each job launched once."""
    plays = 0
    for play in every_play(tree, most, separate=separate, each_step=EACH_STEP):
        broken = judged(play)
        assert broken == [], f"deaths at {play.kills}: {broken}\n{play.world.told()}"
        assert len(play.world.sagemaker.launches) == jobs, play.world.told()
        plays += 1
    print(f"{plays} sets of crash points")
    assert plays > 100
