"""Documents of one commit with the locks of another: where locks have a branch of their own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from reconciler.core.files import Files
from reconciler.core.lock import FOLDER
from reconciler.core.resource import FileEntry, Revision


@dataclass(frozen=True, slots=True)
class WithLocks:
    """`core.files.Files` of the documents, except below `locks/`."""

    documents: Files
    locks: Files

    @property
    def revision(self) -> Revision:
        """The commit of the documents."""
        return self.documents.revision

    def under(self, path: str) -> tuple[FileEntry, ...]:
        """As the documents have it, or the locks below their folder."""
        if _of_locks(path):
            return self.locks.under(path)
        return tuple(e for e in self.documents.under(path) if not _of_locks(e.path))

    def read(self, paths: Iterable[str]) -> dict[str, bytes]:
        """Content of files of either side, in one go for each. KeyError for what is not there."""
        wanted = list(paths)
        return self.documents.read(p for p in wanted if not _of_locks(p)) | self.locks.read(
            p for p in wanted if _of_locks(p)
        )


@dataclass(frozen=True, slots=True)
class NoLocks:
    """`core.files.Files` of a branch that is not there yet."""

    revision: Revision

    def under(self, path: str) -> tuple[FileEntry, ...]:
        """None."""
        return ()

    def read(self, paths: Iterable[str]) -> dict[str, bytes]:
        """Nothing. KeyError for any path."""
        return {path: _missing(path) for path in paths}


def _missing(path: str) -> bytes:
    raise KeyError(path)


def _of_locks(path: str) -> bool:
    return path == FOLDER or path.startswith(f"{FOLDER}/")
