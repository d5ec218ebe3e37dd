"""Checks of `doctor`: what one of them says, and those on this computer and the repository."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.adapters.git import Git
from reconciler.core.checks import Check, Verdict
from reconciler.errors import InvalidDocuments, ReconcilerError
from reconciler.render.values import counted

if TYPE_CHECKING:
    from reconciler.cli.compose import Repository
    from reconciler.core.environment import Environment

_OLDEST_GIT = (2, 31)
"""The first one that takes settings by its environment (`GIT_CONFIG_COUNT`)."""

_SCHEMA = "schemas/spec.v1.json"
_PROBE = ("--unshare-pid", "--ro-bind", "/", "/", "true")
_PROBE_SECONDS = 10.0


def good(name: str, message: str) -> Check:
    """A check that found what it should."""
    return Check(name, Verdict.GOOD, message)


def failed(name: str, error: ReconcilerError) -> Check:
    """A check that could not be done, by the failure that kept it."""
    if isinstance(error, InvalidDocuments):
        return Check(name, Verdict.BAD, str(error.problems[0]), "reconciler validate")
    return Check(name, Verdict.BAD, str(error), error.advice)


def checks_of_computer() -> Iterator[Check]:
    """Python and git."""
    yield good("python", ".".join(map(str, sys.version_info[:3])))
    yield _git()


def _git() -> Check:
    try:
        text = Git(Path()).run("--version").decode("utf-8", "replace")
    except ReconcilerError as error:
        return failed("git", error)
    found = re.search(r"(\d+)\.(\d+)[.\d]*", text)
    if found is None:
        return Check("git", Verdict.WARNING, text.strip())
    if (int(found[1]), int(found[2])) < _OLDEST_GIT:
        return Check("git", Verdict.WARNING, found[0], "apply --push needs git 2.31 or newer")
    return good("git", found[0])


def checks_of_repository(repository: Repository) -> Iterator[Check]:
    """Repository, remote, documents, schema, and the lock of each environment."""
    environments = tuple(repository.environments.environments.values())
    yield good("repository", str(repository.workspace.root))
    yield _remote(repository, environments)
    yield from _environments(repository, environments)
    yield _schema(repository)
    for environment in environments:
        yield _lock(repository, environment)


def _remote(repository: Repository, environments: Iterable[Environment]) -> Check:
    from reconciler.adapters.locks.address import remote_of

    try:
        remote_of(repository.workspace.root)
    except ReconcilerError:
        needed = any(not environment.local for environment in environments)
        verdict = Verdict.WARNING if needed else Verdict.NOT_CHECKED
        advice = "git remote add origin URL: the lock on SageMaker lives there" if needed else None
        return Check("remote", verdict, "there is none", advice)
    return good("remote", repository.workspace.repository)


def _environments(repository: Repository, environments: tuple[Environment, ...]) -> Iterator[Check]:
    problems = repository.environments.problems
    if problems:
        yield failed("environments", InvalidDocuments(problems))
    elif not environments:
        yield Check("environments", Verdict.BAD, "there is none", "write them: reconciler init")
    else:
        yield good("environments", ", ".join(environment.name for environment in environments))


def _schema(repository: Repository) -> Check:
    from reconciler.core.schema import schema_text
    from reconciler.kinds import KINDS

    path = repository.workspace.root / _SCHEMA
    advice = f"reconciler schema -o {_SCHEMA}"
    if not path.is_file():
        return Check("schema", Verdict.WARNING, f"there is no {_SCHEMA} for editors", advice)
    if path.read_text("utf-8", "replace") != schema_text(KINDS):
        return Check(
            "schema", Verdict.WARNING, f"{_SCHEMA} is not what this version writes", advice
        )
    return good("schema", f"{_SCHEMA} is up to date")


def _lock(repository: Repository, environment: Environment) -> Check:
    name = f"lock of {environment.name}"
    try:
        records = repository.records(environment)
    except ReconcilerError as error:
        return failed(name, error)
    return good(name, counted(len(records), "record"))


def check_of_sandbox() -> Check:
    """Whether the local engine can give jobs an `/opt/ml` of their own."""
    name = "sandbox"
    without = "jobs run without /opt/ml of their own; the SM_* variables name the real folders"
    if os.environ.get("RECONCILER_LOCAL_SANDBOX") == "none":
        return Check(name, Verdict.WARNING, f"RECONCILER_LOCAL_SANDBOX=none: {without}")
    program = shutil.which("bwrap") if sys.platform == "linux" else None
    if program is None:
        advice = "install bubblewrap" if sys.platform == "linux" else None
        return Check(name, Verdict.WARNING, f"there is no bubblewrap: {without}", advice)
    try:
        done = subprocess.run(
            [program, *_PROBE], capture_output=True, timeout=_PROBE_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return Check(name, Verdict.WARNING, f"bubblewrap does not answer: {without}")
    if done.returncode != 0:
        advice = "let the kernel make user namespaces (kernel.unprivileged_userns_clone=1)"
        return Check(name, Verdict.WARNING, f"bubblewrap does not work here: {without}", advice)
    return good(name, "bubblewrap works")
