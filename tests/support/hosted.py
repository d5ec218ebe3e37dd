"""A checkout whose remote is a bare repository beside it, and the command as a process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from reconciler.core.record import Record, State, loads
from tests.support.checkout import Checkout

RECONCILER = (sys.executable, "-m", "reconciler")


class Hosted:
    """A checkout whose remote is a bare repository beside it."""

    def __init__(self, folder: Path) -> None:
        self.checkout = Checkout.create(folder / "repository")
        self.checkout.job("wine")
        self.checkout.commit()
        self.bare = folder / "host.git"
        self.checkout.git("init", "-q", "--bare", "-b", "main", os.fspath(self.bare))
        self.checkout.git("remote", "add", "origin", os.fspath(self.bare))
        self.checkout.git("push", "-q", "origin", "main")

    def git(self, *arguments: str) -> str:
        """Output of git in the bare repository."""
        return self.checkout.git("-C", os.fspath(self.bare), *arguments)

    def start(self, *words: str, **env: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*RECONCILER, *words],
            cwd=self.checkout.root,
            env=os.environ | env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        process = self.start(*words, **env)
        stdout, stderr = process.communicate(timeout=90)
        return subprocess.CompletedProcess(words, process.returncode, stdout, stderr)

    def record(self, name: str = "wine", ref: str = "main") -> Record:
        return loads(self.git("show", f"{ref}:locks/local/{name}.json"), name)

    def states(self, branch: str = "main") -> list[State]:
        """States of the only run of wine, commit by commit of its record."""
        path = "locks/local/wine.json"
        commits = self.git("log", "--reverse", "--format=%H", branch, "--", path).split()
        runs = [list(self.record(ref=commit).runs.values()) for commit in commits]
        assert all(len(found) == 1 for found in runs)
        return [found[0].state for found in runs]
