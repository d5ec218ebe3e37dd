"""Locks of environments that no test reaches: what a run there would have left, as files."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from reconciler.adapters.locks.identity import EMAIL, NAME
from reconciler.core.record import Record, dumps, loads
from tests.support.story import Story

FOLDERS = ("environments", "runtimes", "jobs", "code")


def record_runs(root: Path, environment: str, ends: str = "completed") -> dict[str, Record]:
    """Write the lock that an apply of the documents would leave whose runs all end so."""
    files = {
        path.relative_to(root).as_posix(): path.read_bytes().decode()
        for folder in FOLDERS
        for path in (root / folder).rglob("*")
        if path.is_file()
    }
    story = Story(files, environment)
    folder = root / "locks" / environment
    for path in folder.glob("*.json"):
        story.records[path.stem] = loads(path.read_text(), str(path))
    story.apply(ends)
    folder.mkdir(parents=True, exist_ok=True)
    for name, record in story.records.items():
        (folder / f"{name}.json").write_text(dumps(record))
    return story.records


def commit(root: Path, message: str = "change", *, reconciler: bool = False) -> str:
    """Commit everything, as a person or as the reconciler; gives the commit's id."""
    variables = dict(os.environ)
    if reconciler:
        variables |= {"GIT_COMMITTER_NAME": NAME, "GIT_COMMITTER_EMAIL": EMAIL}
        message += "\n\nReconciled-Commit: " + "c" * 40
    for command in (["add", "-A"], ["commit", "-q", "--allow-empty", "-m", message]):
        subprocess.run(["git", *command], cwd=root, check=True, env=variables)
    done = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=root, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()
