"""Crash points: one reconciler that is killed at chosen steps, and started again each time."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from random import Random

from reconciler.reconcile.applying import apply
from tests.simulation.documents import JobDocument, Tree
from tests.simulation.process import Killed, Process
from tests.simulation.remote import Remote
from tests.simulation.sagemaker import SageMaker
from tests.simulation.schedule import Play, tried
from tests.simulation.weather import CALM
from tests.simulation.world import World

ONE_JOB = Tree("version", ()).put("jobs/wine.yaml", JobDocument("wine", script=True))
WITH_DOWNSTREAM = (
    Tree("version", ())
    .put("jobs/churn.yaml", JobDocument("churn"))
    .put("jobs/rank.yaml", JobDocument("rank", upstream="churn"))
)
LONGEST_WAIT = 3600.0

Kills = tuple[int, ...]
"""Steps at which the process dies, counted over all its lives."""


class CrashPlay(Play):
    """A calm day but for the kills."""

    def __init__(self, tree: Tree, kills: Kills, *, separate: bool) -> None:
        draw = Random(0)
        remote = Remote(separate=separate, memory="history")
        world = World(
            draw, CALM, remote, SageMaker(draw, flaky=0.0, lag=0.0, shortest=20.0, longest=20.0)
        )
        super().__init__(world, tree)
        self.kills = kills
        self.steps = 0
        self.worlds: list[tuple[object, ...]] = []
        """The world at each step, as far as it is not this process."""

    def run(self) -> None:
        """`apply --wait`, again after each death, until one run ends by itself."""
        for _ in range(len(self.kills) + 1):
            process = self.process("reconciler", self._turn)
            try:
                tried(process, partial(_apply, process))
            except Killed:
                continue
            return

    def _turn(self, process: Process) -> None:
        self.steps += 1
        self.world.advance(max(0.5, process.wakes - self.world.now))
        jobs = self.world.sagemaker.jobs.values()
        status = tuple(job.status(self.world.now)[0] for job in jobs)
        self.worlds.append((process.name, self.world.orders, *status))
        if self.steps in self.kills:
            process.kill()


def _apply(process: Process) -> None:
    apply(process.context(version="1"), wait=True, timeout=LONGEST_WAIT)


def every_play(
    tree: Tree, most: int, *, separate: bool, each_step: bool, kills: Kills = ()
) -> Iterator[CrashPlay]:
    """A play for every set of up to `most` points at which the process can die.

    A death leaves nothing but the world, so that steps with one world are one point; with
    `each_step` they are played one by one.
    """
    play = CrashPlay(tree, kills, separate=separate)
    play.run()
    points = [
        step
        for step in range(max(kills, default=0) + 1, play.steps + 1)
        if each_step or step == 1 or play.worlds[step - 1] != play.worlds[step - 2]
    ]
    yield play
    if len(kills) < most:
        for step in points:
            yield from every_play(
                tree, most, separate=separate, each_step=each_step, kills=(*kills, step)
            )
