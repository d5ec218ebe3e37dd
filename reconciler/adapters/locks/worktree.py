"""The lock in the working tree: for the local engine, on one computer.

Documents and records are read as they lie in the folder. A write holds an OS lock around
reading, changing and writing only, never while jobs run.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from reconciler.adapters.locks.atomic import exclusive, write_files
from reconciler.adapters.workspace import Workspace
from reconciler.core.files import Files
from reconciler.core.join import differing
from reconciler.core.lock import lock_folder, parse_records
from reconciler.core.ports import Records, Snapshot, TipMoved
from reconciler.core.record import UnreadableLock, dumps
from reconciler.core.resource import sha256_of
from reconciler.errors import LockUnwritable

_DOCUMENTS = ("environments", "jobs", "runtimes")


class WorktreeStore:
    """`core.ports.LockStore` on `locks/<environment>/` of the working tree."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def snapshot(self, environment: str) -> Snapshot:
        """Documents and lock as they lie in the folder now."""
        files = self._workspace.worktree_files()
        records = self._records(environment)
        return Snapshot(files=files, records=records, tip=_tip(files, records))

    def write(
        self,
        environment: str,
        change: Callable[[Records], Records],
        *,
        message: str,
        tip: str | None = None,
    ) -> Records:
        """Read the lock afresh, apply `change`, write the records that differ.

        `message` is for stores that commit. Raises TipMoved if `tip` is given and documents or
        lock are no longer the ones of that snapshot, LockUnwritable when the disk refuses,
        ReconcilerError when the lock would lose something; nothing is written then.
        """
        with exclusive(self._workspace.root / ".reconciler" / "locks.lock"):
            if tip is not None and self.snapshot(environment).tip != tip:
                raise TipMoved(
                    "documents or lock changed since they were read",
                    advice="run the command again: it plans from what is there now",
                )
            before = self._records(environment)
            after = change(before)
            folder = self._folder(environment)
            write_files(
                {
                    folder / f"{name}.json": dumps(record).encode()
                    for name, record in differing(before, after).items()
                }
            )
            return after

    def _records(self, environment: str) -> Records:
        """Read from the disk: git ignores `locks/local/`, so that no listing has it."""
        folder = self._folder(environment)
        names = {
            f"{lock_folder(environment)}/{path.name}": path
            for path in sorted(folder.glob("[!.]*.json"))
        }
        try:
            return parse_records(
                {name: _read(path, name) for name, path in names.items()}, environment
            )
        except UnreadableLock as error:
            error.advice = f"remove {error.path}: the next apply adopts by name what was run here"
            raise

    def _folder(self, environment: str) -> Path:
        """The folder of the records, as long as no link leads out of the repository."""
        folder = self._workspace.root / lock_folder(environment)
        inside = Path(os.path.realpath(self._workspace.root), lock_folder(environment))
        if os.path.realpath(folder) != os.fspath(inside):
            raise LockUnwritable(
                f"{folder} is, or lies below, a symbolic link",
                advice="replace the link by a folder: the lock stays in the repository",
            )
        return folder


def _read(path: Path, name: str) -> bytes:
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
            return file.read()
    except OSError as error:
        raise UnreadableLock(name, f"it cannot be read: {error.strerror}") from error


def _tip(files: Files, records: Records) -> str:
    """Hash over the content of all documents, and over the lock."""
    documents = [
        [ascii(entry.path), entry.mode, entry.blob]  # a name need not be UTF-8
        for folder in _DOCUMENTS
        for entry in files.under(folder)
    ]
    return sha256_of([documents, {name: dumps(record) for name, record in records.items()}])
