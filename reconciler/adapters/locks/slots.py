"""A folder to work in that no other process uses, kept from run to run where possible.

An advisory lock of the kernel marks a folder as taken. The handle is handed to git's children, so
a folder stays taken as long as a child lives that outlived its killed parent.
"""

from __future__ import annotations

import fcntl
import itertools
import os
import weakref
from pathlib import Path

from reconciler.adapters.locks.atomic import hide_from_git, translated


class Slot:
    """One folder, ours until this object goes."""

    def __init__(self, folder: Path, handle: int) -> None:
        self.folder = folder
        self.handle = handle
        """File descriptor that holds the folder."""
        weakref.finalize(self, os.close, handle)


def take_slot(parent: Path, name: str) -> Slot:
    """The first free one of the folders `<name>-1`, `<name>-2`, … below `parent`.

    Raises LockUnwritable when the disk refuses.
    """
    with translated(parent):
        parent.mkdir(parents=True, exist_ok=True)
        hide_from_git(parent)
        for number in itertools.count(1):
            folder = parent / f"{name}-{number}"
            marker = folder.with_suffix(".lock")
            handle = os.open(marker, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o666)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(handle)
                continue
            return Slot(folder, handle)
    raise AssertionError("unreachable")
