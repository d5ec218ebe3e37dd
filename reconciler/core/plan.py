"""Plan: what apply would do at one revision, as a value. What explains never steers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from reconciler.core.basis import Basis
from reconciler.core.budget import Month
from reconciler.core.call import Call
from reconciler.core.checks import Check
from reconciler.core.environment import Environment
from reconciler.core.images import Image
from reconciler.core.resource import Manifest, Revision, Target, sha256_of
from reconciler.core.spending import LastRuns
from reconciler.core.under_way import UnderWay
from reconciler.errors import Place, Problem


class Action(StrEnum):
    """What apply does about one resource."""

    LAUNCH = "launch"
    """Create a run; it costs money."""
    ADOPT = "adopt"
    """Record a run that is there and is ours."""
    REUSE = "reuse"
    """Let the version point at a run of the same content; nothing is sent."""
    UPDATE = "update"
    """Change a live thing in place."""
    STOP = "stop"
    """Stop a run whose document went away."""
    DELETE = "delete"
    """Delete what nothing uses any more, where the document says so; never a training job."""

    @property
    def symbol(self) -> str:
        """The sign that people see before it."""
        return _SYMBOLS[self]


_SYMBOLS = {
    Action.LAUNCH: "+",
    Action.ADOPT: "=",
    Action.REUSE: "=",
    Action.UPDATE: "~",
    Action.STOP: "-",
    Action.DELETE: "-",
}


class Standing(StrEnum):
    """Why nothing is done about a resource."""

    IN_SYNC = "in sync"
    RUNNING = "running"
    DEFERRED = "deferred"
    """Waits for the output of another resource."""
    HELD = "held"
    """Refused by a rule or a limit."""
    STALE = "stale"
    """Its content moved although its version did not."""
    BEHIND = "behind"
    """The environment pins an older version."""
    FAILED = "failed"
    """Its run failed or was stopped."""
    DRIFTED = "drifted"
    """SageMaker no longer holds what is recorded, and git did not ask for it."""
    ORPHANED = "orphaned"
    """Its document is gone; the run is left alone."""
    CONFLICT = "conflict"
    """Its name is taken by something that is not ours."""
    NO_LONGER_APPLICABLE = "no longer applicable"
    """A change in place that the state of the thing does not allow any more."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field that differs. `before` or `after` is None where the field is absent."""

    path: str
    """Dotted path in the document: `hyperparameters.num_round`."""
    before: Any
    after: Any
    place: Place | None = None
    """Where the value is written now."""


@dataclass(frozen=True, slots=True)
class Change:
    """One resource that apply will do something about, with the very calls it will send."""

    action: Action
    kind: str
    name: str
    version: int | None
    """Version of the document (of the run, for a stop)."""
    physical_name: str
    digest: str
    attempt: int = 1
    previous_version: int | None = None
    """Version last launched, if any."""
    calls: tuple[Call, ...] = ()
    uploads: tuple[Manifest, ...] = ()
    fields: tuple[FieldChange, ...] = ()
    """What differs from the run that was launched last."""
    why: str = ""
    place: Place | None = None
    target: Target | None = None
    """None for a stop: the document is gone."""
    paths: tuple[str, ...] = ()
    """What it follows from in the repository, its document first; empty when that is gone."""
    images: tuple[Image, ...] = ()
    """Container images of a launch; without digests as long as no registry was asked."""
    cost_bound: str | None = None
    """The most that a launch may cost, such as `$1.11`, where the environment lists its prices."""
    hourly: str | None = None
    """What an endpoint costs in an hour, such as `$3.06`; an approval does not bind it."""
    last_runs: LastRuns | None = None
    """What earlier runs took and cost, of a launch; an approval does not bind it."""

    attempts: int = 1
    """How often its content may be launched."""
    terms: str = ""
    """`Resource.terms` of its document."""
    pull_request: int | None = None
    """Number of the one that asked for the attempts before it, of a later attempt."""
    under_way: tuple[UnderWay, ...] = ()
    """Runs of other content that go on beside it."""

    @property
    def change_digest(self) -> str:
        """What an approval binds: name, action, content and calls, without late values."""
        calls = [[c.service, c.operation, _without_late_values(c.params)] for c in self.calls]
        bound = [self.cost_bound] if self.cost_bound else []
        return sha256_of(
            [self.kind, self.name, self.action.value, self.digest, self.attempt, calls, *bound]
        )


BEYOND_LIMITS = "E206"
"""The number of the rule by which an environment's limits hold a change."""


@dataclass(frozen=True, slots=True)
class Note:
    """One resource that apply leaves alone, and why."""

    standing: Standing
    kind: str
    name: str
    message: str
    version: int | None = None
    physical_name: str | None = None
    code: str | None = None
    """Number of the rule that holds it back, such as `E201`."""
    causes: tuple[str, ...] = ()
    """What moved, each with its file (stale)."""
    fields: tuple[FieldChange, ...] = ()
    place: Place | None = None
    help: str | None = None
    digest: str = ""
    """Digest of its content: an approval binds what only waits; empty where nothing can."""
    waits_for: tuple[str, ...] = ()
    """Names of the resources whose outputs it waits for (deferred)."""
    then: Action = Action.LAUNCH
    """What is done when its time comes (deferred), or when nothing holds it any more (held)."""
    calls: tuple[Call, ...] = ()
    """What will be sent, with stand-ins for what is not there yet (deferred, of a paid run)."""
    cost_bound: str | None = None
    hourly: str | None = None
    attempts: int = 1
    terms: str = ""
    """These four as of a change."""
    paths: tuple[str, ...] = ()
    """What it follows from in the repository, as of a change."""

    @property
    def may_be_due(self) -> bool:
        """Whether it leads to something that no plan has to show again: it waits, it is held by a
        bound that time may lift, or it may be launched another time."""
        again = self.standing in (Standing.RUNNING, Standing.NO_LONGER_APPLICABLE)
        return (
            self.standing is Standing.DEFERRED
            or (self.standing is Standing.HELD and self.code == BEYOND_LIMITS)
            or (again and self.attempts > 1)
        )

    @property
    def due_digest(self) -> str:
        """What an approval binds of that: the inputs that it waits for are not in it."""
        content = [self.version or 0, self.digest, self.terms, self.attempts]
        return sha256_of(
            [self.kind, self.name, self.then.value, content, self.cost_bound or "no bound"]
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """All changes and notes for one environment at one revision."""

    environment: Environment
    revision: Revision
    changes: tuple[Change, ...]
    """In the order in which they are carried out: upstream first."""
    notes: tuple[Note, ...]
    problems: tuple[Problem, ...]
    """Mistakes in documents; no action is planned for those documents."""
    offline: bool = False
    """Whether nobody looked at SageMaker."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """Number of resources by kind."""
    preflight: tuple[Check, ...] = ()
    """What launches need on AWS, as far as somebody looked; an approval does not bind it."""
    asked: frozenset[str] | None = None
    """Names of what the files of a pull request are about; None where there is none."""
    basis: Basis | None = None
    """What it was made from; None where nobody asks later whether that still holds."""
    month: Month | None = None
    """What was spent in this month; None where no prices are listed, or nobody knows the time."""
    withdrawals: tuple[tuple[str, str], ...] = ()
    """Name and physical name of intents that nobody wants any more; apply marks them so."""

    @property
    def decided(self) -> tuple[Change | Note, ...]:
        """What was decided about each resource, the changes first."""
        return (*self.changes, *self.notes)

    @property
    def digest(self) -> str:
        """Hash over the change digests, and over what waits: an unrelated commit does not move
        it."""
        here = self.environment
        place = [here.account, here.aws_region, here.name_prefix]
        changes = [sha256_of([c.change_digest, c.attempts, c.terms]) for c in self.changes]
        notes = [note.due_digest for note in self.notes if note.may_be_due]
        return sha256_of([place, sorted([*changes, *notes])])

    def count(self, kind: Action | Standing) -> int:
        """How many changes of an action, or notes of a standing, there are."""
        if isinstance(kind, Action):
            return sum(change.action is kind for change in self.changes)
        return sum(note.standing is kind for note in self.notes)


def held_back(change: Change, reason: str, *, code: str, help: str) -> Note:
    """The note that takes the place of a change that a bound or a missing approval holds back."""
    return Note(
        standing=Standing.HELD,
        kind=change.kind,
        name=change.name,
        message=reason,
        version=change.version,
        physical_name=change.physical_name,
        code=code,
        fields=change.fields,
        place=change.place,
        digest=change.digest,
        then=change.action,
        calls=change.calls if change.action is Action.LAUNCH else (),
        cost_bound=change.cost_bound,
        hourly=change.hourly,
        attempts=change.attempts,
        terms=change.terms,
        paths=change.paths,
        help=help,
    )


LATE_TAG_KEYS = frozenset({"sagemaker-gitops:commit"})
"""Owner tags that every commit moves: an approval does not bind them."""


def _without_late_values(params: Mapping[str, Any]) -> dict[str, Any]:
    """A call's parameters less what every commit moves."""
    settled = dict(params)
    if "Tags" in settled:
        settled["Tags"] = [tag for tag in settled["Tags"] if tag["Key"] not in LATE_TAG_KEYS]
    return {key: _exact(value) for key, value in settled.items()}


def _exact(value: Any) -> Any:
    """A value with the text of each number with a fraction, which has one form only as text."""
    if isinstance(value, Mapping):
        return {key: _exact(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_exact(item) for item in value]
    return repr(float(value)) if isinstance(value, float) else value
