"""Supervisors: the detached processes that run accepted jobs and serve endpoints, one each.

A supervisor keeps a lock on a file for its life; the lock falls when the process ends, however
it ends. A job that is not terminal and whose lock is free has nobody, and gets a new supervisor.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from reconciler.local.layout import supervisor_lock, supervisor_log
from reconciler.local.locking import is_held

SUPERVISOR = "reconciler.local.supervisor"
"""The module that runs a job: `python -m reconciler.local.supervisor ROOT NAME`."""

_children: list[subprocess.Popen[bytes]] = []
"""Supervisors that this process started: each is asked for its status, so that none is left a
zombie in a process that lives long."""


def is_supervised(root: Path, name: str) -> bool:
    """Whether a living process runs the job. Raises StateError where files cannot be locked."""
    return is_held(supervisor_lock(root, name))


def spawn(root: Path, name: str) -> None:
    """Start a supervisor of a job that goes on when this process ends."""
    start(SUPERVISOR, [str(root), name], supervisor_log(root, name))


def start(module: str, arguments: Sequence[str], log: Path) -> None:
    """Start a module of this package as a process that goes on when this one ends."""
    _children[:] = [child for child in _children if child.poll() is None]
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        _children.append(
            subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                # `-m` finds this package there, wherever the caller found it.
                cwd=Path(__file__).parents[2],
            )
        )
