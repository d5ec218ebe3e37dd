"""The commits of a checkout that touched the lock: `reconcile.auditing.LockHistory`.

Read from the clone itself, without the network: an audit is about what lies here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from reconciler.adapters.git import Git
from reconciler.adapters.locks.history import read_history
from reconciler.adapters.locks.identity import Identity
from reconciler.core.lock import lock_folder
from reconciler.core.repair import Touch
from reconciler.errors import ReconcilerError


class CheckoutHistory:
    """The history of HEAD in one clone, or of the branch that holds the lock apart."""

    def __init__(self, root: Path, identity: Identity, branch: str | None = None) -> None:
        """`identity` is who the reconciler is in commits, `branch` is the lock's if it has one.

        Raises ReconcilerError for a shallow clone, whose oldest commit seems to have written all,
        and for a branch that was not fetched.
        """
        self._git = Git(root)
        self._identity = identity
        if self._git.run("rev-parse", "--is-shallow-repository").strip() == b"true":
            raise ReconcilerError(
                "this clone is shallow: who wrote the lock cannot be told",
                advice="fetch the whole history: git fetch --unshallow",
            )
        names = [f"refs/remotes/origin/{branch}", f"refs/heads/{branch}"] if branch else ["HEAD"]
        self.commit = next(filter(None, map(self._commit, names)), None)
        """The newest commit; None where there is none yet."""
        if branch and self.commit is None:
            raise ReconcilerError(
                f"the lock lies on the branch {branch}, which is not in this clone",
                advice=f"fetch it: git fetch origin {branch}:refs/remotes/origin/{branch}",
            )

    def _commit(self, name: str) -> str | None:
        found = self._git.ask("rev-parse", "--quiet", "--verify", f"{name}^{{commit}}")
        return found.decode().strip() if found else None

    def touches(self, environment: str) -> Sequence[Touch]:
        """Every commit that wrote or removed a file of an environment's lock, newest first."""
        if self.commit is None:
            return ()
        history = read_history(self._git, environment, self._identity, of=[self.commit], without=())
        return history.touches

    def mainline(self, environment: str) -> frozenset[str]:
        """Commits that changed the lock against their first parent, along first parents."""
        if self.commit is None:
            return frozenset()
        folder = lock_folder(environment)
        output = self._git.run(
            "log", "--first-parent", "--no-show-signature", "--format=%H", self.commit, "--", folder
        )
        return frozenset(output.decode().split())

    def contents(self, blobs: Iterable[str]) -> Mapping[str, bytes]:
        """What was written, by git's id."""
        return self._git.blobs(blobs)
