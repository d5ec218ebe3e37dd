"""Look after endpoints from outside: give each a supervisor, or end them all."""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path

from reconciler.local import layout, spawn
from reconciler.local.errors import StateError
from reconciler.local.locking import is_held
from reconciler.local.serving.endpoint import (
    DELETING,
    FAILED,
    IN_SERVICE,
    MOVING,
    ROLLBACK_FAILED,
)
from reconciler.local.serving.hosting import Hosting
from reconciler.local.state import State

SUPERVISOR = "reconciler.local.serving.supervisor"
"""The module that keeps an endpoint: `python -m reconciler.local.serving.supervisor ROOT NAME
SERIAL`."""
START_PAUSE = 5.0
"""Seconds that a supervisor has to start and take its lock before another one is tried."""
_STOP_SECONDS = 30.0
_PAUSE_SECONDS = 0.02


def is_kept(root: Path, name: str, serial: int) -> bool:
    """Whether a living process keeps the endpoint."""
    return is_held(layout.endpoint_lock(root, name, serial))


def start_supervisor(root: Path, name: str, serial: int) -> None:
    """Start a supervisor of an endpoint; it goes on when this process ends."""
    log = layout.endpoint_log(root, name, serial)
    spawn.start(SUPERVISOR, [str(root), name, str(serial)], log)


def keep(root: Path, hosting: Hosting, *, pause: float | None = None) -> None:
    """Give a supervisor to each endpoint that needs one, has none, and got none in the last
    `pause` seconds (default: START_PAUSE)."""
    pause = START_PAUSE if pause is None else pause
    for name, serial in hosting.unattended(pause=pause):
        if not is_kept(root, name, serial) and hosting.claim_spawn(serial, pause=pause):
            start_supervisor(root, name, serial)


def stop_all(root: Path) -> None:
    """End the processes of all endpoints, in whatever status they are, and forget the endpoints.

    Raises StateError when one of them does not end.
    """
    with closing(State.open(root)) as state:
        hosting = Hosting(state.database)
        endpoints = hosting.endpoints()
        for endpoint in endpoints:
            every = (*MOVING, IN_SERVICE, ROLLBACK_FAILED, FAILED)
            hosting.change(endpoint.serial, during=every, status=DELETING)
        keep(root, hosting, pause=0.0)
        deadline = time.monotonic() + _STOP_SECONDS
        for endpoint in endpoints:
            while hosting.status(endpoint.serial) is not None or is_kept(
                root, endpoint.name, endpoint.serial
            ):
                if time.monotonic() > deadline:
                    raise StateError(f"the endpoint {endpoint.name} does not end; try again")
                time.sleep(_PAUSE_SECONDS)
