"""Schedules drawn from seeds: whatever happens, the invariants of launching hold.

`RECONCILER_SCHEDULES` says how many (CI plays 20,000, a night's campaign 200,000). One that fails
tells its seed: `python -m pytest tests/simulation --seed N` plays it again and prints its trace.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable

import pytest

from tests.simulation.mutants import MUTANTS
from tests.simulation.schedule import Schedule
from tests.simulation.story import violations

SCHEDULES = int(os.environ.get("RECONCILER_SCHEDULES", "12000"))
BATCH = 250
"""Schedules of one test: small enough that two workers end together."""

MOST_FOR_A_MUTANT = 2000
"""Schedules within which each mutant has to be caught."""


def test_replay(request: pytest.FixtureRequest) -> None:
    """The schedule of `--seed` breaks no invariant; with `-s` its trace is printed in any case."""
    seed = request.config.getoption("--seed", default=None)
    if seed is None:
        pytest.skip("no --seed")
    schedule = Schedule(seed)
    broken = violations(schedule)
    print(schedule.world.told())
    assert broken == []


@pytest.mark.parametrize("first", range(0, SCHEDULES, BATCH))
def test_no_schedule_breaks_an_invariant(first: int) -> None:
    """Crashes, races, lies and people: nothing is launched twice, lost, or recorded wrongly."""
    for seed in range(first, min(first + BATCH, SCHEDULES)):
        schedule = Schedule(seed)
        broken = violations(schedule)
        assert broken == [], f"seed {seed}: {broken}\n{schedule.world.told()}"


@pytest.mark.parametrize("name", MUTANTS)
def test_each_mutant_is_caught(name: str, record_property: Callable[[str, object], None]) -> None:
    """A bug that is planted on purpose breaks an invariant in one of the first schedules."""
    with MUTANTS[name]():
        for seed in range(MOST_FOR_A_MUTANT):
            broken = _broken(seed)
            if broken:
                record_property("caught by", f"{name}: seed {seed}: {broken}")
                print(f"{name}: caught by seed {seed}: {broken}")
                return
    pytest.fail(f"{name} survived {MOST_FOR_A_MUTANT} schedules")


def _broken(seed: int) -> str:
    """The first thing that a schedule breaks; a mutant may also make the reconciler fail."""
    try:
        return next(iter(violations(Schedule(seed))), "")
    except (AssertionError, KeyError) as error:
        return f"it raised {error!r}"


def test_the_checks_see_what_deletes_by_others_do() -> None:
    """Once others delete jobs, a name can be launched twice, and the checks say so."""
    seen: Counter[str] = Counter()
    for seed in range(1000):
        seen.update(what for what in violations(Schedule(seed, deletes=True)) if "launched" in what)
        if any(what.endswith("times") for what in seen):
            return
    pytest.fail(f"1000 schedules with deletes launched no name twice: {seen}")


def test_a_seed_always_gives_the_same_story() -> None:
    """A failure can be replayed: the same seed gives the same trace, step by step."""
    told = []
    for _ in range(2):
        schedules = [Schedule(seed) for seed in range(20)]
        for schedule in schedules:
            violations(schedule)
        told.append([schedule.world.told() for schedule in schedules])
    assert told[0] == told[1]


def test_schedules_reach_what_they_are_meant_to_reach() -> None:
    """Each fault, each deed and each answer of the service happens within a thousand schedules."""
    missing = set(MARKS)
    for seed in range(1000):
        schedule = Schedule(seed)
        violations(schedule)
        story = schedule.world.told()
        missing -= {mark for mark in missing if mark in story}
        if not missing:
            return
    pytest.fail(f"nothing of these happened: {sorted(missing)}")


MARKS = (
    *("killed", "falls asleep for long", "interrupted", "push rejected", "PushUnanswered"),
    *("ThrottlingException", "ReadTimeout", "ResourceLimitExceeded", "AccessDeniedException"),
    *("CreateTrainingJob: NameTaken", ": taken", ": refused", "late Create", "NotReady"),
    *("StopTrainingJob", "AddTags", "PutObject", "Search", "-r2: accepted", "-r3"),
    *("edit without a bump", "bump", "revert", "rename", "remove", "break", "twin", "run again"),
    *("delete the lock", "roll back the lock", "tamper the lock", "others create"),
    *("stop acme-", "retag acme-", "the plan changed", "Intend", "Record"),
)
