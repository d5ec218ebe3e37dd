"""Files of one commit, from git objects: one filling of `core.files.Files`."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from reconciler.adapters.git import Git, decode, rows
from reconciler.adapters.listing import below, canonical_mode, readable
from reconciler.core.resource import FileEntry, Revision


class CommitFiles:
    """The files of one commit."""

    def __init__(self, git: Git, commit: str, revision: Revision) -> None:
        self.revision = revision
        """The commit that is read."""
        self._git = git
        self._commit = commit

    def under(self, path: str) -> tuple[FileEntry, ...]:
        """Every file below a folder (or the file itself), sorted by path; empty if none."""
        return tuple(self._entries[found] for found in below(self._paths, path))

    def read(self, paths: Iterable[str]) -> dict[str, bytes]:
        """Content of files; of a symbolic link its target. KeyError for what is not there."""
        ids = {path: readable(self._entries[path]).blob for path in paths}
        blobs = self._git.blobs(ids.values())
        return {path: blobs[blob] for path, blob in ids.items()}

    @cached_property
    def _entries(self) -> dict[str, FileEntry]:
        entries = {}
        for row in rows(self._git.run("ls-tree", "-r", "-z", "--full-tree", self._commit)):
            facts, _, name = row.partition(b"\t")
            mode, _, blob = facts.split()
            path = decode(name)
            entries[path] = FileEntry(path, canonical_mode(mode), blob.decode())
        return entries

    @cached_property
    def _paths(self) -> list[str]:
        return sorted(self._entries)
