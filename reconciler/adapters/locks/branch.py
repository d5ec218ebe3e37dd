"""The lock on a branch of a git remote: documents and records of the newest commits.

A write is a commit that must follow the very tip it was computed from. Whoever loses that race
computes again on the new tip; text is never merged and nothing is ever forced.
"""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from reconciler.adapters.git import GitFailed
from reconciler.adapters.locks.delivery import Delivery, LockCommit
from reconciler.adapters.locks.identity import Identity
from reconciler.adapters.locks.identity import message as commit_message
from reconciler.adapters.locks.mirror import Mirror, Unreachable
from reconciler.adapters.locks.overlay import NoLocks, WithLocks
from reconciler.adapters.locks.trusted import TrustedLock, TrustedReader
from reconciler.core.files import Files
from reconciler.core.join import differing
from reconciler.core.lock import lock_folder
from reconciler.core.ports import Records, Snapshot, TipMoved
from reconciler.core.record import dumps
from reconciler.errors import LockUnwritable

MOST_TRIES = 12
"""Races that one write may lose in a row; with their pauses they take about 20 seconds."""

LockBranchOf = Callable[[Files, str], str | None]
"""Tells the branch of an environment's lock from the documents; None: beside the documents."""


class _NotTaken(Exception):
    """The branch is not known to have taken a commit: look again."""


@dataclass(frozen=True, slots=True)
class _Look:
    """Both branches, read one after the other."""

    files: Files
    documents: str
    branch: str
    """Branch of the lock."""
    tip: str | None
    """Its newest commit."""
    lock: TrustedLock
    left: tuple[str, ...]
    """Commits that the branch of the lock held once and does not hold any more."""

    @property
    def token(self) -> str:
        return f"{self.documents} {self.tip or ''}"


class BranchStore:
    """`core.ports.LockStore` on a branch of a git remote."""

    def __init__(
        self,
        mirror: Mirror,
        delivery: Delivery,
        *,
        branch: str,
        lock_branch_of: LockBranchOf,
        identity: Identity,
        workflow_run: str | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._mirror = mirror
        self._delivery = delivery
        self._branch = branch
        self._lock_branch_of = lock_branch_of
        self._identity = identity
        self._workflow_run = workflow_run
        self._sleep = sleep
        self._readers: dict[tuple[str, str], TrustedReader] = {}

    def snapshot(self, environment: str) -> Snapshot:
        """Fetch the tips; documents and lock as they are there.

        Raises Unreachable, LockUnwritable when there is no such branch, NewerLock.
        """
        seen = self._look(environment)
        return Snapshot(
            files=seen.files,
            records=seen.lock.records,
            tip=seen.token,
            findings=seen.lock.findings,
        )

    def write(
        self,
        environment: str,
        change: Callable[[Records], Records],
        *,
        message: str,
        tip: str | None = None,
    ) -> Records:
        """Fetch, apply `change`, commit what differs, and with it what others damaged.

        Raises TipMoved if `tip` is given and a branch moved since that snapshot, LockUnwritable
        when the branch does not take the commit, ReconcilerError when the lock would lose
        something.
        """
        write, words = secrets.token_hex(8), ""
        for pause in _pauses():
            try:
                return self._written(environment, change, message, tip, write)
            except (_NotTaken, Unreachable) as error:
                words = str(error)
            self._sleep(pause)
        raise LockUnwritable(
            f"{MOST_TRIES} tries to write the lock failed; the last one: {words}",
            advice="run the command again: nothing is lost, and nothing is launched twice",
        )

    def _written(
        self,
        environment: str,
        change: Callable[[Records], Records],
        message: str,
        tip: str | None,
        write: str,
    ) -> Records:
        """Try once. `write` marks the commit: a try whose answer was lost is known by it."""
        seen = self._look(environment)
        if write in seen.lock.writes:
            return seen.lock.records
        if tip is not None and seen.token != tip:
            raise TipMoved(
                "documents or lock moved on the remote since they were read",
                advice="run the command again: it plans from what is there now",
            )
        after = change(seen.lock.records)
        commit = self._commit(seen, environment, after, message, write)
        if commit.contents:
            refusal = self._delivery.deliver(commit)
            if refusal is not None:
                raise _NotTaken(refusal)
            self._mirror.forget(seen.branch, seen.left)
        return after

    def _commit(
        self, seen: _Look, environment: str, after: Records, message: str, write: str
    ) -> LockCommit:
        changed = differing(seen.lock.records, after)
        folder = lock_folder(environment)
        names = {f"{folder}/{name}.json": name for name in after}
        paths = {path for path, name in names.items() if name in changed} | seen.lock.damaged
        return LockCommit(
            branch=seen.branch,
            parent=seen.tip,
            contents={
                path: dumps(after[names[path]]).encode() if path in names else None
                for path in sorted(paths)
            },
            message=commit_message(
                message,
                reconciled=seen.documents,
                changed=changed,
                run=self._workflow_run,
                write=write,
            ),
        )

    def _look(self, environment: str) -> _Look:
        """Fetch and read; once more from a new mirror if the old one turns out damaged."""
        try:
            return self._read(environment)
        except GitFailed:
            self._mirror.renew()
            return self._read(environment)

    def _read(self, environment: str) -> _Look:
        documents = self._mirror.tip(self._branch)
        if documents is None:
            raise LockUnwritable(
                f"the remote has no branch {self._branch}",
                advice="push the documents first, or name their branch: --branch NAME",
            )
        at_documents = self._mirror.files(documents)
        branch = self._lock_branch_of(at_documents, environment) or self._branch
        apart = branch != self._branch
        tip = self._mirror.tip(branch) if apart else documents
        at_lock: Files = at_documents
        if apart:
            at_lock = self._mirror.files(tip) if tip else NoLocks(at_documents.revision)
        reader = self._readers.setdefault(
            (environment, branch), TrustedReader(environment, self._identity)
        )
        entries = at_lock.under(lock_folder(environment))
        left = self._mirror.left(branch)
        lock = reader.read(self._mirror.git, entries, tip, left)
        files = WithLocks(at_documents, at_lock) if apart else at_documents
        return _Look(files, documents, branch, tip, lock, left)


def _pauses() -> Iterator[float]:
    """Seconds to wait after each try: random, so that those who collided part, and growing:
    whoever has just won is quick to write again."""
    for number in range(MOST_TRIES):
        yield random.uniform(0.0, min(0.1 * 2**number, 5.0))
