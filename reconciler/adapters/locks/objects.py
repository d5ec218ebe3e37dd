"""Commits built from objects, without a working tree and without an index.

GitPython writes the objects. Of the trees only those on the way to a changed file are made anew,
however large the repository is.
"""

from __future__ import annotations

import io
import time
from collections.abc import Mapping
from pathlib import Path

from git import Actor, Commit, Repo, Tree
from git.objects.fun import tree_to_stream
from gitdb import IStream  # type: ignore[import-untyped]

from reconciler.adapters.git import Git, decode, rows
from reconciler.adapters.locks.delivery import LockCommit
from reconciler.adapters.locks.identity import Identity

_FILE, _FOLDER = 0o100644, 0o040000

_Entry = tuple[bytes, int, str]
"""Object id, mode and name: one row of a tree, as GitPython has it."""


class Objects:
    """Writes objects into a bare repository."""

    def __init__(self, folder: Path, git: Git) -> None:
        self._git = git
        self._repo = Repo(folder, expand_vars=False)
        # Said explicitly, so that neither a hook's variables nor the folders around mislead git.
        self._repo.git.update_environment(
            GIT_DIR=str(folder), GIT_OBJECT_DIRECTORY=str(folder / "objects")
        )

    def commit(self, commit: LockCommit, identity: Identity) -> str:
        """Store a commit with its trees and files; its id. No branch is moved."""
        base = f"{commit.parent}^{{tree}}" if commit.parent else None
        tree = self._tree(base, commit.contents) or self._written(b"tree", b"")
        actor, now = Actor(identity.name, identity.email), int(time.time())
        made = Commit(
            self._repo,
            b"\0" * 20,
            tree=Tree(self._repo, tree),
            author=actor,
            authored_date=now,
            author_tz_offset=0,
            committer=actor,
            committed_date=now,
            committer_tz_offset=0,
            message=commit.message,
            parents=[Commit(self._repo, bytes.fromhex(commit.parent))] if commit.parent else [],
            encoding="UTF-8",
        )
        stream = io.BytesIO()
        made._serialize(stream)
        return self._written(b"commit", stream.getvalue()).hex()

    def _tree(self, base: str | None, contents: Mapping[str, bytes | None]) -> bytes | None:
        """The tree `base` with other files in it; None for an empty one."""
        entries = {entry[2]: entry for entry in self._entries(base)} if base else {}
        below: dict[str, dict[str, bytes | None]] = {}
        for path, content in contents.items():
            name, _, rest = path.partition("/")
            if rest:
                below.setdefault(name, {})[rest] = content
            elif content is None:
                entries.pop(name, None)
            else:
                entries[name] = (self._written(b"blob", content), _FILE, name)
        for name, inside in below.items():
            old = entries.pop(name, None)
            sub = old[0].hex() if old and old[1] == _FOLDER else None
            tree = self._tree(sub, inside)
            if tree is not None:
                entries[name] = (tree, _FOLDER, name)
        if not entries:
            return None
        stream = io.BytesIO()
        tree_to_stream(sorted(entries.values(), key=_in_git_order), stream.write)
        return self._written(b"tree", stream.getvalue())

    def _entries(self, tree: str) -> list[_Entry]:
        found = []
        for row in rows(self._git.run("ls-tree", "-z", "--full-tree", tree)):
            facts, _, name = row.partition(b"\t")
            mode, _, object_id = facts.split()
            found.append((bytes.fromhex(object_id.decode()), int(mode, 8), decode(name)))
        return found

    def _written(self, kind: bytes, content: bytes) -> bytes:
        stored = self._repo.odb.store(IStream(kind, len(content), io.BytesIO(content)))
        return bytes(stored.binsha)


def _in_git_order(entry: _Entry) -> bytes:
    """Git sorts a folder as if its name ended with a slash."""
    name = entry[2].encode("utf-8", "surrogateescape")
    return name + b"/" if entry[1] == _FOLDER else name
