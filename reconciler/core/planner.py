"""Planner: the one pure function that decides, `make_plan(desired, records, live) -> Plan`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from reconciler.core.budget import Month, month_to_date
from reconciler.core.case import Case
from reconciler.core.checkpoints import keep_apart
from reconciler.core.decision import decide
from reconciler.core.desired import Desired
from reconciler.core.following import with_followers
from reconciler.core.fuses import blow
from reconciler.core.kind import Kind
from reconciler.core.live import Live
from reconciler.core.orphans import orphans
from reconciler.core.plan import Action, Change, Note, Plan
from reconciler.core.pruning import prunings
from reconciler.core.record import Record, State
from reconciler.core.renames import with_renames
from reconciler.core.requests import problems_of
from reconciler.core.settle import Settled, settle
from reconciler.errors import Problem

Records = Mapping[str, Record]


def make_plan(
    desired: Desired,
    records: Records,
    live: Live,
    kinds: Mapping[str, Kind],
    *,
    names: Sequence[str] = (),
    offline: bool = False,
    elsewhere: Mapping[str, Records] | None = None,
    now: str | None = None,
) -> Plan:
    """Decide what is done about each resource.

    `live` holds what was seen of the names that `core/looks.py` gives; a name that is not in
    it tells nothing. `names` limits the plan to some resources. `elsewhere` holds the locks of
    other environments that references name. `now` (UTC, ISO 8601) spaces attempts and names the
    month; without it attempts are not spaced and no month is bounded.
    """
    settled = settle(desired, records, elsewhere)
    decided = _decided(desired, settled, records, live, kinds, now=now)
    decided = with_renames(decided, desired, settled, records)
    chosen = [found for found in decided if not names or found.name in names]
    sound, refused = _checked([found for found in chosen if isinstance(found, Change)])
    month = _month(sound, records, desired, now)
    kept, held = _bounded(sound, records, desired, month)
    notes = [*(found for found in chosen if isinstance(found, Note)), *held]
    told = with_followers(kept, notes, desired, settled, records=records, elsewhere=elsewhere)
    return Plan(
        environment=desired.environment,
        revision=desired.revision,
        changes=tuple(kept),
        notes=tuple(told),
        problems=(*desired.problems, *settled.problems, *refused),
        offline=offline,
        month=month,
        counts=dict(Counter(resource.kind.name for resource in desired.resources.values())),
        withdrawals=tuple(_withdrawals(settled, records, live, desired)),
    )


def _decided(
    desired: Desired,
    settled: Settled,
    records: Records,
    live: Live,
    kinds: Mapping[str, Kind],
    *,
    now: str | None,
) -> Iterator[Change | Note]:
    """What is done, or not, about each resource by itself."""
    for name, target in settled.targets.items():
        yield decide(Case(target, records.get(name), live, desired.revision, now))
    yield from orphans(desired, settled, records, live, kinds)
    yield from prunings(settled, records, live, kinds)


def _month(
    changes: Sequence[Change], records: Records, desired: Desired, now: str | None
) -> Month | None:
    """What the environment spent in this month; what is planned is not in it."""
    prices = desired.environment.prices
    if not prices or now is None:
        return None
    return month_to_date(
        records.values(),
        prices,
        now,
        limit=desired.environment.limits.max_monthly_cost_usd,
        without={change.physical_name for change in changes if change.action is Action.LAUNCH},
    )


def _bounded(
    changes: Sequence[Change], records: Records, desired: Desired, month: Month | None
) -> tuple[list[Change], list[Note]]:
    """The changes that neither another job's checkpoints nor a fuse holds back, and the notes."""
    apart, shared = keep_apart(changes, records)
    kept, held = blow(apart, records, desired, month)
    return kept, [*shared, *held]


def _checked(changes: Sequence[Change]) -> tuple[list[Change], list[Problem]]:
    """The changes whose calls AWS's service model accepts, and the problems of the others."""
    sound: list[Change] = []
    problems: list[Problem] = []
    for change in changes:
        resource = change.target.resource if change.target else None
        found = [p for call in change.calls if resource for p in problems_of(call, resource)]
        problems += found
        sound += [] if found else [change]
    return sound, problems


def _withdrawals(
    settled: Settled, records: Records, live: Live, desired: Desired
) -> Iterator[tuple[str, str]]:
    """Intents that nobody wants any more and that SageMaker does not know."""
    for name, record in records.items():
        if name in settled.unsound or (desired.unreadable and name not in settled.targets):
            continue
        target = settled.targets.get(name)
        for physical_name, run in record.runs.items():
            wanted = target is not None and target.digest == run.digest
            seen_absent = physical_name in live and live[physical_name] is None
            if run.state is State.INTENT and not wanted and seen_absent:
                yield name, physical_name
