"""Weather: how often what goes wrong in one schedule. Each schedule draws its own."""

from __future__ import annotations

from dataclasses import dataclass, fields
from random import Random


@dataclass(frozen=True, slots=True)
class Weather:
    """Chances between 0 and 1; all 0 is a calm day."""

    kill: float = 0.0
    """At each step of a process: it dies there."""
    pause: float = 0.0
    """At each step: it sleeps for up to a minute (a slow network)."""
    zombie: float = 0.0
    """At each step: it wakes hours later."""
    interrupt: float = 0.0
    """At each step: SIGINT."""
    throttled: float = 0.0
    unanswered: float = 0.0
    """A read without an answer."""
    quota: float = 0.0
    denied: float = 0.0
    not_ready: float = 0.0
    """A new role that is not known everywhere yet."""
    expiring: float = 0.0
    """The credentials end in a few minutes."""
    lost: float = 0.0
    """A Create (or an update) that never arrives; the caller sees no answer."""
    lied: float = 0.0
    """A Create that is accepted; the caller sees no answer, or `ResourceInUse`."""
    late: float = 0.0
    """A Create that is accepted up to two minutes after the caller gave up."""
    lag: float = 0.0
    """A new job stays invisible for up to half a minute."""
    blind: float = 0.0
    """A process that finds nothing on SageMaker as long as it lives."""
    push_lost: float = 0.0
    """A push whose answer is lost, accepted or not."""
    flaky_jobs: float = 0.3
    """A job that does not simply complete."""


CALM = Weather(flaky_jobs=0.0)

_STORM = Weather(
    kill=0.03,
    pause=0.08,
    zombie=0.02,
    interrupt=0.01,
    throttled=0.05,
    unanswered=0.05,
    quota=0.05,
    denied=0.01,
    not_ready=0.03,
    expiring=0.05,
    lost=0.15,
    lied=0.25,
    late=0.2,
    lag=0.5,
    blind=0.15,
    push_lost=0.04,
    flaky_jobs=0.6,
)


def drawn(draw: Random) -> Weather:
    """Weather of one schedule: each fault is off, rare, or as frequent as in a storm."""
    return Weather(
        **{
            item.name: getattr(_STORM, item.name) * draw.choice((0.0, 0.3, 1.0))
            for item in fields(Weather)
        }
    )
