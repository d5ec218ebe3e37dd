"""git by subprocess: plumbing commands with fixed settings, and one reader of objects.

Everything the adapters ask of git goes through here. Arguments are lists, never a shell; what
comes from people stands behind `--end-of-options` or `--`. Replacement objects, optional locks,
the file system monitor, hooks and the `ext::` transport are off: a look at a repository must not
run what the repository says. Each git has a session of its own: Ctrl-C is for this process, which
ends or finishes what it does; a git that it ended half-way would look like a failure.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import signal
import subprocess
import weakref
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from reconciler.errors import ReconcilerError

_COMMAND = (
    "git",
    "--no-pager",
    "--no-replace-objects",
    "--no-optional-locks",
    "--literal-pathspecs",
    *("-c", "core.fsmonitor=false"),
    *("-c", f"core.hooksPath={os.devnull}"),
    *("-c", "protocol.ext.allow=never"),
)

# Set inside hooks and by `git -C … rebase --exec`; the repository is the one of our folder.
_OF_ANOTHER_REPOSITORY = frozenset(
    {
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_COMMON_DIR",
        "GIT_DIR",
        "GIT_INDEX_FILE",
        "GIT_NAMESPACE",
        "GIT_OBJECT_DIRECTORY",
        "GIT_PREFIX",
        "GIT_WORK_TREE",
    }
)

_PIPED = 500
"""Most ids to ask the running reader for: 500 lines of 65 bytes fit into the smallest pipe
(64 KiB), so that neither side waits for the other one to read. More are read at one go."""


def decode(name: bytes) -> str:
    """A file name as text; bytes that are not UTF-8 survive as surrogates."""
    return name.decode("utf-8", "surrogateescape")


def rows(output: bytes) -> list[bytes]:
    """The rows of an output that was asked for with `-z`."""
    return output.split(b"\0")[:-1]


def blob_id(content: bytes, algorithm: str) -> str:
    """Git's object id of a content; `algorithm` is the repository's: `sha1` or `sha256`."""
    digest = hashlib.new(algorithm, b"blob %d\0" % len(content), usedforsecurity=False)
    digest.update(content)
    return digest.hexdigest()


class GitFailed(ReconcilerError):
    """git could not do it; the message holds its own words."""


@dataclass(frozen=True, slots=True)
class Answer:
    """How a command ended that may well fail."""

    status: int
    """Exit status; negative when it was ended because the time was over."""
    stdout: str
    stderr: str


class Git:
    """git in one folder.

    `bare` says that the folder itself is the repository: git then never looks in the folders
    around it. `settings` are further pairs of configuration; they reach git by its environment,
    so that no credential is seen in a list of processes.
    """

    def __init__(
        self, folder: Path, *, bare: bool = False, settings: Sequence[tuple[str, str]] = ()
    ) -> None:
        self.folder = folder
        self._command = [*_COMMAND, "-C", os.fspath(folder), *(["--git-dir=."] if bare else [])]
        self._settings = settings
        self._reader: subprocess.Popen[bytes] | None = None

    def run(self, *arguments: str, stdin: bytes = b"") -> bytes:
        """Output of a command. Raises ReconcilerError, with git's own words, when it fails."""
        done = self._run(arguments, stdin)
        if done.returncode != 0:
            raise _failure(self.folder, arguments[0], done.stderr)
        return done.stdout

    def ask(self, *arguments: str) -> bytes | None:
        """Output of a command, or None when it exits with 1: the answer is no."""
        done = self._run(arguments, b"")
        if done.returncode == 1:
            return None
        if done.returncode != 0:
            raise _failure(self.folder, arguments[0], done.stderr)
        return done.stdout

    def attempt(self, *arguments: str, timeout: float, keep: Sequence[int] = ()) -> Answer:
        """How a command ended that talks to another computer; `timeout` in seconds.

        When the time is over, its helpers (ssh, git-remote-https) end with it. `keep` are file
        descriptors that it inherits, and holds open should this process be killed.
        """
        try:
            process = subprocess.Popen(
                [*self._command, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=self._environment(),
                start_new_session=True,
                pass_fds=keep,
            )
        except FileNotFoundError as error:
            raise _not_installed() from error
        try:
            stdout, stderr = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            stdout, _ = process.communicate()
            stderr = b"no answer within %d s" % timeout
        return Answer(
            process.returncode, stdout.decode("utf-8", "replace"), stderr.decode("utf-8", "replace")
        )

    def blobs(self, ids: Iterable[str]) -> dict[str, bytes]:
        """Content by object id. Raises ReconcilerError for an object that is not there."""
        wanted = list(dict.fromkeys(ids))
        question = "".join(f"{object_id}\n" for object_id in wanted).encode()
        if len(wanted) > _PIPED:
            answer = self.run("cat-file", "--batch", "--buffer", stdin=question)
            return _objects(io.BytesIO(answer), wanted)
        reader = self._open_reader()
        assert reader.stdin is not None
        assert reader.stdout is not None
        try:
            reader.stdin.write(question)
            reader.stdin.flush()
        except BrokenPipeError as error:
            raise GitFailed("git cat-file ended early") from error
        return _objects(reader.stdout, wanted)

    def _run(self, arguments: tuple[str, ...], stdin: bytes) -> subprocess.CompletedProcess[bytes]:
        try:
            return subprocess.run(
                [*self._command, *arguments],
                input=stdin,
                capture_output=True,
                env=self._environment(),
                check=False,
                start_new_session=True,
            )
        except FileNotFoundError as error:
            raise _not_installed() from error

    def _open_reader(self) -> subprocess.Popen[bytes]:
        """One `cat-file --batch` for the life of this object: a process per read costs 2 ms."""
        if self._reader is None:
            try:
                self._reader = subprocess.Popen(
                    [*self._command, "cat-file", "--batch"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    env=self._environment(),
                    start_new_session=True,
                )
            except FileNotFoundError as error:
                raise _not_installed() from error
            weakref.finalize(self, _close, self._reader)
        return self._reader

    def _environment(self) -> dict[str, str]:
        found = {k: v for k, v in os.environ.items() if k not in _OF_ANOTHER_REPOSITORY}
        found |= {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
        if not self._settings:
            return found
        first = int(found.get("GIT_CONFIG_COUNT") or 0)
        for number, (key, value) in enumerate(self._settings, start=first):
            found |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
        return found | {"GIT_CONFIG_COUNT": str(first + len(self._settings))}


def _objects(answer: IO[bytes], ids: list[str]) -> dict[str, bytes]:
    """The answers of `cat-file --batch`, all of them: the next question must find none left."""
    found = {}
    for object_id in ids:
        header = answer.readline().split()
        if len(header) == 3:
            found[object_id] = answer.read(int(header[2]) + 1)[:-1]
    if missing := [object_id for object_id in ids if object_id not in found]:
        raise GitFailed(
            f"git object {missing[0]} is not in this clone",
            advice="fetch it: git fetch --refetch; `git fsck` says what else is missing",
        )
    return found


def _close(reader: subprocess.Popen[bytes]) -> None:
    for pipe in (reader.stdin, reader.stdout):
        if pipe is not None:
            pipe.close()
    reader.wait()


def _not_installed() -> ReconcilerError:
    return ReconcilerError("git is not on PATH", advice="install git 2.31 or newer")


def _failure(folder: Path, command: str, stderr: bytes) -> ReconcilerError:
    """The error that git's words mean; LC_ALL=C keeps them English."""
    words = stderr.decode("utf-8", "replace").strip()
    if "not a git repository" in words:
        return ReconcilerError(
            f"{folder} is not in a git repository",
            advice="run `git init` in the folder that holds jobs/ and environments/",
        )
    if "dubious ownership" in words:
        return ReconcilerError(
            f"the repository at {folder} belongs to another user, and git refuses to read it",
            advice=f"if you trust it: git config --global --add safe.directory '{folder}'",
        )
    if "must be run in a work tree" in words:
        return ReconcilerError(
            f"{folder} is not in a working tree",
            advice="go to the checkout: a bare repository or .git itself holds no documents",
        )
    line = next((line for line in words.splitlines() if line.strip()), "it failed")
    for prefix in ("fatal: ", "error: "):
        line = line.removeprefix(prefix)
    return GitFailed(f"git {command}: {line}")
