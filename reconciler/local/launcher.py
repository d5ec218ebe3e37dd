"""Start a command that does not outlive the process that started it.

Runs as `python -I -S launcher.py PARENT COMMAND…`, and becomes the command. On Linux the kernel
kills the command when its parent dies (PR_SET_PDEATHSIG); elsewhere it goes on until the next
supervisor of the job kills its process group (`progress.py`). It imports nothing of the project,
so that it starts in a few milliseconds.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main(argv: list[str]) -> None:
    """Tie this process to its parent and become the command; exits 127 if it cannot start."""
    parent, command = int(argv[0]), argv[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        # The parent died before the kernel was told.
        sys.exit(1)
    try:
        os.execvp(command[0], command)
    except OSError as error:
        print(f"cannot start {command[0]}: {error.strerror}", file=sys.stderr)
        sys.exit(127)


if __name__ == "__main__":
    main(sys.argv[1:])
