"""`--push`: the lock on a branch of the remote, by git or through GitHub's API."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from reconciler.adapters.workspace import Workspace

if TYPE_CHECKING:
    from reconciler.adapters.locks.branch import BranchStore, LockBranchOf
    from reconciler.adapters.locks.delivery import Delivery
    from reconciler.adapters.locks.identity import Identity
    from reconciler.adapters.locks.mirror import Mirror

WAYS = ("git", "github")


@dataclass(frozen=True, slots=True)
class Push:
    """Where the lock goes: by which way, and beside the documents of which branch."""

    way: str
    branch: str | None = None
    """None: the default branch of the remote."""

    def store(
        self, workspace: Workspace, lock_branch_of: LockBranchOf, workflow_run: str | None
    ) -> BranchStore:
        """The store on the remote of a checkout. Raises LockUnwritable if it has no remote."""
        from reconciler.adapters.locks.branch import BranchStore
        from reconciler.adapters.locks.identity import Identity

        identity = Identity.of(os.environ)
        mirror, delivery = self._ways(workspace, identity)
        return BranchStore(
            mirror,
            delivery,
            branch=self.branch or mirror.default_branch(),
            lock_branch_of=lock_branch_of,
            identity=identity,
            workflow_run=workflow_run,
        )

    def _ways(self, workspace: Workspace, identity: Identity) -> tuple[Mirror, Delivery]:
        """How to read the remote, and how to write to it."""
        from reconciler.adapters.locks.address import remote_of
        from reconciler.adapters.locks.mirror import Mirror

        address = remote_of(workspace.root)
        cache = workspace.root / ".reconciler" / "cache"
        if self.way == "git":
            from reconciler.adapters.locks.push import PushDelivery

            mirror = Mirror(cache, address, repository=workspace.repository)
            return mirror, PushDelivery(mirror, identity)
        from reconciler.adapters.github import GitHub
        from reconciler.adapters.locks.github import GitHubDelivery
        from reconciler.adapters.remotes import repository_name

        github = GitHub.of(os.environ, remote=repository_name(address.url))
        if address.url.startswith("https://") and not address.logs_in:
            login = github.login(address.url)
            address = replace(address, settings=(*address.settings, login))
        mirror = Mirror(cache, address, repository=workspace.repository)
        return mirror, GitHubDelivery(github)


def push_options(does: str) -> Callable[[Any], Any]:
    """Give a command `--push` and `--branch`; it is called with `push: Push | None`.

    `does` begins the help: what the command does at the remote.
    """
    options = (
        click.option(
            "--push",
            type=click.Choice(WAYS),
            envvar="RECONCILER_PUSH",
            show_envvar=True,
            callback=_push,
            help=f"{does}: pushed by git, or committed through GitHub's API.",
        ),
        click.option(
            "--branch",
            metavar="NAME",
            envvar="RECONCILER_BRANCH",
            show_envvar=True,
            is_eager=True,
            expose_value=False,
            callback=_remember,
            help="Branch of the documents on the remote. Default: its default branch.",
        ),
    )

    def given(command: Any) -> Any:
        for option in reversed(options):
            command = option(command)
        return command

    return given


_BRANCH = "reconciler.branch"


def _remember(ctx: click.Context, _: click.Parameter, value: str | None) -> None:
    ctx.meta[_BRANCH] = value


def _push(ctx: click.Context, _: click.Parameter, value: str | None) -> Push | None:
    if value:
        return Push(value, ctx.meta.get(_BRANCH))
    if ctx.get_parameter_source("branch") is ParameterSource.COMMANDLINE:
        raise click.UsageError("--branch is a branch of the remote: pass --push too", ctx)
    return None
