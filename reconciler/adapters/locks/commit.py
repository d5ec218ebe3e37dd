"""The lock of a commit, to plan from: for engine sagemaker on one computer.

An intent that only one computer knows fences nobody, so nothing is launched from here.
"""

from __future__ import annotations

from collections.abc import Callable

from reconciler.adapters.locks.overlay import NoLocks, WithLocks
from reconciler.adapters.workspace import Workspace
from reconciler.core.files import Files
from reconciler.core.join import differing
from reconciler.core.lock import read_records
from reconciler.core.ports import Records, Snapshot
from reconciler.errors import LockUnwritable


def fetched_lock(workspace: Workspace, branch: str) -> Files | None:
    """The newest files of a lock's branch that this clone has; None if it does not have it."""
    return workspace.find_commit(f"refs/remotes/origin/{branch}") or workspace.find_commit(
        f"refs/heads/{branch}"
    )


class CommitPlanStore:
    """`core.ports.LockStore` that reads documents and lock from commits and writes nothing."""

    def __init__(
        self, workspace: Workspace, ref: str = "HEAD", *, lock_branch: str | None = None
    ) -> None:
        self._workspace = workspace
        self._ref = ref
        self._lock_branch = lock_branch

    def snapshot(self, environment: str) -> Snapshot:
        """Documents and lock of the commit. Raises ReconcilerError if there is none.

        A lock that has a branch of its own is read as this clone last fetched it; it is empty
        where the clone does not have the branch.
        """
        files: Files = self._workspace.commit_files(self._ref)
        tip = files.revision.commit or ""
        if self._lock_branch is not None:
            locks = fetched_lock(self._workspace, self._lock_branch)
            files = WithLocks(files, locks or NoLocks(files.revision))
        return Snapshot(files=files, records=read_records(files, environment), tip=tip)

    def write(
        self,
        environment: str,
        change: Callable[[Records], Records],
        *,
        message: str,
        tip: str | None = None,
    ) -> Records:
        """The lock as it is, if `change` changes nothing. Raises LockUnwritable otherwise."""
        records = self.snapshot(environment).records
        if differing(records, change(records)):
            raise LockUnwritable(
                f"the lock of {environment} is not written from a checkout: a record on one"
                " computer keeps no other reconciler from launching the same job",
                advice="merge, and let CI run: reconciler apply -e"
                f" {environment} --push git (or github). `plan` works here",
            )
        return records
