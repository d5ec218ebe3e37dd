"""Composition root: what is plugged into what, for one run of the command."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from reconciler import __version__
from reconciler.adapters.workspace import Workspace
from reconciler.cli.options import Settings
from reconciler.cli.problems import remember_files
from reconciler.core.desired import UnknownEnvironment
from reconciler.core.documents import Documents, load_documents
from reconciler.core.environment import Environment
from reconciler.core.files import Files
from reconciler.core.ports import Cloud, LockStore, Records
from reconciler.core.resource import FileEntry, Revision
from reconciler.core.suggest import did_you_mean
from reconciler.errors import InvalidDocuments, ReconcilerError
from reconciler.kinds import KINDS

if TYPE_CHECKING:
    from reconciler.cli.console import Console
    from reconciler.cli.push import Push
    from reconciler.reconcile.context import Context
    from reconciler.reconcile.events import Event


_POLL = 30.0
_LOCAL_POLL = 0.5
"""Seconds between two looks with `--wait`: AWS counts requests, this computer does not."""


class EnvironmentRequired(ReconcilerError):
    """The command would act somewhere, and where is not clear."""

    exit_status = 2


@dataclass(frozen=True, slots=True)
class Repository:
    """The repository that the command works on, and the environments it knows."""

    workspace: Workspace
    files: Files
    environments: Documents

    @classmethod
    def open(cls, ctx: click.Context, settings: Settings) -> Repository:
        """Find the repository around the folder of `-C`."""
        workspace = Workspace.open(settings.directory)
        files = workspace.worktree_files()
        remember_files(ctx, files)
        return cls(workspace, files, load_documents(_EnvironmentsOnly(files), KINDS))

    def environment(self, settings: Settings, *, acts: bool) -> Environment:
        """The environment that was named, or the one that is meant.

        Unnamed, a command that `acts` takes the only one, or the default one if it is local:
        nobody should spend money by leaving out a word. A command that only looks takes the
        default one wherever it is. Raises EnvironmentRequired with the list otherwise.
        """
        known = self.environments.environments
        if settings.environment is not None:
            return self._named(settings.environment)
        if len(known) == 1:
            return next(iter(known.values()))
        default = self.environments.default_environment
        if default is not None and (known[default].local or not acts):
            return known[default]
        if not known and self.environments.problems:
            raise InvalidDocuments(self.environments.problems)
        question = "which environment?"
        if default is not None:
            question += f" The default one, {default}, costs money: only -e chooses it here"
        raise EnvironmentRequired(
            question if known else "there is no environment in this repository",
            advice=f"pass -e with one of: {', '.join(sorted(known))}"
            if known
            else "write one, such as environments/local.yaml with `engine: local`",
        )

    def _named(self, name: str) -> Environment:
        known = self.environments.environments
        if name in known:
            return known[name]
        path = f"environments/{name}.yaml"
        wrong = tuple(
            problem
            for problem in self.environments.problems
            if problem.place and problem.place.path == path
        )
        if wrong:
            raise InvalidDocuments(wrong)
        near = did_you_mean(name, known)
        hint = f"did you mean `{near}`? " if near else ""
        raise UnknownEnvironment(
            f"there is no environment `{name}`",
            advice=f"{hint}there is: {', '.join(sorted(known)) or 'none'}",
        )

    def store(self, environment: Environment, push: Push | None = None) -> LockStore:
        """Where the lock of an environment lives; with `push` on a branch of the remote."""
        if push is not None:
            return push.store(self.workspace, _lock_branch, workflow_run())
        if environment.local:
            from reconciler.adapters.locks.worktree import WorktreeStore

            return WorktreeStore(self.workspace)
        from reconciler.adapters.locks.commit import CommitPlanStore

        return CommitPlanStore(self.workspace, lock_branch=environment.lock_branch)

    def records(self, environment: Environment) -> Records:
        """The lock beside the working tree's documents, for commands that only show.

        A lock with a branch of its own is read as this clone last fetched it; it is empty where
        the clone does not have the branch.
        """
        if environment.local:
            return self.store(environment).snapshot(environment.name).records
        from reconciler.adapters.locks.commit import fetched_lock
        from reconciler.core.lock import read_records

        branch = environment.lock_branch
        files = fetched_lock(self.workspace, branch) if branch else self.files
        return read_records(files, environment.name) if files else {}

    def recorded_versions(self, console: Console) -> dict[str, int]:
        """The highest version of each resource that the lock of any environment has; says which
        lock is not here."""
        highest: dict[str, int] = {}
        for environment in self.environments.environments.values():
            if self.lacks_lock_of(environment):
                branch = environment.lock_branch
                console.say(
                    f"This clone does not have {branch}, where the lock of {environment.name} is:"
                    " versions that ran there are not known here."
                    f" git fetch origin {branch}:refs/remotes/origin/{branch}"
                )
            for name, record in self.records(environment).items():
                highest[name] = max(highest.get(name, 0), *record.versions, 0)
        return highest

    def lacks_lock_of(self, environment: Environment) -> bool:
        """Whether the lock has a branch of its own that this clone never fetched."""
        from reconciler.adapters.locks.commit import fetched_lock

        branch = environment.lock_branch
        return branch is not None and fetched_lock(self.workspace, branch) is None

    def cloud(self, environment: Environment) -> Cloud:
        """AWS in an environment, or the local engine; imports boto3."""
        from reconciler.adapters.aws import AwsCloud

        if environment.local:
            from reconciler.cli.engine import local_session

            session = local_session(self.workspace.root, environment)
        else:
            from reconciler.adapters.aws_clients import open_session

            session = open_session(environment.aws_region)
        return AwsCloud(session, region=environment.aws_region)


@contextmanager
def journey(
    repository: Repository,
    environment: Environment,
    emit: Callable[[Event], None],
    *,
    push: Push | None = None,
) -> Iterator[Context]:
    """The context of one journey; signals ask it to stop instead of killing it."""
    from reconciler.adapters.clock import SystemClock
    from reconciler.reconcile.context import Context

    clouds: dict[str, Cloud] = {}

    def cloud(target: Environment) -> Cloud:
        if target.name not in clouds:
            clouds[target.name] = repository.cloud(target)
        return clouds[target.name]

    with SystemClock() as clock:
        yield Context(
            environment=environment.name,
            store=repository.store(environment, push),
            kinds=KINDS,
            cloud=cloud,
            clock=clock,
            emit=emit,
            recorded_by=_recorded_by(),
            poll_seconds=_LOCAL_POLL if environment.local else _POLL,
        )


def _recorded_by() -> dict[str, str]:
    """Which version runs, and in GitHub Actions which run of which workflow."""
    run = workflow_run()
    return {"reconciler": __version__} | ({"workflow_run": run} if run else {})


def workflow_run() -> str | None:
    """Address of the run of GitHub Actions that this is, if it is one."""
    run = os.environ.get("GITHUB_RUN_ID")
    if not run:
        return None
    host = os.environ.get("GITHUB_SERVER_URL", "https://github.com")
    return f"{host}/{os.environ.get('GITHUB_REPOSITORY', '')}/actions/runs/{run}"


def is_trial_merge() -> bool:
    """Whether GitHub Actions checked out what a pull request would be once it is merged."""
    return re.fullmatch(r"refs/pull/\d+/merge", os.environ.get("GITHUB_REF", "")) is not None


def _lock_branch(files: Files, environment: str) -> str | None:
    """The branch that an environment's document names for its lock."""
    known = load_documents(_EnvironmentsOnly(files), KINDS).environments
    return known[environment].lock_branch if environment in known else None


@dataclass(frozen=True, slots=True)
class _EnvironmentsOnly:
    """The environments of a repository: enough to choose one, whatever the jobs look like."""

    files: Files

    @property
    def revision(self) -> Revision:
        return self.files.revision

    def under(self, path: str) -> tuple[FileEntry, ...]:
        return self.files.under(path) if path == "environments" else ()

    def read(self, paths: Iterable[str]) -> dict[str, bytes]:
        return self.files.read(paths)
