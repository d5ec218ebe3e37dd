"""A repository in memory: what the core sees of one, without git."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

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


class FolderFiles:
    """`core.files.Files` over a folder on disk that is no repository."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.revision = Revision(commit=None, repository="folder")

    def under(self, path: str) -> tuple[FileEntry, ...]:
        top = self._root / path
        found = [top] if top.is_file() else sorted(top.rglob("*"))
        return tuple(self._entry(file) for file in found if file.is_symlink() or file.is_file())

    def read(self, paths: Iterable[str]) -> dict[str, bytes]:
        return {path: self._content(self._root / path) for path in paths}

    def _entry(self, file: Path) -> FileEntry:
        executable = file.stat(follow_symlinks=False).st_mode & 0o100
        mode = "120000" if file.is_symlink() else "100755" if executable else "100644"
        path = file.relative_to(self._root).as_posix()
        return FileEntry(path, mode, blob_id(self._content(file)))

    def _content(self, file: Path) -> bytes:
        return os.fsencode(os.readlink(file)) if file.is_symlink() else file.read_bytes()
