"""Writing files so that a crash leaves the old content or the new one, never a torn one."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from reconciler.errors import LockUnwritable

_STAGED = ".reconciler-"
"""Start of the name of a file that is being written, in the folder of its target."""

_PATIENCE = 30.0
"""Seconds to wait for another writer; a write takes milliseconds."""

_ADVICE = {
    errno.ENOSPC: "the disk is full: free some space",
    errno.EDQUOT: "the quota of the disk is used up: free some space",
    errno.EACCES: "make the folder writable for this user",
    errno.EPERM: "make the folder writable for this user",
    errno.EROFS: "the file system is read-only: work in a writable checkout",
}


@contextlib.contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold the lock file at `path` while the block runs; the kernel frees it with the process.

    Raises LockUnwritable when the file cannot be made, or is held for more than 30 s.
    """
    with translated(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        hide_from_git(path.parent)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o666)
    try:
        _acquire(handle, path)
        yield
    finally:
        os.close(handle)


def write_files(contents: Mapping[Path, bytes]) -> None:
    """Write files of one folder, all staged before the first one appears; survives power loss.

    The caller holds the lock of the folder, so that what killed writers left can be removed.
    Raises LockUnwritable when the disk refuses; no file is torn then.
    """
    folders = {path.parent for path in contents}
    staged: dict[Path, Path] = {}
    try:
        for folder in folders:
            with translated(folder):
                _make_folder(folder)
                _remove_leftovers(folder)
        for path, content in contents.items():
            with translated(path):
                staged[path] = path.with_name(f"{_STAGED}{path.name}")
                _write_through(staged[path], content)
        for path, temporary in staged.items():
            with translated(path):
                temporary.replace(path)
        for folder in folders:
            with translated(folder):
                _sync_folder(folder)
    finally:
        for temporary in staged.values():
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)


def _acquire(handle: int, path: Path) -> None:
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise LockUnwritable(
                    f"another reconciler has held {path} for {_PATIENCE:.0f} s",
                    advice="see whether one hangs on this computer, then run the command again",
                ) from None
            time.sleep(0.01)
        except OSError as error:
            raise _unwritable(path, error) from error


def hide_from_git(folder: Path) -> None:
    """A folder of ours is no change of the repository, whatever its .gitignore says."""
    ignore = folder / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n")


def _make_folder(folder: Path) -> None:
    if not folder.is_dir():
        _make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        _sync_folder(folder.parent)


def _write_through(path: Path, content: bytes) -> None:
    with open(path, "xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove_leftovers(folder: Path) -> None:
    for leftover in folder.glob(f"{_STAGED}*"):
        leftover.unlink(missing_ok=True)


@contextlib.contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn what the disk refuses at `path` into LockUnwritable."""
    try:
        yield
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> LockUnwritable:
    return LockUnwritable(
        f"{path} cannot be written: {error.strerror}",
        advice=_ADVICE.get(error.errno or 0, "see what the disk says, then run the command again"),
    )
