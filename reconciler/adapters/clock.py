"""The clock of this computer, and the signals that ask a journey to stop."""

from __future__ import annotations

import os
import select
import signal
import time
from datetime import UTC, datetime
from types import FrameType, TracebackType
from typing import Any, Self

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class SystemClock:
    """`core.ports.Clock`. As a context manager it turns signals into `interrupted()`.

    The first signal lets the current call be finished and recorded; a second SIGINT raises
    KeyboardInterrupt. A signal that was ignored before (nohup) stays ignored.
    """

    def __init__(self) -> None:
        self._interrupted = False
        self._before: dict[signal.Signals, Any] = {}
        # A signal that comes just before `select` would be slept through without a pipe.
        self._pipe: tuple[int, int] | None = None

    def __enter__(self) -> Self:
        self._pipe = os.pipe()
        for number in _SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._on_signal)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before.clear()
        for end in self._pipe or ():
            os.close(end)
        self._pipe = None

    def now(self) -> str:
        """UTC, ISO 8601 to the second with a trailing Z."""
        return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def monotonic(self) -> float:
        """Seconds from some start; never goes back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait; ends early when a signal came, at once if one came before."""
        waiting = [self._pipe[0]] if self._pipe else []
        select.select(waiting, [], [], max(seconds, 0))

    def interrupted(self) -> bool:
        """Whether a signal asked to stop."""
        return self._interrupted

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self._interrupted:
            if number == signal.SIGINT:
                raise KeyboardInterrupt
            return
        self._interrupted = True
        if self._pipe:
            # Never read: once interrupted, no sleep waits any more.
            os.write(self._pipe[1], b"!")
