"""Files: the repository at one revision, as the core needs to see it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from reconciler.core.resource import FileEntry, Revision


class Files(Protocol):
    """The files of the repository at one revision: a commit, or the working tree."""

    @property
    def revision(self) -> Revision:
        """What was read."""

    def under(self, path: str) -> tuple[FileEntry, ...]:
        """Every file below a folder (or the file itself), sorted by path; empty if none.

        In the working tree: tracked files and untracked ones that git does not ignore.
        """

    def read(self, paths: Iterable[str]) -> dict[str, bytes]:
        """Content of files, in one go. KeyError for a path that is not there."""
