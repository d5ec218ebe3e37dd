"""A bare repository of our own that follows branches of a remote.

It is a cache: whatever is wrong with it, it is made anew. Nobody's checkout is touched, shallow or
dirty as it may be. Only the branches that are asked for are fetched, with their whole history.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterable
from pathlib import Path

from reconciler.adapters.commit_files import CommitFiles
from reconciler.adapters.git import Answer, Git
from reconciler.adapters.locks.address import Address
from reconciler.adapters.locks.atomic import translated
from reconciler.adapters.locks.slots import take_slot
from reconciler.core.resource import Revision
from reconciler.errors import LockUnwritable, ReconcilerError

_QUICK = 60.0
_LONG = 1800.0
"""Seconds: for a question or a push, and for a fetch that may be the first one."""

_HOUSEKEEPING = ("-c", "gc.auto=0", "-c", "maintenance.auto=false")
_PLAIN_PUSH = ("-c", "push.gpgSign=false", "-c", "push.followTags=false")


class Unreachable(ReconcilerError):
    """The remote does not answer, or does not let us read."""


class Mirror:
    """Branches of one remote, read; and pushes to it."""

    def __init__(self, folder: Path, address: Address, *, repository: str) -> None:
        """Take a free repository below `folder`; `repository` is the name that revisions carry.

        Raises LockUnwritable when the disk refuses.
        """
        self._address = address
        self._repository = repository
        self._names: set[str] = set()
        self._files: dict[str, CommitFiles] = {}
        key = hashlib.sha256(address.url.encode("utf-8", "surrogateescape")).hexdigest()[:16]
        self._slot = take_slot(folder, key)
        self.folder = self._slot.folder
        """The bare repository."""
        self._git = Git(self.folder, bare=True, settings=address.settings)
        if self._usable():
            self._tidy()
        else:
            self.renew()

    @property
    def git(self) -> Git:
        """git in the repository."""
        return self._git

    def renew(self) -> None:
        """Begin with an empty repository, whatever was there."""
        with translated(self.folder):
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder.mkdir(exist_ok=True)
        self._git = Git(self.folder, bare=True, settings=self._address.settings)
        self._files.clear()
        Git(self.folder.parent).run("init", "--quiet", "--bare", "--template=", self.folder.name)

    def default_branch(self) -> str:
        """The branch that HEAD of the remote names, or else the one that the checkout follows.

        Raises Unreachable, or LockUnwritable if there is neither.
        """
        answer = self._asked("ls-remote", "--symref", "--", self._address.url, "HEAD")
        named = re.match(r"ref: refs/heads/(\S+)\tHEAD", answer.stdout)
        branch = named[1] if named else self._address.upstream
        if branch is None:
            raise LockUnwritable(
                "the remote does not say which of its branches is the default",
                advice="name the branch that holds the documents: --branch NAME",
            )
        return branch

    def tip(self, branch: str) -> str | None:
        """Fetch a branch; the commit at its tip, None if there is no such branch.

        Raises Unreachable, or LockUnwritable for what cannot be a branch.
        """
        name = self._checked(branch)
        answer = self._asked("ls-remote", "--", self._address.url, name)
        lines = [line.split("\t") for line in answer.stdout.splitlines()]
        there = next((words[0] for words in lines if words[1:] == [name]), None)
        known = self._known(branch)
        if there == known:
            return there
        if there is None:
            self._leave(branch, str(known))
            self._git.run("update-ref", "-d", f"refs/tips/{branch}")
            return None
        fetched = self._fetch(branch)
        if fetched.status != 0:
            # While the remote answers, it is the repository here that is damaged.
            self._asked("ls-remote", "--", self._address.url, name)
            self.renew()
            fetched = self._fetch(branch)
        if fetched.status != 0:
            raise self._unreachable(fetched)
        tip = self._known(branch)
        if known is not None and tip is not None and not self._has_ancestor(tip, known):
            self._leave(branch, known)
        return tip

    def left(self, branch: str) -> tuple[str, ...]:
        """Commits that were the tip of a branch and, since it was set back or removed, are not in
        it any more."""
        found = self._git.run("for-each-ref", "--format=%(objectname)", f"refs/left/{branch}/*")
        return tuple(found.decode().split())

    def forget(self, branch: str, commits: Iterable[str]) -> None:
        """Forget some of the commits of `left`: what they knew is at the tip again."""
        for commit in commits:
            self._git.run("update-ref", "-d", f"refs/left/{branch}/{commit}")

    def files(self, commit: str) -> CommitFiles:
        """The files of a commit; a listing of the newest ones is kept."""
        kept = self._files.get(commit)
        if kept is None:
            kept = self._listed(commit)
            newest = list(self._files.items())[-1:]
            self._files = {**dict(newest), commit: kept}
        return kept

    def _listed(self, commit: str) -> CommitFiles:
        author = self._git.run("log", "-1", "--no-show-signature", "--format=%an <%ae>", commit)
        name = author.decode("utf-8", "replace").strip()
        revision = Revision(commit, repository=self._repository, author=name)
        return CommitFiles(self._git, commit, revision)

    def push(self, commit: str, branch: str) -> Answer:
        """Push a commit as a plain fast-forward; `stdout` of the answer is git's porcelain."""
        answer = self._git.attempt(
            *(*_HOUSEKEEPING, *_PLAIN_PUSH),
            *("push", "--porcelain", "--no-verify", "--recurse-submodules=no", "--"),
            *(self._address.push_url, f"{commit}:refs/heads/{branch}"),
            timeout=_QUICK,
            keep=(self._slot.handle,),
        )
        if answer.status == 0:
            self._git.run("update-ref", f"refs/tips/{branch}", commit)
        return answer

    def _checked(self, branch: str) -> str:
        """The full name of a branch, once git has said that it can be one."""
        name = f"refs/heads/{branch}"
        if name not in self._names:
            if self._git.ask("check-ref-format", name) is None:
                raise LockUnwritable(f"{branch!r} cannot be the name of a branch")
            self._names.add(name)
        return name

    def _tidy(self) -> None:
        """Remove what killed runs left, and pack what many runs left."""
        with translated(self.folder):
            # Nobody works here, so a lock file of git is one that a killed git left.
            for leftover in self.folder.rglob("*.lock"):
                leftover.unlink(missing_ok=True)
        self._git.attempt(
            *("-c", "gc.autoDetach=false", "gc", "--auto", "--quiet"),
            timeout=_LONG,
            keep=(self._slot.handle,),
        )

    def _usable(self) -> bool:
        if not self.folder.is_dir():
            return False
        try:
            return self._git.run("rev-parse", "--is-bare-repository").strip() == b"true"
        except ReconcilerError:
            return False

    def _known(self, branch: str) -> str | None:
        found = self._git.ask("rev-parse", "--quiet", "--verify", f"refs/tips/{branch}")
        return found.decode().strip() if found else None

    def _leave(self, branch: str, commit: str) -> None:
        """Keep a commit that its branch left behind: the lock may have been newer there."""
        self._git.run("update-ref", f"refs/left/{branch}/{commit}", commit)

    def _has_ancestor(self, tip: str, commit: str) -> bool:
        return self._git.ask("merge-base", "--is-ancestor", commit, tip) is not None

    def _fetch(self, branch: str) -> Answer:
        return self._git.attempt(
            *_HOUSEKEEPING,
            *("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules"),
            *("--", self._address.url, f"+refs/heads/{branch}:refs/tips/{branch}"),
            timeout=_LONG,
            keep=(self._slot.handle,),
        )

    def _asked(self, *arguments: str) -> Answer:
        answer = self._git.attempt(*arguments, timeout=_QUICK, keep=(self._slot.handle,))
        if answer.status != 0:
            raise self._unreachable(answer)
        return answer

    def _unreachable(self, answer: Answer) -> Unreachable:
        return Unreachable(
            f"the remote cannot be read: {last_words(answer.stderr)}",
            advice="check the network and the credentials: git ls-remote",
        )


def last_words(stderr: str) -> str:
    """The line of git's complaint that says most."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    told = [line for line in lines if line.startswith(("fatal: ", "error: ", "remote: "))]
    return without_password((told or lines or ["git failed"])[0])


def without_password(line: str) -> str:
    """A line of git without the user and password that an address in it may hold."""
    return re.sub(r"://[^/\s@]*@", "://", line)
