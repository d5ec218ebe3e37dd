"""Schedule: one story, from its seed: storm, then calm, then the checks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from reconciler.errors import PlanChanged, ReconcilerError
from reconciler.reconcile.applying import apply, refresh
from reconciler.reconcile.planning import plan
from reconciler.reconcile.stopping import stop
from tests.simulation import weather
from tests.simulation.documents import Tree
from tests.simulation.people import first_tree, meddle
from tests.simulation.process import Process
from tests.simulation.remote import PERSON, Remote
from tests.simulation.sagemaker import SageMaker
from tests.simulation.turns import Turns
from tests.simulation.weather import CALM
from tests.simulation.world import World

LAUNCH_ON = ("version", "version", "version", "version", "change")
STARTS = (0.0, 0.0, 0.0, 5.0, 60.0, 1000.0)
"""Seconds between two runs of one reconciler."""

LONGEST_PAUSE = 4000.0
"""Seconds within which every job ends, and after which the next attempt may begin."""

MOST_PASSES = 20
"""Passes after the storm within which everything has to come to rest."""


@dataclass(frozen=True, slots=True)
class Approval:
    """One `apply` of a plan that somebody had approved."""

    process: str
    digest: str
    seen: str | None
    """Digest of the plan that was carried out; None when it was refused."""
    mutating_calls: int


class Play:
    """A world and its processes; how it comes to rest."""

    def __init__(self, world: World, first: Tree) -> None:
        self.world = world
        self.approvals: list[Approval] = []
        self._processes = 0
        world.remote.push(PERSON, "first", world.now, world.order(), tree=first)

    def process(self, name: str, turn: Callable[[Process], None]) -> Process:
        """A new process."""
        self._processes += 1
        return Process(f"{name}.{self._processes}", self.world, turn)

    def rest(self) -> list[str]:
        """One reconciler in good weather, run until nothing moves. Says so if it does not come
        to rest, or if yet another run, of a newer version, would do anything."""
        self.world.weather = CALM
        for _ in range(MOST_PASSES):
            self.world.advance(LONGEST_PAUSE)
            if self._single(version="1") == (0, 0):
                calls, commits = self._single(version="2")
                again = f"I22: a second run sent {calls} calls and pushed {commits} commits"
                return [again] if calls or commits else []
        return ["I22: it does not come to rest"]

    def _single(self, *, version: str) -> tuple[int, int]:
        """One run of apply: mutating calls and commits."""
        process = self.process("calm", lambda process: self.world.advance(0.1))
        process.skew = 0.0
        before = len(self.world.remote.history)
        tried(process, lambda: apply(process.context(version=version)))
        return process.mutating_calls, len(self.world.remote.history) - before


class Schedule(Play):
    """One seed: who there is, what they do, and the weather."""

    def __init__(self, seed: int, *, deletes: bool = False) -> None:
        draw = Random(seed)
        chosen = weather.drawn(draw)
        world = World(
            draw=draw,
            weather=chosen,
            remote=Remote(
                separate=draw.random() < 0.3,
                memory="history" if draw.random() < 0.7 else "files",
            ),
            sagemaker=SageMaker(draw, chosen.flaky_jobs, chosen.lag),
        )
        super().__init__(world, first_tree(world, draw.choice(LAUNCH_ON)))
        self._deletes = deletes
        self._deeds = draw.randint(0, 12)

    def storm(self) -> None:
        """2-4 reconcilers and people, all at once, in bad weather."""
        turns = Turns(self.world, self._meddle)
        for slot in range(self.world.draw.randint(2, 4)):
            self._start(turns, slot, self.world.draw.randint(1, 3))
        turns.run()

    def _meddle(self) -> bool:
        if self._deeds == 0:
            return False
        self._deeds -= 1
        meddle(self.world, deletes=self._deletes)
        return True

    def _start(self, turns: Turns, slot: int, runs: int) -> None:
        """A reconciler that is run so often; one that dies is started again."""
        world = self.world
        process = self.process(f"reconciler-{slot}", turns.turn)
        process.wakes = world.now + world.draw.choice(STARTS)
        journey = world.draw.choice(JOURNEYS)

        def body(process: Process) -> None:
            try:
                tried(process, lambda: journey(self, process))
            finally:
                if runs > 1:
                    self._start(turns, slot, runs - 1)

        turns.add(process, body)


def tried(process: Process, journey: Callable[[], object]) -> None:
    """A journey may end with a message to people; anything else is a bug."""
    process.note("starts")
    try:
        journey()
        process.note("done")
    except ReconcilerError as error:
        process.note(f"ends: {type(error).__name__}: {error}")


def _apply(schedule: Schedule, process: Process) -> None:
    apply(process.context(version="1"))


def _apply_upgraded(schedule: Schedule, process: Process) -> None:
    apply(process.context(version="2"))


def _apply_and_wait(schedule: Schedule, process: Process) -> None:
    apply(process.context(version="1"), wait=True, timeout=schedule.world.draw.uniform(60, 900))


def _refresh(schedule: Schedule, process: Process) -> None:
    refresh(process.context(version="1"))


def _apply_approved(schedule: Schedule, process: Process) -> None:
    """Plan, let somebody approve, apply exactly that, twice."""
    context = process.context(version="1")
    digest = plan(context).digest
    process.sleep(schedule.world.draw.uniform(1, 200))
    for _ in range(2):
        before = process.mutating_calls
        try:
            report = apply(context, approved=digest)
            seen = report.plan.digest if report.plan else None
        except PlanChanged:
            seen = None
            process.note("refused: the plan changed")
        calls = process.mutating_calls - before
        schedule.approvals.append(Approval(process.name, digest, seen, calls))


def _stop(schedule: Schedule, process: Process) -> None:
    """A person stops a job by the tool."""
    process.asked = schedule.world.draw.choice(("churn", "rank", "wine"))
    stop(process.context(version="1"), process.asked)


JOURNEYS = (
    *(_apply,) * 10,
    *(_apply_and_wait,) * 3,
    *(_apply_approved,) * 2,
    _apply_upgraded,
    _refresh,
    _refresh,
    _stop,
)
