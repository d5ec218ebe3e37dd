"""Stories drawn from seeds: what reviewers saw is carried out, and nothing that nobody saw.

`RECONCILER_REVIEWS` says how many (a night's campaign tells 20,000). One that fails tells its seed
and the fewest steps that fail too.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from random import Random
from typing import Any

import pytest

from reconciler.core.approval import DEFERRED, Approved
from reconciler.core.plan import Action, Change
from reconciler.reconcile import approving
from tests.github.reviewed_tree import PROPOSED, PUSHED
from tests.github.reviewing_world import GATE_FAILED, ReviewedStory

REVIEWS = int(os.environ.get("RECONCILER_REVIEWS", "60"))
BATCH = 250
"""Stories of one test: small enough that two workers end together."""

MOST_FOR_A_FAULT = 300
"""Stories within which each planted fault has to be found."""

Step = Callable[[ReviewedStory], None]
Broken = Callable[[Sequence[str]], list[str]]
PASSES = ("apply: completed",) * 5
"""Good weather, in which everything that is due comes to its end."""

SLOW = ("apply: running",) * 3
"""Jobs that run on, while all that waits for none of them comes to its end."""

LOST = "wine: no capacity"
"""What may lead to another attempt."""


def _reviewed(what: str) -> Step:
    return lambda story: story.review(PROPOSED[what])


def _ended(job: str, ends: str) -> Step:
    if ends == "gates fail":
        return lambda story: story.end(job, "completed", gates=GATE_FAILED)
    return lambda story: story.end(job, ends)


def _applied(ends: str) -> Step:
    return lambda story: story.apply(ends)


APPLIES: dict[str, Step] = {
    **{f"apply: {end}": _applied(end) for end in ("running", "completed", "failed", "no capacity")},
    "apply: the endpoint fails": lambda story: story.apply("completed", endpoint_ends="failed"),
}
ENDS: dict[str, Step] = {
    f"{job}: {end}": _ended(job, end)
    for job in ("wine", "beer")
    for end in ("completed", "failed", "no capacity", "gates fail")
}
STEPS: dict[str, Step] = {
    **{f"review: {what}": _reviewed(what) for what in PROPOSED},
    **APPLIES,
    **ENDS,
}


def drawn(seed: int) -> list[str]:
    """The steps of a story."""
    draw = Random(seed)
    proposals = [f"review: {what}" for what in PROPOSED]
    return [
        draw.choice(draw.choices((proposals, [*APPLIES], [*ENDS]), weights=(9, 6, 5))[0])
        for _ in range(draw.randint(2, 9))
    ]


def told(steps: Iterable[str], story: ReviewedStory | None = None) -> ReviewedStory:
    """The story after these steps."""
    story = story or ReviewedStory()
    for step in steps:
        STEPS[step](story)
    return story


def held(steps: Sequence[str]) -> list[str]:
    """What is held in a story although a plan showed it: everything came by pull requests."""
    story = told([*steps, *PASSES])
    return [f"{note.then.value} {note.name} is held: {note.message}" for note in story.held]


def unseen(steps: Sequence[str], pushed: str) -> list[str]:
    """What is started after a push that would not be started without it, were all jobs to end or
    were they to run on: to what waits, a job that the push holds is one that runs on."""
    story = told(steps)
    with_push = story.copy()
    if not with_push.push(PUSHED[pushed]):
        return []
    told((LOST, *PASSES), with_push)
    seen = _started_by(told((LOST, *SLOW), story.copy())) | _started_by(
        told((LOST, *PASSES), story)
    )
    return [
        f"{change.action.value} {change.name} after a push of {pushed}"
        for change in with_push.started
        if _is_bound(change) and _key(change) not in seen
    ]


def _started_by(story: ReviewedStory) -> set[tuple[object, ...]]:
    return {_key(change) for change in story.started}


def _is_bound(change: Change) -> bool:
    """Whether somebody has to have seen it: it starts, ends or moves something."""
    if change.action is Action.UPDATE:
        return not {call.operation for call in change.calls} <= {"AddTags", "DeleteTags"}
    if change.action is Action.DELETE:
        # Who approved `prune` approved that what nothing uses goes, whenever that is.
        return change.place is None
    return change.action in (Action.LAUNCH, Action.STOP)


def _key(change: Change) -> tuple[object, ...]:
    """What tells a change from one that reviewers saw."""
    what = (change.action, change.kind, change.name, change.physical_name, change.digest)
    ends = change.action in (Action.STOP, Action.DELETE)
    how = (change.place is None,) if ends else (change.attempt, change.terms)
    return (*what, *how)


def pushed_by(seed: int) -> str:
    """What is pushed in a story without a review."""
    return Random(-seed).choice(list(PUSHED))


def shortest(steps: Sequence[str], broken: Broken) -> Sequence[str]:
    """Less every step without which the story is still broken."""
    for position in reversed(range(len(steps))):
        fewer = [*steps[:position], *steps[position + 1 :]]
        if broken(fewer):
            steps = fewer
    return steps


def failure(seed: int, broken: Broken) -> str | None:
    """The seed of a broken story, its fewest steps, and what is wrong; None where nothing is."""
    steps = drawn(seed)
    if not broken(steps):
        return None
    fewest = shortest(steps, broken)
    return f"seed {seed}: {'; '.join(fewest)}\n" + "\n".join(broken(fewest))


def unseen_of(seed: int) -> Broken:
    return lambda steps: unseen(steps, pushed_by(seed))


def seeds_from(first: int) -> range:
    return range(first, min(first + BATCH, REVIEWS))


@pytest.mark.parametrize("first", range(0, REVIEWS, BATCH))
def test_everything_that_reviewers_saw_is_carried_out(first: int) -> None:
    """However runs end, and in whatever order people change what they change."""
    for seed in seeds_from(first):
        assert failure(seed, held) is None


@pytest.mark.parametrize("first", range(0, REVIEWS, BATCH))
def test_nothing_that_nobody_saw_is_started(first: int) -> None:
    """A push past the reviewers starts, ends and changes nothing, now or later."""
    for seed in seeds_from(first):
        assert failure(seed, unseen_of(seed)) is None


def _nothing(*_: Any) -> None:
    """No objection, whatever the change."""


def _without_what_waits(row: Approved, change: Change) -> bool:
    return row.action not in DEFERRED.values() and _SHOWS(row, change)


_SHOWS = approving._shows
FAULTS: dict[str, tuple[str, Callable[..., Any], Callable[[int], Broken]]] = {
    "what waits is not approved": ("_shows", _without_what_waits, lambda _: held),
    "no later end is approved": ("_ends", lambda *_: False, lambda _: held),
    "terms and attempts bind nothing": ("_beyond_terms", _nothing, unseen_of),
    "every row shows every change": ("_shows", lambda *_: True, unseen_of),
}
"""What is patched in `reconciler.reconcile.approving`, by what, and the check that sees it."""


@pytest.mark.parametrize("name", FAULTS)
def test_the_campaign_finds_a_planted_fault(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each check fails where what it checks is broken on purpose, and tells the seed."""
    attribute, fault, broken = FAULTS[name]
    monkeypatch.setattr(approving, attribute, fault)
    found = (failure(seed, broken(seed)) for seed in range(MOST_FOR_A_FAULT))
    message = next(filter(None, found), "")
    assert message.startswith("seed "), f"{MOST_FOR_A_FAULT} stories do not show that {name}"
