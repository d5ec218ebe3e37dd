"""Files of the working tree with one file more, which is not written yet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from reconciler.adapters.listing import below
from reconciler.core.files import Files
from reconciler.core.resource import FileEntry, Revision


@dataclass(frozen=True, slots=True)
class ProposedFiles:
    """`core.files.Files` of what the working tree will be once a file is written."""

    files: Files
    entry: FileEntry
    """The file more; there is none of its path yet."""
    content: bytes

    @property
    def revision(self) -> Revision:
        """The commit below; the file is in no commit."""
        return replace(self.files.revision, dirty=True)

    def under(self, path: str) -> tuple[FileEntry, ...]:
        """Every file below a folder (or the file itself), sorted by path; empty if none."""
        more = (self.entry,) if below([self.entry.path], path) else ()
        return tuple(sorted((*self.files.under(path), *more), key=lambda entry: entry.path))

    def read(self, paths: Iterable[str]) -> dict[str, bytes]:
        """Content of files, in one go. KeyError for a path that is not there."""
        wanted = list(paths)
        found = self.files.read(path for path in wanted if path != self.entry.path)
        return found | ({self.entry.path: self.content} if self.entry.path in wanted else {})
