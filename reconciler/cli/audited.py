"""What `audit` looks at: the files of the lock as they lie in the checkout, and their history."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from reconciler.adapters.lock_history import CheckoutHistory
from reconciler.adapters.locks.identity import Identity
from reconciler.cli.compose import Repository, journey
from reconciler.core.environment import Environment
from reconciler.core.lock import FOLDER, is_record, lock_folder
from reconciler.core.record import Record
from reconciler.errors import InvalidDocuments, ReconcilerError
from reconciler.kinds import KINDS
from reconciler.reconcile.auditing import Audit, Auditor, prove
from reconciler.reconcile.events import Event


def audited(
    repository: Repository,
    environment: Environment | None,
    paths: Sequence[str],
    *,
    prove_with: Callable[[Event], None] | None = None,
) -> Audit:
    """The audit of one environment, or (None) of all that have a lock or a document.

    `paths` limit it to files and folders, from the root of the repository. `prove_with` tells
    events while SageMaker and S3 of the one environment are asked; None asks nobody. Raises
    ReconcilerError for paths without any record, WrongPlace for a wrong login.
    """
    if repository.environments.problems:
        raise InvalidDocuments(repository.environments.problems)
    known = repository.environments.environments
    chosen = tuple(path for path in map(posixpath.normpath, paths) if path != ".")
    folders = _folders(repository.workspace.root)
    total = Audit()
    for name in [environment.name] if environment else sorted({*known, *folders}):
        found, records = _offline(repository, name, chosen)
        total += found
        if environment is not None and prove_with is not None:
            with journey(repository, environment, prove_with) as context:
                total += prove(
                    records,
                    context.checked_cloud(environment),
                    KINDS,
                    environment=environment,
                    revision=repository.files.revision,
                )
    if chosen and not total.files and not total.findings:
        raise ReconcilerError(
            f"nothing is recorded in {', '.join(chosen)}",
            advice=f"name files or folders below {FOLDER}/, from the root of the repository",
        )
    return total


def _offline(
    repository: Repository, name: str, paths: tuple[str, ...]
) -> tuple[Audit, dict[str, Record]]:
    """The audit of one environment by commits and records, and the records by path."""
    environment = repository.environments.environments.get(name)
    branch = environment.lock_branch if environment else None
    root = repository.workspace.root
    history = CheckoutHistory(root, Identity.of(os.environ), branch)
    contents = _contents(root, name) if branch is None else _on_branch(repository, name, history)
    return Auditor(name, environment, KINDS, history, paths).audit(dict(contents))


def _folders(root: Path) -> Iterator[str]:
    """Names of the environments that have a lock here."""
    folder = root / FOLDER
    if folder.is_dir():
        yield from (entry.name for entry in folder.iterdir() if entry.is_dir())


def _contents(root: Path, environment: str) -> Iterator[tuple[str, bytes]]:
    """Path and content of the files of a lock. From the disk: git ignores `locks/local/`.

    A symbolic link is its own content, which is no record: nothing outside is read.
    """
    for file in sorted((root / FOLDER / environment).glob("[!.]*.json")):
        content = os.readlink(file).encode() if file.is_symlink() else file.read_bytes()
        yield file.relative_to(root).as_posix(), content


def _on_branch(
    repository: Repository, environment: str, history: CheckoutHistory
) -> Iterator[tuple[str, bytes]]:
    """Path and content of the files of a lock that lies on a branch of its own."""
    files = repository.workspace.commit_files(history.commit or "")
    folder = lock_folder(environment)
    paths = [entry.path for entry in files.under(folder) if is_record(entry.path, folder)]
    yield from files.read(paths).items()
