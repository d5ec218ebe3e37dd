"""How far the supervisor of a job has come, on disk, so that the next one can go on.

`progress.json` in the job's folder counts the starts and, once the processes have ended, says how
they ended. `pids.json` names the process groups of a start, for the supervisor that finds them
alive after its predecessor was killed.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from reconciler.local.host import Ending


@dataclass(frozen=True, slots=True)
class Progress:
    """What is known of the starts of a job."""

    starts: int = 0
    """How often its processes were started, or about to be."""
    ending: Ending | None = None
    """How they ended; None while they run, or when their supervisor was killed."""


def load(folder: Path) -> Progress:
    """Read the progress of a job; of one that never started, all zero."""
    try:
        found = json.loads((folder / "progress.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Progress()
    ending = found["ending"]
    return Progress(found["starts"], Ending(**ending) if ending else None)


def save(folder: Path, progress: Progress) -> None:
    """Write the progress of a job; after a kill, the file holds the old or the new one."""
    _write(folder / "progress.json", asdict(progress))


def record_groups(folder: Path, groups: Sequence[int]) -> None:
    """Remember process groups, each with the birth of its leader (numbers are used again)."""
    _write(folder / "pids.json", [[group, _birth(group)] for group in groups])


def kill_leftovers(folder: Path) -> None:
    """Kill what a killed supervisor left of its process groups."""
    try:
        groups = json.loads((folder / "pids.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return
    for group, birth in groups:
        # A leader that is gone keeps its number reserved while others of its group live.
        if _birth(group) in (birth, None):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(group, signal.SIGKILL)
    forget_groups(folder)


def forget_groups(folder: Path) -> None:
    """Forget the process groups: they have ended."""
    (folder / "pids.json").unlink(missing_ok=True)


def _birth(pid: int) -> str | None:
    """When a process started, as text that tells it from a later one; None if it is gone."""
    stat = Path(f"/proc/{pid}/stat")
    if Path("/proc/self/stat").exists():
        try:
            # The command, in parentheses, may hold spaces; the start is the 20th field after it.
            return stat.read_text(encoding="utf-8").rpartition(")")[2].split()[19]
        except (FileNotFoundError, ProcessLookupError):
            return None
    command = ["ps", "-o", "lstart=", "-p", str(pid)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() or None


def _write(path: Path, content: Any) -> None:
    staging = path.with_suffix(".new")
    with staging.open("w", encoding="utf-8") as file:
        json.dump(content, file)
        file.flush()
        os.fsync(file.fileno())
    staging.replace(path)
