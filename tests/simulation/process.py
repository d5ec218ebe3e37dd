"""A process: one run of the reconciler, with the ports it sees and the ways it can end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from reconciler.core.ports import Cloud
from reconciler.kinds import KINDS
from reconciler.reconcile.context import Context
from tests.simulation.cloud import SimulatedCloud
from tests.simulation.documents import NAME
from tests.simulation.remote import SimulatedStore
from tests.simulation.sent import Sent

if TYPE_CHECKING:
    from tests.simulation.world import World


class Killed(BaseException):
    """kill -9: nothing of the process runs any more; its ports are dead."""


class Process:
    """What one run of the reconciler is to the simulation."""

    def __init__(self, name: str, world: World, turn: Callable[[Process], None]) -> None:
        self.name = name
        self.world = world
        self.wakes = world.now
        self.dead = False
        self.interrupted = False
        self.blind = world.happens(world.weather.blind)
        self.mutating_calls = 0
        self.reads: list[tuple[float, int]] = []
        self.looked: dict[str, dict[str, str]] = {}
        self.asked: str | None = None
        """Name of the resource that somebody told it to stop."""
        self.skew = world.draw.uniform(-3600, 3600)
        self._started = world.draw.uniform(0, 1e6)
        self._turn = turn

    def note(self, what: str) -> None:
        """Write down what the process did."""
        self.world.note(self.name, what)

    def step(self, label: str) -> None:
        """A point of input or output: others may run here, and here the process may end."""
        if self.dead:
            raise Killed
        self.note(label)
        self._turn(self)
        if self.dead:
            raise Killed

    def sent(self, operation: str, name: str, params: dict[str, Any]) -> Sent:
        """Write down a call that could change something, as it leaves the process."""
        sent = Sent(
            order=self.world.order(),
            at=self.world.now,
            process=self.name,
            operation=operation,
            name=name,
            params=params,
            reads=tuple(self.reads),
            tags=self.looked.get(name),
            asked=self.asked,
        )
        self.world.sent.append(sent)
        return sent

    def kill(self) -> None:
        """End it where it stands."""
        self.dead = True
        self.note("killed")

    def now(self) -> str:
        """The process's own idea of the time, up to an hour wrong."""
        moment = datetime.fromtimestamp(self.world.now + self.skew, UTC)
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")

    def monotonic(self) -> float:
        """Seconds from some start."""
        return self.world.now + self._started

    def sleep(self, seconds: float) -> None:
        """Wait; others run meanwhile."""
        self.wakes = self.world.now + seconds
        self.step("sleep")

    def is_interrupted(self) -> bool:
        """Whether SIGINT came."""
        return self.interrupted

    def context(self, *, version: str) -> Context:
        """The ports of the process, as the journeys take them."""
        cloud: Cloud = SimulatedCloud(self)
        return Context(
            environment=NAME,
            store=SimulatedStore(self),
            kinds=KINDS,
            cloud=lambda _: cloud,
            clock=SimulatedClock(self),
            emit=lambda event: None,
            recorded_by={"reconciler": version},
            poll_seconds=30.0,
        )


class SimulatedClock:
    """`core.ports.Clock` of a process."""

    def __init__(self, process: Process) -> None:
        self.now = process.now
        self.monotonic = process.monotonic
        self.sleep = process.sleep
        self.interrupted = process.is_interrupted
