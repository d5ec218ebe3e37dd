"""Turns: several processes in threads, of which exactly one runs; the seed says which.

A process gives its turn away at each of its steps. Whose turn is next is drawn there, in the
thread that had the last one, so a turn that stays costs no switch of threads.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from tests.simulation.process import Killed, Process
from tests.simulation.world import World

STAYS = 0.4
"""Chance that the process that had the last turn has the next one too."""

Body = Callable[[Process], None]


def shut() -> threading.Lock:
    """A gate: `acquire` waits at it, `release` lets one through. Plain locks are the quickest."""
    gate = threading.Lock()
    gate.acquire()
    return gate


class _Thread:
    """A thread that runs one body after the other, when it is told to."""

    def __init__(self) -> None:
        self._go = shut()
        self._work: Callable[[], None] | None = None
        threading.Thread(target=self._loop, daemon=True).start()

    def _loop(self) -> None:
        while True:
            self._go.acquire()
            assert self._work is not None
            self._work()

    def start(self, work: Callable[[], None]) -> None:
        self._work = work
        self._go.release()

    def resume(self) -> None:
        self._go.release()

    def wait(self) -> None:
        """Give up the turn until `resume`; called in the thread itself."""
        self._go.acquire()


_IDLE: list[_Thread] = []
"""Threads are kept from schedule to schedule: starting one costs more than a whole turn."""


class Turns:
    """Who has the turn."""

    def __init__(self, world: World, meddle: Callable[[], bool]) -> None:
        self._world = world
        self._meddle = meddle
        """Lets somebody outside do something; False when nobody will any more."""
        self._others_act = True
        self._bodies: dict[Process, Body] = {}
        self._threads: dict[Process, _Thread] = {}
        self._finished = shut()
        self._failure: BaseException | None = None

    def add(self, process: Process, body: Body) -> None:
        """A process that starts when its time comes."""
        self._bodies[process] = body

    def run(self) -> None:
        """Until all have ended. Raises what a process raised that no process may raise."""
        first = self._next(None)
        if first is not None:
            self._give(first)
            self._finished.acquire()
        if self._failure is not None:
            raise self._failure

    def turn(self, process: Process) -> None:
        """The process is at a step: fate, then whoever is next."""
        self._suffer(process)
        if process.dead:
            return
        following = self._next(process)
        if following is not process and following is not None:
            thread = self._threads[process]
            self._give(following)
            thread.wait()

    def _suffer(self, process: Process) -> None:
        world, weather = self._world, self._world.weather
        world.advance(world.draw.uniform(0.05, 1.0))
        if world.happens(weather.kill):
            process.kill()
        elif world.happens(weather.zombie):
            process.wakes = world.now + world.draw.uniform(60, 20_000)
            process.note("falls asleep for long")
        elif world.happens(weather.pause):
            process.wakes = world.now + world.draw.uniform(5, 90)
        elif world.happens(weather.interrupt):
            process.interrupted = True
            process.note("interrupted")

    def _next(self, last: Process | None) -> Process | None:
        world = self._world
        while self._bodies:
            if self._others_act and world.happens(0.05):
                self._others_act = self._meddle()
            ready = [process for process in self._bodies if process.wakes <= world.now]
            if last in ready and world.happens(STAYS):
                return last
            if ready:
                return world.draw.choice(ready)
            world.advance(min(process.wakes for process in self._bodies) - world.now)
        return None

    def _give(self, process: Process) -> None:
        thread = self._threads.get(process)
        if thread is not None:
            thread.resume()
            return
        thread = _IDLE.pop() if _IDLE else _Thread()
        self._threads[process] = thread
        thread.start(lambda: self._live(process))

    def _live(self, process: Process) -> None:
        """The whole life of a process, in its thread."""
        try:
            self._bodies[process](process)
        except Killed:
            pass
        except BaseException as failure:
            self._failure = self._failure or failure
        del self._bodies[process]
        thread = self._threads.pop(process)
        following = self._next(None)
        _IDLE.append(thread)
        if following is None:
            self._finished.release()
        else:
            self._give(following)
