"""The git remote: a branch with its whole history, and the lock store of a process on it.

Two layouts: documents and lock on one branch, where the swap compares the tip of both; or the
lock on a state branch, where the swap covers the lock only. Two memories: `history`, a store
that trusts what reconcilers committed, whatever people did to the files since; and `files`, one
that reads the files as they lie there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconciler.core.join import join_all
from reconciler.core.ports import Records, Snapshot, TipMoved
from reconciler.errors import ReconcilerError
from tests.simulation.documents import Tree, TreeFiles, revision
from tests.simulation.texts import refuse_regressions, same_text

if TYPE_CHECKING:
    from tests.simulation.process import Process

MOST_TRIES = 8
PERSON = "person"


class PushUnanswered(ReconcilerError):
    """The push got no answer: it may have been accepted."""


@dataclass(frozen=True, slots=True)
class Commit:
    """Documents and lock after one push."""

    index: int
    order: int
    at: float
    by: str
    message: str
    tree: Tree
    files: Records
    """What lies under `locks/`."""
    trusted: Records
    """Join of all that reconcilers committed."""
    token: int
    """What a swap compares."""
    read: int
    """Index of the commit whose documents its writer had read last."""
    touches_lock: bool

    @property
    def by_reconciler(self) -> bool:
        """Whether the reconciler wrote it, so that the rules for locks bind it."""
        return self.by != PERSON


@dataclass(slots=True)
class Remote:
    """The truth on the server."""

    separate: bool
    """Whether the lock has a branch of its own."""
    memory: str
    history: list[Commit] = field(default_factory=list)
    lease: tuple[str, float] = ("", 0.0)
    """Holder, and end by the holder's clock, for the mutant that trusts one."""

    @property
    def tip(self) -> Commit:
        """The newest commit."""
        return self.history[-1]

    def records(self, commit: Commit) -> Records:
        """The lock as a store with this memory reads it."""
        return commit.trusted if self.memory == "history" else commit.files

    def push(
        self,
        by: str,
        message: str,
        at: float,
        order: int,
        *,
        tree: Tree | None = None,
        files: Records | None = None,
        read: int = 0,
    ) -> Commit:
        """Append a commit."""
        last = self.history[-1] if self.history else None
        documents = tree or (last.tree if last else Tree("version", ()))
        lock = (last.files if last else {}) if files is None else files
        trusted: Records = last.trusted if last else {}
        if by != PERSON and files is not None:
            trusted = join_all(trusted, files)
        index = len(self.history)
        unmoved = last is not None and self.separate and files is None
        token = last.token if last is not None and unmoved else index
        commit = Commit(
            index=index,
            order=order,
            at=at,
            by=by,
            message=message,
            tree=documents,
            files=lock,
            trusted=trusted,
            token=token,
            read=read,
            touches_lock=files is not None,
        )
        self.history.append(commit)
        return commit


class SimulatedStore:
    """`core.ports.LockStore` of one process."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._world = process.world
        self._remote = process.world.remote

    def snapshot(self, environment: str) -> Snapshot:
        """Fetch. On two branches the documents are fetched first, then the lock."""
        self._process.step("fetch")
        seen = self._remote.tip
        self._process.reads.append((self._world.now, seen.index))
        tree, number = seen.tree, seen.index
        if self._remote.separate:
            self._process.step("fetch the lock")
            seen = self._remote.tip
        found = Snapshot(
            files=TreeFiles(tree, revision(number)),
            records=self._remote.records(seen),
            tip=str(seen.token),
        )
        self._process.step("fetched")
        return found

    def write(
        self,
        environment: str,
        change: Callable[[Records], Records],
        *,
        message: str,
        tip: str | None = None,
    ) -> Records:
        """Read the lock afresh, change it, push it as a fast-forward of what was read."""
        for _ in range(MOST_TRIES):
            self._process.step("fetch to write")
            seen = self._remote.tip
            if tip is not None and str(seen.token) != tip:
                raise TipMoved("somebody else pushed")
            before = self._remote.records(seen)
            after = change(before)
            refuse_regressions(before, after)
            if same_text(seen.files, after):
                return after
            if self._pushed(seen, after, message):
                return after
            if tip is not None:
                raise TipMoved("somebody else pushed first")
        raise ReconcilerError("others pushed all the time")

    def _pushed(self, seen: Commit, after: Records, message: str) -> bool:
        """Push on what was seen; whether the server took it."""
        process, world = self._process, self._world
        process.step("push")
        lost = world.happens(world.weather.push_lost)
        if lost and world.happens(0.5):
            raise PushUnanswered("no answer, and nothing was pushed")
        if self._remote.tip.token != seen.token:
            process.note("push rejected")
            return False
        self._remote.push(
            process.name,
            message,
            world.now,
            world.order(),
            files=after,
            read=process.reads[-1][1],
        )
        process.note(f"pushed {self._remote.tip.index}: {message.partition(chr(10))[0]}")
        process.step("pushed")
        if lost:
            raise PushUnanswered("no answer, but it was pushed")
        return True
