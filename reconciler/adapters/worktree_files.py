"""Files of the working tree: one filling of `core.files.Files`.

A file's `blob` is the id that git would give its content. Git's index knows the ids of files
that did not change since; others are hashed, with git's own filters, when somebody asks for
their folder: what nobody asks for costs nothing, however big it is.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from reconciler.adapters.git import Git, blob_id, decode, rows
from reconciler.adapters.listing import LINK, SUBMODULE, below, readable
from reconciler.adapters.worktree_scan import Scan, scan
from reconciler.core.resource import FileEntry, Revision
from reconciler.errors import ReconcilerError

_NO_BLOB = "0" * 40


class WorktreeFiles:
    """Tracked files as they lie in the folder now, and untracked ones that git does not ignore."""

    def __init__(self, git: Git, root: Path, head: Revision, algorithm: str) -> None:
        self._git = git
        self._root = root
        self._head = head
        self._algorithm = algorithm
        self._hashed: dict[str, FileEntry] = {}

    @cached_property
    def revision(self) -> Revision:
        """The commit below, and whether any file outside `locks/` differs from it."""
        return replace(self._head, dirty=self._head.commit is None or self._differs())

    def under(self, path: str) -> tuple[FileEntry, ...]:
        """Every file below a folder (or the file itself), sorted by path; empty if none."""
        found = below(self._paths, path)
        self._hash(found)
        return tuple(self._entry(name) for name in found)

    def read(self, paths: Iterable[str]) -> dict[str, bytes]:
        """Content of files; of a symbolic link its target. KeyError for what is not there.

        Raises ReconcilerError for a file that changed since it was listed: content must be what
        its id says, since uploads and runs are named by it.
        """
        wanted = list(dict.fromkeys(paths))
        modes = {path: readable(self._scan.entries[path]).mode for path in wanted}
        self._hash(wanted)
        for folder in {posixpath.dirname(path) for path in wanted}:
            self._refuse_link(folder)
        contents = {path: self._content(path, modes[path]) for path in wanted}
        self._refuse_moved(contents)
        return contents

    @cached_property
    def _scan(self) -> Scan:
        return scan(self._git, self._root)

    @cached_property
    def _paths(self) -> list[str]:
        return sorted(self._scan.entries)

    def _entry(self, path: str) -> FileEntry:
        return self._hashed.get(path) or self._scan.entries[path]

    def _hash(self, paths: Sequence[str]) -> None:
        """Find the ids of the files among `paths` whose ids are not known yet."""
        missing = [p for p in paths if p in self._scan.unhashed and p not in self._hashed]
        modes = {path: self._scan.entries[path].mode for path in missing}
        ids = self._filtered_ids([p for p in missing if modes[p] not in (LINK, SUBMODULE)])
        for path in missing:
            if modes[path] == LINK:
                ids[path] = blob_id(self._content(path, LINK), self._algorithm)
        for path in missing:
            entry = self._scan.entries[path]
            self._hashed[path] = replace(entry, blob=ids.get(path, _NO_BLOB))

    def _filtered_ids(self, paths: Sequence[str]) -> dict[str, str]:
        """Ids that the files would have if they were committed (line ends, Git LFS)."""
        if not paths:
            return {}
        names = b"".join(_quoted(path) + b"\n" for path in paths)
        answer = self._git.run("hash-object", "--stdin-paths", stdin=names)
        return dict(zip(paths, answer.decode().split(), strict=True))

    def _differs(self) -> bool:
        """Whether anything outside `locks/` is not as in the commit."""
        commit = self._head.commit or "HEAD"
        answer = self._git.run("diff-index", "--cached", "--name-only", "-z", commit, "--")
        if any(map(_counts, (*self._scan.moved, *map(decode, rows(answer))))):
            return True
        touched = [path for path in self._scan.unhashed if _counts(path)]
        self._hash(touched)
        return any(self._hashed[path] != self._scan.index.get(path) for path in touched)

    def _content(self, path: str, mode: str) -> bytes:
        where = self._root / path
        try:
            if mode == LINK:
                return os.fsencode(where.readlink())
            with open(os.open(where, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
                return file.read()
        except FileNotFoundError:
            blob = self._scan.entries[path].blob
            if not blob:
                raise _moved(path) from None
            # A sparse checkout lists tracked files that it does not lay down.
            return self._git.blobs([blob])[blob]
        except OSError as error:
            raise ReconcilerError(f"{path} cannot be read: {error.strerror}") from error

    def _refuse_link(self, folder: str) -> None:
        """Refuse a folder that became a symbolic link: it may lead out of the repository."""
        plain = os.path.normpath(os.path.join(os.path.realpath(self._root), folder))
        if os.path.realpath(self._root / folder) != plain:
            raise ReconcilerError(f"{folder} became a symbolic link", advice=_AGAIN)

    def _refuse_moved(self, contents: dict[str, bytes]) -> None:
        """Refuse content that is not what its id says, by itself or through git's filters."""
        suspects = [
            path
            for path, content in contents.items()
            if blob_id(content, self._algorithm) != self._entry(path).blob
        ]
        files = [path for path in suspects if self._scan.entries[path].mode != LINK]
        ids = self._filtered_ids(files)
        for path in suspects:
            if ids.get(path) != self._entry(path).blob:
                raise _moved(path)


_AGAIN = "run the command again"


def _moved(path: str) -> ReconcilerError:
    return ReconcilerError(f"{path} changed while it was read", advice=_AGAIN)


def _counts(path: str) -> bool:
    """Whether a difference makes the working tree dirty: the lock is no input of a run."""
    return not path.startswith("locks/")


def _quoted(path: str) -> bytes:
    """A path for `--stdin-paths`, in git's C style: a name may hold a newline or a quote."""
    raw = path.encode("utf-8", "surrogateescape")
    return b'"' + b"".join(b"\\%03o" % byte for byte in raw) + b'"'
