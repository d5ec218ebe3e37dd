"""Case: one target with all that is known about it, and how a decision on it is put in words."""

from __future__ import annotations

from dataclasses import dataclass, replace

from reconciler.core.call import Call
from reconciler.core.images import Image, references
from reconciler.core.launching import request
from reconciler.core.live import Live
from reconciler.core.plan import Action, Change, Note, Standing
from reconciler.core.pricing import UnknownPrice, cost_bound, dollars, hourly_of_variants
from reconciler.core.record import Record, Run
from reconciler.core.resource import Revision, Target
from reconciler.core.spending import last_runs
from reconciler.core.staleness import field_changes
from reconciler.core.under_way import UnderWay, under_way

_NOT_THERE = "s3://not-there/yet"
"""In place of an output that is to come."""
_MAY_LAUNCH = frozenset({Standing.DEFERRED, Standing.RUNNING, Standing.NO_LONGER_APPLICABLE})
"""What may lead to a launch that no plan shows before."""


@dataclass(frozen=True, slots=True)
class Case:
    """One target with all that is known about it."""

    target: Target
    record: Record | None
    live: Live
    revision: Revision
    now: str | None = None
    """UTC, ISO 8601; spaces the attempts."""

    @property
    def version(self) -> int:
        """Version of the document."""
        return self.target.resource.version

    @property
    def answer(self) -> Run | None:
        """The run that answers the document's version now."""
        name = self.record.run_of_version(self.version) if self.record else None
        return self.record.runs.get(name) if self.record and name else None

    @property
    def in_sync_message(self) -> str:
        """That nothing is to do, and which newer upstream runs are passed over."""
        over = [u.passed_over for u in self.target.upstreams if u.passed_over]
        return "; ".join(["in sync", *(f"not followed: {reason}" for reason in over)])

    @property
    def previous(self) -> tuple[int | None, Run | None]:
        """Version and run launched last: what differences are shown against."""
        if self.record is None or not self.record.versions:
            return None, None
        last = self.record.last_run()
        return (max(self.record.versions), last[1]) if last else (None, None)


def change(
    case: Case,
    action: Action,
    physical_name: str,
    attempt: int,
    calls: tuple[Call, ...],
    *,
    why: str = "",
    uploads: bool = False,
) -> Change:
    resource = case.target.resource
    version, run = case.previous
    shown = field_changes(run, case.target) if action is Action.LAUNCH else ()
    return Change(
        action=action,
        kind=resource.kind.name,
        name=case.target.name,
        version=case.version,
        physical_name=physical_name,
        digest=case.target.digest,
        attempt=attempt,
        previous_version=version,
        calls=calls,
        uploads=resource.manifests if uploads else (),
        fields=shown,
        why=why,
        place=resource.place,
        target=case.target,
        paths=case.target.paths,
        images=_images(case, calls) if action is Action.LAUNCH else (),
        cost_bound=_cost_bound(case, calls) if action is Action.LAUNCH else None,
        hourly=_hourly(case, calls) if action is Action.LAUNCH else None,
        last_runs=last_runs(case.record) if action is Action.LAUNCH else None,
        attempts=resource.attempts,
        terms=resource.terms,
        pull_request=_pull_request(case) if attempt > 1 else None,
        under_way=_under_way(case) if action in (Action.LAUNCH, Action.REUSE) else (),
    )


def _pull_request(case: Case) -> int | None:
    """The pull request that the last attempt at the same content was recorded to be for."""
    runs = case.record.runs_of_digest(case.target.digest).values() if case.record else ()
    last = max(runs, key=lambda run: run.attempt, default=None)
    number = (last.who or {}).get("pull_request") if last else None
    return number if isinstance(number, int) else None


def _under_way(case: Case) -> tuple[UnderWay, ...]:
    resource = case.target.resource
    prices = resource.environment.prices or {}
    paid = resource.kind.paid_runs
    return under_way(case.record, case.target.digest, prices, case.now) if paid else ()


def _images(case: Case, calls: tuple[Call, ...]) -> tuple[Image, ...]:
    """The images that a launch names; what their tags stand for is not known here."""
    members = case.target.resource.kind.image_members
    return tuple(Image(name, None) for call in calls for name in references(call, members))


def _cost_bound(case: Case, calls: tuple[Call, ...]) -> str | None:
    """The most that a launch may cost; None where the environment does not list its prices."""
    prices = case.target.resource.environment.prices
    if not prices or not case.target.resource.kind.paid_runs:
        return None
    try:
        return dollars(cost_bound(calls[0].params, prices))
    except UnknownPrice:
        return None


def _hourly(case: Case, calls: tuple[Call, ...]) -> str | None:
    """What an endpoint costs in an hour; None for what does not serve, or is not priced."""
    prices = case.target.resource.environment.prices
    if not prices or not case.target.resource.kind.stable:
        return None
    hourly = hourly_of_variants(calls[0].params, prices)
    return None if hourly is None else dollars(hourly)


def deferred(case: Case, message: str, physical_name: str | None, attempt: int) -> Note:
    """A note on a launch that waits, with what it will ask for as far as that is known."""
    found = note(case, Standing.DEFERRED, message, physical_name=physical_name)
    stand_ins = tuple(replace(u, output=u.output or _NOT_THERE) for u in case.target.upstreams)
    target = replace(case.target, upstreams=stand_ins)
    calls = (request(target, case.target.physical_name(attempt), case.revision),)
    _, run = case.previous
    return replace(
        found,
        calls=calls,
        cost_bound=_cost_bound(case, calls),
        hourly=_hourly(case, calls),
        fields=field_changes(run, case.target) if case.target.resource.kind.paid_runs else (),
    )


def note(
    case: Case,
    standing: Standing,
    message: str,
    *,
    code: str | None = None,
    help: str | None = None,
    causes: tuple[str, ...] = (),
    physical_name: str | None = None,
    answer: Run | None = None,
) -> Note:
    """A note on a target that is left alone."""
    waiting = [u.reference.name for u in case.target.upstreams if u.output is None]
    return Note(
        standing=standing,
        kind=case.target.resource.kind.name,
        name=case.target.name,
        message=message,
        version=case.version,
        physical_name=physical_name,
        code=code,
        causes=causes,
        fields=field_changes(answer, case.target) if answer else (),
        place=case.target.resource.place,
        help=help,
        digest=case.target.digest,
        waits_for=tuple(waiting) if standing is Standing.DEFERRED else (),
        attempts=case.target.resource.attempts,
        terms=case.target.resource.terms if standing in _MAY_LAUNCH else "",
        paths=case.target.paths,
    )
