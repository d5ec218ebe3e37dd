"""Evidence: one finished story, with the questions that the checks ask of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from reconciler.core.ownership import DIGEST, NAME
from reconciler.core.ports import Records
from reconciler.core.record import Run
from reconciler.core.resource import Target
from reconciler.core.settle import settle
from tests.simulation.reading import desired_of
from tests.simulation.remote import Commit
from tests.simulation.sagemaker import Job
from tests.simulation.schedule import Approval
from tests.simulation.sent import Sent
from tests.simulation.world import World

_ATTEMPT = re.compile(r"(?P<first>.+-[0-9a-f]{10})-r(?P<attempt>[0-9]+)")


@dataclass(frozen=True, slots=True)
class Launch:
    """An accepted Create, and the call that asked for it."""

    job: Job
    sent: Sent

    @property
    def name(self) -> str:
        """Name of the resource."""
        return self.tag(NAME)

    @property
    def digest(self) -> str:
        """Digest it was launched for."""
        return self.tag(DIGEST)

    @property
    def key(self) -> tuple[str, str]:
        """The intent key: name and digest."""
        return self.name, self.digest

    def tag(self, key: str) -> str:
        """A tag as it was sent."""
        return next((t["Value"] for t in self.sent.params["Tags"] if t["Key"] == key), "")


@dataclass(slots=True)
class Evidence:
    """All that happened in one schedule."""

    world: World
    approvals: list[Approval]
    launches: list[Launch] = field(init=False)
    _wanted: dict[tuple[int, int], dict[str, Target]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.launches = [Launch(job, self._call_of(job)) for job in self.world.sagemaker.launches]

    def _call_of(self, job: Job) -> Sent:
        calls = [
            sent
            for sent in self.world.sent
            if (sent.process, sent.operation, sent.name) == (job.by, "CreateTrainingJob", job.name)
            and sent.order < job.order
        ]
        return calls[-1]

    @property
    def history(self) -> list[Commit]:
        """All commits, oldest first."""
        return self.world.remote.history

    def before(self, order: int) -> Iterator[Commit]:
        """Commits that were on the branch before something happened."""
        return (commit for commit in self.history if commit.order < order)

    def records(self, commit: Commit) -> Records:
        """The lock of a commit, as stores read it."""
        return self.world.remote.records(commit)

    def run(self, commit: Commit, physical_name: str) -> Run | None:
        """A run in the lock of a commit."""
        found = (record.runs.get(physical_name) for record in self.records(commit).values())
        return next((run for run in found if run is not None), None)

    def target(self, documents: Commit, lock: Commit, name: str) -> Target | None:
        """What a tree wants of a resource, references read from a lock."""
        where = documents.index, lock.index
        if where not in self._wanted:
            desired = desired_of(documents.tree, documents.index)
            self._wanted[where] = dict(settle(desired, self.records(lock)).targets)
        return self._wanted[where].get(name)

    def wants(self, documents: Commit, lock: Commit, key: tuple[str, str]) -> bool:
        """Whether a tree holds exactly one valid document with that key."""
        target = self.target(documents, lock, key[0])
        return target is not None and target.digest == key[1]


def attempt_of(physical_name: str) -> tuple[str, int]:
    """First attempt's name, and which attempt a name is."""
    found = _ATTEMPT.fullmatch(physical_name)
    return (found["first"], int(found["attempt"])) if found else (physical_name, 1)


def name_of_attempt(first: str, attempt: int) -> str:
    """Physical name of an attempt."""
    return first if attempt == 1 else f"{first}-r{attempt}"
