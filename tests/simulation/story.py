"""Story: a seed played to its end and judged."""

from __future__ import annotations

from tests.simulation import invariants_of_launches, invariants_of_locks
from tests.simulation.evidence import Evidence
from tests.simulation.schedule import Play, Schedule

CHECKS = (*invariants_of_launches.CHECKS, *invariants_of_locks.CHECKS)


def violations(schedule: Schedule) -> list[str]:
    """Play a schedule; everything that contradicts an invariant, in words."""
    schedule.storm()
    return judged(schedule)


def judged(play: Play) -> list[str]:
    """Let a play come to rest; everything that contradicts an invariant, in words."""
    found = play.rest()
    story = Evidence(play.world, play.approvals)
    return [*found, *(what for check in CHECKS for what in check(story))]
