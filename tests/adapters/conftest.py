"""A real git repository per test, and an AWS that answers what it is told."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.awsrequest import AWSResponse
from botocore.loaders import create_loader

from reconciler.adapters.workspace import Workspace
from tests.adapters.fake_remote import Host


class Repo:
    """A git repository in a temporary folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *arguments: str, stdin: bytes = b"") -> str:
        """Output of a git command in the repository."""
        done = subprocess.run(
            ["git", "-C", os.fspath(self.root), *arguments],
            input=stdin,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode("utf-8", "surrogateescape").strip()

    def write(self, path: str, content: str | bytes) -> Path:
        """Write a file of the working tree."""
        where = self.root / path
        where.parent.mkdir(parents=True, exist_ok=True)
        where.write_bytes(content.encode() if isinstance(content, str) else content)
        return where

    def commit(self, files: dict[str, str | bytes] | None = None, message: str = "change") -> str:
        """Write files, commit everything, give the id of the commit."""
        for path, content in (files or {}).items():
            self.write(path, content)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD")

    def blob(self, content: bytes) -> str:
        """Store a blob; its id."""
        return self.git("hash-object", "-w", "--stdin", stdin=content)

    def tree(self, *rows: tuple[str, str, str, bytes]) -> str:
        """Store a tree of (mode, type, id, name); its id. Git checks no name here."""
        text = b"".join(f"{m} {t} {i}\t".encode() + name + b"\0" for m, t, i, name in rows)
        return self.git("mktree", "-z", "--missing", stdin=text)

    def commit_tree(self, tree: str) -> str:
        """Commit a tree; the id of the commit."""
        return self.git("commit-tree", tree, "-m", "made by hand")

    def workspace(self) -> Workspace:
        """The repository as the adapters see it."""
        return Workspace.open(self.root)


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """An empty repository."""
    return Repo(tmp_path / "repo")


@pytest.fixture
def make_repo(tmp_path: Path) -> Callable[[str], Repo]:
    """Makes an empty repository in a folder of that name."""
    return lambda name: Repo(tmp_path / name)


@pytest.fixture(scope="session")
def created(tmp_path_factory: pytest.TempPathFactory) -> Host:
    """A host as it is made, to be copied."""
    return Host.create(tmp_path_factory.mktemp("created") / "host")


@pytest.fixture
def host(created: Host, tmp_path: Path) -> Host:
    """A host with one commit, for one test."""
    return created.copy(tmp_path / "host")


Answer = tuple[int, dict[str, Any] | str] | tuple[int, str, dict[str, str]] | Exception

# Reading the service models takes longer than all tests of the room together.
_MODELS = create_loader()


class _Body:
    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, **_: object) -> list[bytes]:
        return [self._content]


class Answers:
    """Gives answers to boto3 where it would send a request, the last one again and again."""

    def __init__(self, *answers: Answer) -> None:
        self._answers = list(answers)
        self.sent: list[Any] = []
        core = botocore.session.Session()
        core.register_component("data_loader", _MODELS)
        self.session = boto3.Session("test", "test", region_name="eu-west-1", botocore_session=core)
        self.session.events.register("before-send", self._answer)

    def _answer(self, request: Any, **_: object) -> AWSResponse:
        self.sent.append(request)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        status, content, *more = answer
        text = content if isinstance(content, str) else json.dumps(content)
        headers = dict(*more) or {"content-type": "application/x-amz-json-1.1"}
        return AWSResponse(request.url, status, headers, _Body(text.encode()))


@pytest.fixture
def answers() -> Callable[..., Answers]:
    """Makes AWS answer what it is given."""
    return Answers
