"""One container of one variant: its process, watched by health checks, and its socket.

The socket is made once and outlives the process, so that requests wait in its queue while a
process that ended is started again.
"""

from __future__ import annotations

import secrets
import socket
import time
from collections import deque
from pathlib import Path

from reconciler.local import host
from reconciler.local.failure import REASON_LIMIT, JobFailed
from reconciler.local.serving import place as places
from reconciler.local.serving.client import HOST, PING_SECONDS, Ping
from reconciler.local.serving.hosting import Address
from reconciler.local.storage import Storage

START_SECONDS = 480.0
"""How long a container may take to its first healthy answer (SageMaker's developer guide)."""
_BUSY_SECONDS = 30.0
"""How long a container in service may be silent: a prediction can keep its process busy."""
_EVERY_SECONDS = 1.0
_SHORTEST_PAUSE = 0.1
_LONGEST_PAUSE = 10.0
_LAST_LINES = 5
_QUEUE = 128


class Worker:
    """One container: `check` finds out how it is, `keep` starts it again."""

    def __init__(
        self,
        place: places.Place,
        storage: Storage,
        *,
        log: Path,
        subject: str,
        start_seconds: float = START_SECONDS,
    ) -> None:
        """Make the socket; nothing is started yet. `subject` names it in a failure reason."""
        self._place = place
        self._storage = storage
        self._log = log
        self._subject = subject
        self._start_seconds = start_seconds
        self._socket = socket.create_server((HOST, 0), backlog=_QUEUE)
        self.address = Address(self._socket.getsockname()[1], secrets.token_hex(16))
        self.is_ready = False
        self._process: host.Process | None = None
        self._ping: Ping | None = None
        self._next_ping = 0.0
        self._pause = 0.0
        self._start_at = 0.0

    @property
    def group(self) -> int | None:
        """The process group of the container, or None when it does not run."""
        return self._process.group if self._process else None

    def start(self) -> None:
        """Start the process; raises JobFailed when its model or its code cannot be used."""
        places.prepare(self._storage, self._place)
        self._log.parent.mkdir(parents=True, exist_ok=True)
        command = places.command(
            self._place,
            listening=self._socket.fileno(),
            token=self.address.token,
            log=self._log,
        )
        self._process = host.Process(command, self._place.bwrap)
        self._next_ping = 0.0

    def check(self, *, patience: float = PING_SECONDS) -> None:
        """Look at the process and at its health; raises JobFailed with the reason when it is ill.

        Never waits: a health check is sent by one call and its answer taken by a later one, for
        which a container that is up has `patience` seconds.
        """
        if self._process is None or self._process.exit_code() is not None:
            raise self._failure()
        try:
            self._check_health(time.monotonic(), patience)
        except OSError:
            raise self._failure() from None

    def keep(self) -> None:
        """Start the process unless it is well; ever more rarely while that does not help."""
        now = time.monotonic()
        try:
            if self._process is not None:
                self.check(patience=_BUSY_SECONDS)
                self._pause = 0.0 if self.is_ready else self._pause
            elif now >= self._start_at:
                self.start()
        except JobFailed:
            self.end_process()
            self._pause = min(_LONGEST_PAUSE, max(_SHORTEST_PAUSE, 2 * self._pause))
            self._start_at = now + self._pause

    def end_process(self) -> None:
        """End the process, and all that it started."""
        if self._process is not None:
            self._process.kill()
            self._process = None
        self._drop_ping()
        self.is_ready = False

    def close(self) -> None:
        """End the process and refuse whoever still calls."""
        self.end_process()
        self._socket.close()

    def _check_health(self, now: float, patience: float) -> None:
        if self._ping is None:
            if now < self._next_ping:
                return
            self._ping = Ping(self.address)
        is_healthy = self._ping.answer()
        patience = patience if self.is_ready else self._start_seconds
        if is_healthy:
            self.is_ready = True
            self._drop_ping()
            self._next_ping = now + _EVERY_SECONDS
        elif is_healthy is False or now - self._ping.sent > patience:
            raise self._failure()

    def _drop_ping(self) -> None:
        if self._ping is not None:
            self._ping.close()
            self._ping = None

    def _failure(self) -> JobFailed:
        """Why the endpoint cannot be in service, as SageMaker says it, with the log's last lines
        as far as they fit."""
        self.end_process()
        reason = (
            f"{self._subject} did not pass the ping health check. "
            "Please check CloudWatch logs for this endpoint."
        )
        last: deque[str] = deque(maxlen=_LAST_LINES)
        if self._log.exists():
            last.extend(text for _, text in host.read_lines(self._log))
        room = REASON_LIMIT - len(reason) - 1
        lines = "\n".join(last)[-room:]
        return JobFailed(f"{reason}\n{lines}" if lines else reason)
