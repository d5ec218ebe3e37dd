"""Workspace: the git repository that people work in, as the core's `Files`.

`commit_files` is what a commit holds, read from git objects; `worktree_files` is what lies in
the folder now, `proposed_files` what will. All give the same id to the same content.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from reconciler.adapters.commit_files import CommitFiles
from reconciler.adapters.git import Git, GitFailed, blob_id, decode, rows
from reconciler.adapters.proposed_files import ProposedFiles
from reconciler.adapters.remotes import repository_name
from reconciler.adapters.worktree_files import WorktreeFiles
from reconciler.core.resource import FileEntry, Revision
from reconciler.errors import ReconcilerError


@dataclass(frozen=True, slots=True)
class _Commit:
    id: str
    author: str


class Workspace:
    """A git repository with a working tree."""

    def __init__(self, root: Path, algorithm: str) -> None:
        self.root = root
        """Top folder of the working tree."""
        self._algorithm = algorithm
        self._git = Git(root)

    @classmethod
    def open(cls, start: Path) -> Workspace:
        """The repository that a folder lies in. Raises ReconcilerError if it lies in none."""
        if not start.is_dir():
            raise ReconcilerError(f"{start} is not a folder")
        answer = Git(start).run("rev-parse", "--show-object-format", "--show-toplevel")
        algorithm, _, root = answer.partition(b"\n")
        return cls(Path(os.fsdecode(root.removesuffix(b"\n"))), algorithm.decode())

    @cached_property
    def repository(self) -> str:
        """`github.com/acme/ml` by the remote `origin`; without one the name of the folder."""
        # `git config`, not `git remote get-url`: a rewrite on one computer must not rename it.
        url = self._git.ask("config", "--get", "remote.origin.url")
        named = repository_name(url.decode("utf-8", "replace")) if url else None
        return named or self.root.name or "repository"

    def user(self) -> str | None:
        """`Name <address>` that git would put on a commit made here now; None if it has none."""
        try:
            identity = self._git.run("var", "GIT_AUTHOR_IDENT")
        except GitFailed:
            return None
        # After the address come the time and its zone.
        return identity.decode("utf-8", "replace").rpartition(">")[0] + ">"

    def commit_files(self, ref: str = "HEAD") -> CommitFiles:
        """The files of a commit. Raises ReconcilerError if `ref` names none."""
        found = self.find_commit(ref)
        if found is None:
            raise _no_commit(ref)
        return found

    def parents(self, commit: str) -> tuple[str, ...]:
        """The commits that a commit was made from. Raises ReconcilerError if it is not here."""
        return tuple(self._git.run("rev-parse", f"{commit}^@").decode().split())

    def changed_since(self, commit: str) -> tuple[str, ...] | None:
        """Paths of all files in which HEAD differs from a commit; None if it is not here."""
        known = self._commit(commit)
        if known is None:
            return None
        names = self._git.run("diff-tree", "-r", "-z", "--name-only", known.id, "HEAD", "--")
        return tuple(decode(name) for name in rows(names))

    def last_change(self, path: str) -> str | None:
        """The commit by which a file last changed on the way of HEAD along first parents: a merge
        brought what was merged. None where no commit has it."""
        found = self._git.run(
            "log", "-1", "--first-parent", "--no-show-signature", "--format=%H", "HEAD", "--", path
        )
        return found.decode().strip() or None

    def find_commit(self, ref: str) -> CommitFiles | None:
        """The files of a commit; None if `ref` names none here."""
        commit = self._commit(ref)
        if commit is None:
            return None
        revision = Revision(commit.id, repository=self.repository, author=commit.author)
        return CommitFiles(self._git, commit.id, revision)

    def worktree_files(self) -> WorktreeFiles:
        """The files that lie in the working tree now, less those that git ignores."""
        commit = self._commit("HEAD")
        head = Revision(
            commit=commit.id if commit else None,
            repository=self.repository,
            author=commit.author if commit else None,
        )
        return WorktreeFiles(self._git, self.root, head, self._algorithm)

    def proposed_files(self, path: str, content: bytes) -> ProposedFiles:
        """What lies in the working tree, and a file that is to be written there."""
        entry = FileEntry(path, "100644", blob_id(content, self._algorithm))
        return ProposedFiles(self.worktree_files(), entry, content)

    def _commit(self, ref: str) -> _Commit | None:
        """The commit that a name means; None if there is none of that name."""
        if not ref or ref.startswith("-") or not ref.isprintable() or " " in ref:
            raise _no_commit(ref)
        found = self._git.ask(
            "rev-parse", "--quiet", "--verify", "--end-of-options", f"{ref}^{{commit}}"
        )
        if found is None:
            return None
        commit = found.split()[-1].decode()
        author = self._git.run(
            "log", "-1", "--no-show-signature", "--format=%an <%ae>", commit, "--"
        )
        return _Commit(commit, author.decode("utf-8", "replace").strip())


def _no_commit(ref: str) -> ReconcilerError:
    if ref == "HEAD":
        return ReconcilerError(
            "there is no commit yet", advice="commit the documents first: git add, git commit"
        )
    return ReconcilerError(
        f"{ref!r} is not the name of a commit here",
        advice="`git log --oneline --all` lists them; a shallow clone may need `git fetch`",
    )
