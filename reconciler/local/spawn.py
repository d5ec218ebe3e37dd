"""Supervisors: the detached processes that run accepted jobs, one each.

A supervisor keeps a lock on a file for its life; the lock falls when the process ends, however
it ends. A job that is not terminal and whose lock is free has nobody, and gets a new supervisor.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from reconciler.local.errors import StateError
from reconciler.local.layout import supervisor_lock, supervisor_log

SUPERVISOR = "reconciler.local.supervisor"
"""The module that runs a job: `python -m reconciler.local.supervisor ROOT NAME`."""

_children: list[subprocess.Popen[bytes]] = []
"""Supervisors that this process started: each is asked for its status, so that none is left a
zombie in a process that lives long."""


def is_supervised(root: Path, name: str) -> bool:
    """Whether a living process runs the job. Raises StateError where files cannot be locked."""
    try:
        import fcntl
    except ImportError:
        raise StateError(
            "the local engine needs POSIX file locks: run it on Linux or macOS, or in WSL"
        ) from None
    try:
        with supervisor_lock(root, name).open("rb") as file:
            # Shared: two processes that look at once must not take each other for a supervisor.
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def spawn(root: Path, name: str) -> None:
    """Start a supervisor that goes on when this process ends."""
    _children[:] = [child for child in _children if child.poll() is None]
    log = supervisor_log(root, name)
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        _children.append(
            subprocess.Popen(
                [sys.executable, "-m", SUPERVISOR, str(root), name],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                # `-m` finds this package there, wherever the caller found it.
                cwd=Path(__file__).parents[2],
            )
        )
