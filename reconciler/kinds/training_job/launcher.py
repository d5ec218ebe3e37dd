"""Launcher: how a script starts in an image that does not carry AWS's training toolkit.

The code comes as a channel, and a small program (`launcher.txt`) as the container's arguments, a
line each: nothing else has to be in the image than Python, no shell reads a value, and a plan
shows the program as it will run.
"""

from __future__ import annotations

import json
import pkgutil
from functools import cache
from typing import Any

from reconciler.kinds.code import LOG_LEVELS, program
from reconciler.kinds.training_job.algorithm import Container

_ROOT = "/opt/ml"
_JOIN = "import sys; exec('\\n'.join(sys.argv[1:]))"


def command(container: Container) -> dict[str, Any]:
    """Entrypoint and arguments that start the script of a container."""
    level = LOG_LEVELS[container.container_log_level or "INFO"]
    values = ", ".join(json.dumps(each) for each in (_ROOT, program(container), str(level)))
    return {
        "entrypoint": ["python3", "-c", _JOIN],
        "arguments": [f"ML, PROGRAM, LOG_LEVEL = {values}", *_lines()],
    }


@cache
def _lines() -> tuple[str, ...]:
    """The program without blank lines and comments."""
    data = pkgutil.get_data("reconciler.kinds.training_job", "launcher.txt")
    if data is None:
        raise FileNotFoundError("launcher.txt is missing from the installation")
    lines = data.decode().splitlines()
    return tuple(line for line in lines if line.strip() and not line.lstrip().startswith("#"))
