"""A repository in memory: what the core sees of one, without git."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from reconciler.core.resource import FileEntry, Revision


def blob_id(content: bytes) -> str:
    """Git's object id of a file's content."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


class MemoryFiles:
    """`core.files.Files` over a map of path to text."""

    def __init__(self, texts: Mapping[str, str], *, commit: str = "c" * 40) -> None:
        self._contents = {path: text.encode() for path, text in texts.items()}
        self.revision = Revision(
            commit=commit, repository="github.com/acme/ml", author="Ada <ada@acme.example>"
        )

    def under(self, path: str) -> tuple[FileEntry, ...]:
        return tuple(
            FileEntry(found, "100644", blob_id(content))
            for found, content in sorted(self._contents.items())
            if found == path or found.startswith(path.rstrip("/") + "/")
        )

    def read(self, paths: Iterable[str]) -> dict[str, bytes]:
        return {path: self._contents[path] for path in paths}
