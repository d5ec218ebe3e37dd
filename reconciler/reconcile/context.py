"""What a journey works with, and what it reports."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.core.environment import Environment
from reconciler.core.kind import Kind
from reconciler.core.plan import Change, Plan, Standing
from reconciler.core.ports import Clock, Cloud, LockStore
from reconciler.core.record import Run, State
from reconciler.errors import WrongPlace
from reconciler.reconcile.approving import Approvals
from reconciler.reconcile.events import Emit, Event, EventType

LONGEST_TIP_AGE = 60.0
"""Seconds between reading the tip that says a run is wanted, and its Create."""


@dataclass(frozen=True, slots=True)
class Context:
    """The ports and settings of one journey."""

    environment: str
    store: LockStore
    kinds: Mapping[str, Kind]
    cloud: Callable[[Environment], Cloud]
    """Gives the cloud of an environment, the same one each time."""
    clock: Clock
    emit: Emit
    recorded_by: Mapping[str, str]
    """Goes into each run: `reconciler` (its version) and, in CI, `workflow_run`."""
    poll_seconds: float = 30.0
    """Pause between two looks with `--wait`."""
    approvals: Approvals | None = None
    """What reviewers approved; with it nothing else is launched, stopped or deleted."""
    who: Callable[[Change], Mapping[str, Any]] | None = None
    """What the repository's host tells about who asked for a launch; goes into its run."""

    def tell(self, type: EventType, name: str = "", *, version: int | None = None,
             message: str = "", **data: object) -> None:  # fmt: skip
        """Emit an event."""
        self.emit(Event(type, self.clock.now(), name, version, message, data))

    def checked_cloud(self, environment: Environment) -> Cloud:
        """The cloud, after the check that its credentials belong to the environment.

        Raises WrongPlace before any other call: with a wrong login everything looks absent.
        """
        cloud = self.cloud(environment)
        account, region = cloud.identity()
        if (account, region) != (environment.account, environment.aws_region):
            raise WrongPlace(
                f"environment {environment.name} is account {environment.account} in"
                f" {environment.aws_region}, the credentials are of account {account} in {region}",
                advice="log in to the environment's account, or name another one with -e",
            )
        return cloud


@dataclass(frozen=True, slots=True)
class OutcomeLine:
    """What became of one resource."""

    name: str
    kind: str
    version: int | None
    physical_name: str
    state: State | None
    """None where nothing was launched or recorded."""
    message: str
    """One line; may hold hostile text."""
    ok: bool
    run: Run | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """The result of apply, refresh or stop."""

    environment: Environment
    plan: Plan | None
    """The last plan: what is still open."""
    outcomes: tuple[OutcomeLine, ...]
    recorded: tuple[str, ...]
    """Paths of lock files that were written."""
    mutating_calls: int
    """Calls to AWS that could change something, uploads included."""
    timed_out: bool = False
    interrupted: bool = False
    repaired: tuple[str, ...] = ()
    """What others had done to the lock, and was put right; hostile text."""

    @property
    def failed(self) -> bool:
        """Whether something went wrong that a person should see in red."""
        blocked = self.plan is not None and (
            bool(self.plan.problems)
            or any(note.code or note.standing is Standing.CONFLICT for note in self.plan.notes)
        )
        return blocked or bool(self.repaired) or any(not line.ok for line in self.outcomes)
