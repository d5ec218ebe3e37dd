"""The processes of a job: one command per host, watched until all have ended.

A command that fails ends the job: the other hosts are killed, as SageMaker ends their instances.
A stop, or the time limit, sends SIGTERM to each command itself, then SIGKILL to everything of it
when the grace is over. Output goes line by line to the host's log as it comes.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

from reconciler.local import launcher, sandbox

POLL_SECONDS = 0.05
_STOP_POLL_SECONDS = 0.25
_DRAIN_SECONDS = 5.0
_LINE_BYTES = 65536
Cause = Literal["exited", "stopped", "max_runtime"]


@dataclass(frozen=True, slots=True)
class Command:
    """What runs on one host."""

    view: sandbox.View
    argv: tuple[str, ...]
    environment: Mapping[str, str]
    directory: str
    """Working directory: a path inside the sandbox, or a real one without."""
    readable: tuple[Path, ...]
    """Folders that the command must see wherever they lie: its interpreter's."""
    log: Path
    keep: tuple[int, ...] = ()
    """File descriptors that the command inherits under the same numbers."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How the processes of a job ended."""

    cause: Cause
    host: int | None = None
    """Index of the host whose command failed; None if none did."""
    exit_code: int = 0
    """Exit status of that command; 128 + n when signal n killed it."""
    command: str = ""
    """That command, as one would type it."""


class Process:
    """One running command with its log."""

    def __init__(self, command: Command, bwrap: str | None) -> None:
        """Start the command, under bubblewrap when its program is given.

        Call it from the main thread: Linux kills the command when the thread that started it
        ends.
        """
        self.argv = command.argv
        self._info = ""
        self._is_over = False
        if bwrap is None:
            argv = [sys.executable, "-I", "-S", launcher.__file__, str(os.getpid()), *command.argv]
            self._process = _start(argv, command, directory=command.directory)
        else:
            self._start_inside(bwrap, command)
        self._log = threading.Thread(target=self._copy_output, args=(command.log,), daemon=True)
        self._log.start()

    @property
    def group(self) -> int:
        """The process group of everything that the command starts."""
        return self._process.pid

    def exit_code(self) -> int | None:
        """The exit status, 128 + n for signal n; None while the command runs."""
        code = self._process.poll()
        return 128 - code if code is not None and code < 0 else code

    def terminate(self) -> bool:
        """Send SIGTERM to the command, and to nothing around it; False if it is not there yet."""
        if self._process.poll() is not None:
            return True
        pid = sandbox.inner_pid(self._info) if self._info else self._process.pid
        if pid is None:
            return False
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        return True

    def kill(self) -> None:
        """End the command and all that it started; wait until the log has their last lines."""
        if self._is_over:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.group, signal.SIGKILL)
        self._process.wait()
        self._is_over = True
        self._log.join(_DRAIN_SECONDS)

    def _start_inside(self, bwrap: str, command: Command) -> None:
        reader, writer = os.pipe()
        try:
            argv = sandbox.wrapped(
                bwrap,
                command.view,
                command.argv,
                directory=command.directory,
                readable=command.readable,
                info_fd=writer,
            )
            self._process = _start(argv, command, directory=None, keep=(writer,))
        finally:
            os.close(writer)
        with open(reader, encoding="ascii") as info:
            self._info = info.read()

    def _copy_output(self, log: Path) -> None:
        output: IO[bytes] | None = self._process.stdout
        assert output is not None
        try:
            with log.open("a", encoding="utf-8") as file:
                while line := output.readline(_LINE_BYTES):
                    write_line(file, line.decode("utf-8", "replace"))
        except OSError as error:
            # A full disk: without a reader the command would wait for ever at its next line.
            print(f"{log}: {error}", file=sys.stderr)
            while output.read(_LINE_BYTES):
                pass


def write_line(log: IO[str], text: str) -> None:
    """Write one line with its time; of a line that was overwritten by `\\r`, its last state."""
    shown = text.rstrip("\r\n").rpartition("\r")[2]
    log.write(f"{int(time.time() * 1000)} {shown}\n")
    log.flush()


def read_lines(log: Path) -> Iterator[tuple[int, str]]:
    """The lines of a log with their times in milliseconds; one that a kill tore is left out."""
    with log.open(encoding="utf-8", newline="\n") as file:
        for line in file:
            at_ms, space, text = line.rstrip("\n").partition(" ")
            if space and at_ms.isdigit():
                yield int(at_ms), text


def run(
    processes: Sequence[Process],
    *,
    limit_seconds: float,
    grace_seconds: float,
    stop_requested: Callable[[], bool],
    now_and_then: Callable[[], None],
) -> Ending:
    """Watch the processes of all hosts until they have ended, or must.

    `now_and_then` is called a few times a second while they train.
    """
    deadline = time.monotonic() + limit_seconds
    next_look = time.monotonic()
    ending: Ending | None = None
    while ending is None:
        ending = _ending(processes)
        now = time.monotonic()
        if ending is None and now >= deadline:
            ending = Ending("max_runtime")
        elif ending is None and now >= next_look:
            next_look = now + _STOP_POLL_SECONDS
            ending = Ending("stopped") if stop_requested() else None
            now_and_then()
        time.sleep(POLL_SECONDS if ending is None else 0)
    if ending.cause != "exited":
        _terminate(processes, grace_seconds)
    for process in processes:
        process.kill()
    return ending


def _ending(processes: Sequence[Process]) -> Ending | None:
    codes = [process.exit_code() for process in processes]
    for host, code in enumerate(codes):
        if code:
            return Ending("exited", host, code, shlex.join(processes[host].argv))
    return Ending("exited") if all(code == 0 for code in codes) else None


def _terminate(processes: Sequence[Process], grace_seconds: float) -> None:
    waiting = list(processes)
    deadline = time.monotonic() + grace_seconds
    while time.monotonic() < deadline and any(p.exit_code() is None for p in processes):
        waiting = [process for process in waiting if not process.terminate()]
        time.sleep(POLL_SECONDS)


def _start(
    argv: Sequence[str], command: Command, *, directory: str | None, keep: Sequence[int] = ()
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        argv,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=dict(command.environment),
        cwd=directory,
        start_new_session=True,
        pass_fds=(*command.keep, *keep),
    )
