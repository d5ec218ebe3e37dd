"""The world of one schedule: its time, its seed, its weather, and all that is written down.

Everything that happens gets a number of its own (`order`), so that the checks can say what came
before what without trusting any clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from tests.simulation.remote import Remote
from tests.simulation.sagemaker import SageMaker
from tests.simulation.sent import Sent
from tests.simulation.weather import Weather


@dataclass(slots=True)
class World:
    """What is true, whoever knows it."""

    draw: Random
    weather: Weather
    remote: Remote
    sagemaker: SageMaker
    now: float = 1_800_000_000.0
    """Seconds since 1970; no process sees it unskewed."""
    sent: list[Sent] = field(default_factory=list)
    trace: list[tuple[float, str, str]] = field(default_factory=list)
    orders: int = 0

    def order(self) -> int:
        """The number of what happens now."""
        self.orders += 1
        return self.orders

    def note(self, who: str, what: str) -> None:
        """Write down what somebody did."""
        self.trace.append((self.now, who, what))

    def advance(self, seconds: float) -> None:
        """Let time pass; what was under way in the service arrives."""
        until = self.now + seconds
        for arrival in self.sagemaker.arrivals(until):
            self.now = arrival.at
            outcome = self.sagemaker.accept(arrival, self.now, self.order())
            self.note("service", f"late Create {arrival.name}: {outcome}")
        self.now = until

    def happens(self, chance: float) -> bool:
        """Draw from the seed whether something with that chance happens."""
        return chance > 0 and self.draw.random() < chance

    def told(self) -> str:
        """The trace, a line for each thing that happened."""
        start = self.trace[0][0] if self.trace else 0.0
        return "\n".join(f"{at - start:9.1f}s {who:14} {what}" for at, who, what in self.trace)
