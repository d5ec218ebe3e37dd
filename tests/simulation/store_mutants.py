"""Mutants of the store: each keeps the lock by something else than compare and swap."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch

from reconciler.core.ports import Records, Snapshot
from tests.simulation.documents import TreeFiles, revision
from tests.simulation.remote import Commit, SimulatedStore

LEASE_SECONDS = 60.0
Change = Callable[[Records], Records]
_snapshot = SimulatedStore.snapshot


class _Memory(SimulatedStore):
    """A store that writes from what it read in its last snapshot."""

    def snapshot(self, environment: str) -> Snapshot:
        self._read = self._remote.tip
        return _snapshot(self, environment)

    def _put(self, files: Records, message: str) -> Records:
        """Push without asking what happened since."""
        world, process = self._world, self._process
        process.step("push")
        read = process.reads[-1][1]
        self._remote.push(process.name, message, world.now, world.order(), files=files, read=read)
        process.note(f"pushed {self._remote.tip.index}")
        return files

    def _changed(self, change: Change) -> Records | None:
        """What it wants to write, made from what it read; None if that is nothing new."""
        before = self._remote.records(self._read)
        after = change(before)
        return None if after == before else after


class TextMerge(_Memory):
    """Two texts of one record are merged by taking ours (`-X theirs` of a rebase)."""

    def write(
        self, environment: str, change: Change, *, message: str, tip: str | None = None
    ) -> Records:
        after = self._changed(change)
        if after is None:
            return self._remote.tip.files
        before = self._remote.records(self._read)
        ours = {name: record for name, record in after.items() if before.get(name) != record}
        return self._put({**self._remote.tip.files, **ours}, message)


class ForcePush(_Memory):
    """The branch is set to what this process makes of what it read; commits in between are lost."""

    def write(
        self, environment: str, change: Change, *, message: str, tip: str | None = None
    ) -> Records:
        after = self._changed(change)
        return self._remote.tip.files if after is None else self._put(after, message)


class FromScratch(_Memory):
    """The lock is written as this pass knows it, without what was there."""

    def write(
        self, environment: str, change: Change, *, message: str, tip: str | None = None
    ) -> Records:
        after = change({})
        return after if after == self._remote.tip.files else self._put(after, message)


class Lease(ForcePush):
    """A lease by the holder's clock instead of the swap: who holds it writes what it makes of what
    it read. Names and joins keep a mere lease from launching twice, so what fails is the record."""

    def snapshot(self, environment: str) -> Snapshot:
        process, remote = self._process, self._remote
        while True:
            now = self._world.now + process.skew
            holder, until = remote.lease
            if holder == process.name or now >= until:
                remote.lease = process.name, now + LEASE_SECONDS
                return super().snapshot(environment)
            process.sleep(until - now)


class EventsCommit(SimulatedStore):
    """Documents are those of the commit that started the run, not those of the tip."""

    _event: Commit | None = None

    def snapshot(self, environment: str) -> Snapshot:
        self._event = self._event or self._remote.tip
        found = _snapshot(self, environment)
        files = TreeFiles(self._event.tree, revision(self._event.index))
        return Snapshot(files=files, records=found.records, tip=found.tip)


def _instead(store: type[SimulatedStore]) -> Callable[[], AbstractContextManager[Any]]:
    return lambda: patch("tests.simulation.process.SimulatedStore", store)


STORE_MUTANTS = {
    "text merge": _instead(TextMerge),
    "force-push": _instead(ForcePush),
    "from scratch": _instead(FromScratch),
    "lease": _instead(Lease),
    "event's commit": _instead(EventsCommit),
}
