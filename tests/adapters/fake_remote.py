"""A git host in a folder: a bare repository, checkouts of it, and stores that push to it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from reconciler.adapters.git import Git
from reconciler.adapters.locks.address import remote_of
from reconciler.adapters.locks.branch import BranchStore
from reconciler.adapters.locks.delivery import Delivery
from reconciler.adapters.locks.identity import Identity
from reconciler.adapters.locks.mirror import Mirror
from reconciler.adapters.locks.push import PushDelivery
from reconciler.core.join import regressions
from reconciler.core.ports import Records, TipMoved
from reconciler.core.record import Record, Run, State, loads

Change = Callable[[Records], Records]


def run_of(state: State = State.INTENT, *, version: int = 1, **more: object) -> Run:
    """A run with little in it."""
    return Run(state, version, 1, "d" * 64, **more)  # type: ignore[arg-type]


def adding(name: str, run: str = "", state: State = State.INTENT, version: int = 1) -> Change:
    """The change that adds a run to the record of a name, as a version of it."""

    def change(records: Records) -> Records:
        record = records.get(name) or Record("TrainingJob", name, "prod")
        physical_name = run or f"{name}-{version}"
        record = record.with_run(physical_name, run_of(state, version=version))
        return {**records, name: record.answering(version, physical_name)}

    return change


class Host:
    """A bare repository, and people who push to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bare = folder / "host.git"
        self._reader = Git(self.bare, bare=True)
        self.ada = folder / "ada"

    @classmethod
    def create(cls, folder: Path) -> Host:
        """A host with one commit, and Ada's checkout of it."""
        host = cls(folder)
        folder.mkdir(parents=True, exist_ok=True)
        host.git("init", "-q", "--bare", "--template=", "-b", "main", os.fspath(host.bare))
        host.clone("ada")
        host.commit({"jobs/churn.yaml": "name: churn\n"}, "the first job")
        return host

    def copy(self, folder: Path) -> Host:
        """The same in another folder: quicker than doing it all again."""
        shutil.copytree(self.folder, folder, symlinks=True)
        host = Host(folder)
        host.git("config", "remote.origin.url", host.bare.as_uri(), at=host.ada)
        return host

    def git(self, *arguments: str, at: Path | None = None) -> str:
        """Output of git in the bare repository, or in the folder `at`."""
        where = at or (self.bare if self.bare.exists() else self.folder)
        people = {k: v for k, v in os.environ.items() if not k.endswith(("_NAME", "_EMAIL"))}
        done = subprocess.run(
            ["git", "-C", where, *arguments], capture_output=True, check=False, env=people
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode().strip()

    def clone(self, name: str, *options: str) -> Path:
        """A checkout of somebody."""
        where = self.folder / name
        self.git("clone", "--quiet", *options, self.bare.as_uri(), os.fspath(where))
        self.git("config", "user.name", name.capitalize(), at=where)
        self.git("config", "user.email", f"{name}@acme.example", at=where)
        return where

    def commit(self, files: dict[str, str | None], message: str, *, branch: str = "main") -> str:
        """Ada writes (or with None removes) files and pushes; the commit."""
        self.git("fetch", "--quiet", "origin", at=self.ada)
        if self.git("branch", "-r", "--list", f"origin/{branch}", at=self.ada):
            self.git("checkout", "--quiet", "-B", branch, f"origin/{branch}", at=self.ada)
        for path, text in files.items():
            target = self.ada / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.unlink() if text is None else target.write_text(text)
        self.git("add", "--all", at=self.ada)
        self.git("commit", "--quiet", "-m", message, at=self.ada)
        self.git("push", "--quiet", "origin", f"HEAD:{branch}", at=self.ada)
        return self.git("rev-parse", "HEAD", at=self.ada)

    def refuse(self, words: str) -> None:
        """Take no more pushes."""
        hook = self.bare / "hooks" / "pre-receive"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\necho '{words}' >&2\nexit 1\n")
        hook.chmod(0o755)

    def text(self, path: str, ref: str = "main") -> str:
        """A file at a commit, as it is to the byte."""
        done = subprocess.run(
            ["git", "-C", self.bare, "show", f"{ref}:{path}"], capture_output=True, check=True
        )
        return done.stdout.decode()

    def record(self, name: str, ref: str = "main") -> Record:
        """The record of environment prod at a commit."""
        path = f"locks/prod/{name}.json"
        return loads(self.text(path, ref), path)

    def records(self, ref: str = "main") -> dict[str, Record]:
        """All records of environment prod at a commit."""
        rows = self.git("ls-tree", "-r", ref, "locks/prod/").splitlines()
        blobs = {path: facts.split()[2] for facts, path in (row.split("\t") for row in rows)}
        contents = self._reader.blobs(blobs.values())
        records = [loads(contents[blob].decode(), path) for path, blob in blobs.items()]
        return {record.name: record for record in records}

    def history(self, branch: str = "main") -> list[str]:
        """Commits of a branch, oldest first; the history must be one line."""
        rows = self.git("log", "--reverse", "--format=%H %P", branch).splitlines()
        assert all(len(row.split()) <= 2 for row in rows)
        return [row.split()[0] for row in rows]

    def lost(self) -> Iterator[str]:
        """What any commit of the history loses of the lock before it."""
        before: dict[str, Record] = {}
        for commit in self.history():
            after = self.records(commit)
            for name, record in before.items():
                if name in after:
                    yield from regressions(record, after[name])
                else:
                    yield f"{name} is gone in {commit}"
            before = after

    def start(self, function: str, *words: str | int) -> subprocess.Popen[str]:
        """Start a process that calls a function of this module with this folder and the words."""
        arguments = ", ".join(repr(word) for word in (os.fspath(self.folder), *words))
        code = f"from tests.adapters import fake_remote; fake_remote.{function}({arguments})"
        return subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=Path(__file__).parents[2],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def store(
        self,
        checkout: Path | None = None,
        *,
        lock_branch: str | None = None,
        delivery: Delivery | None = None,
        sleep: Callable[[float], None] | None = lambda _: None,
        workflow_run: str | None = None,
    ) -> BranchStore:
        """A store as a reconciler in a checkout has it; it does not wait unless told to."""
        where = checkout or self.ada
        mirror = Mirror(
            where / ".reconciler" / "cache", remote_of(where), repository="host.example/acme/ml"
        )
        return BranchStore(
            mirror,
            delivery or PushDelivery(mirror, Identity()),
            branch=mirror.default_branch(),
            lock_branch_of=lambda files, environment: lock_branch,
            identity=Identity(),
            workflow_run=workflow_run,
            sleep=sleep or time.sleep,
        )


def write_records(folder: str, writer: str, count: int) -> None:
    """Write some records, one commit for each, from the checkout that all writers share."""
    store = Host(Path(folder)).store(sleep=time.sleep)
    for number in range(count):
        store.write("prod", adding(f"{writer}-{number}"), message=f"{writer} {number}")


def claim(folder: str, run: str) -> None:
    """Intend a run if nobody has; say `won` or `lost`."""
    store = Host(Path(folder)).store(sleep=time.sleep)
    snapshot = store.snapshot("prod")
    try:
        if snapshot.records:
            raise TipMoved("late")
        store.write("prod", adding("churn", run), message=run, tip=snapshot.tip)
    except TipMoved:
        print("lost", flush=True)
    else:
        print("won", flush=True)
