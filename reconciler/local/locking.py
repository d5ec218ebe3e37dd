"""Locks that tell whether somebody lives: a process holds one on a file until it ends.

The system frees a lock however its holder ends, so nobody has to clean up after a kill.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

from reconciler.local.errors import StateError

_PATIENCE_SECONDS = 0.5
_PAUSE_SECONDS = 0.02


def is_held(path: Path) -> bool:
    """Whether a living process holds the lock. Raises StateError where files cannot be locked."""
    try:
        import fcntl
    except ImportError:
        raise StateError(
            "the local engine needs POSIX file locks: run it on Linux or macOS, or in WSL"
        ) from None
    try:
        with path.open("rb") as file:
            # Shared: two processes that look at once must not take each other for the holder.
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


@contextlib.contextmanager
def hold(path: Path) -> Iterator[bool]:
    """Hold the lock; False if another process holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        yield _lock(descriptor)
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> bool:
    """Lock a file; patient, since whoever looks whether it is held locks it briefly."""
    import fcntl

    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
        time.sleep(_PAUSE_SECONDS)
