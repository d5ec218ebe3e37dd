"""Checks of `doctor` on GitHub: whether the lock can be written, and whether anybody reconciles."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol

from reconciler.cli.checks import failed, good
from reconciler.core.checks import Check, Verdict
from reconciler.core.environment import Environment
from reconciler.errors import ReconcilerError
from reconciler.render.values import lasted

_KEEPS_OUT = frozenset(
    {"merge_queue", "pull_request", "required_deployments", "required_status_checks", "update"}
)
"""Rules by which a branch takes no commit but from whoever passes them by (GitHub's API,
"Get rules for a branch")."""

_OLD = 6 * 3600.0
"""Seconds; the schedule of the workflow is half-hourly, and GitHub may be hours late."""


class GitHubView(Protocol):
    """What these checks need to know of the repository on GitHub."""

    def default_branch(self) -> str:
        """Name of the branch that documents are applied from."""

    def rules_of(self, branch: str) -> frozenset[str]:
        """Types of the active rules of a branch (GET /repos/O/R/rules/branches/B); empty for a
        branch without rules, or that is not there."""

    def heartbeat(self, environment: str) -> datetime | None:
        """When an apply of the environment last said on a commit that it ran."""


def not_asked(reason: str, advice: str | None = None) -> Iterator[Check]:
    """That GitHub could not be asked, and why; said once in full."""
    yield Check("lock delivery", Verdict.NOT_CHECKED, reason, advice)
    yield Check("heartbeat", Verdict.NOT_CHECKED, reason)


def checks_of_github(view: GitHubView, environment: Environment, now: datetime) -> Iterator[Check]:
    """Branch rules with lock delivery, and the heartbeat."""
    for name, check in (("lock delivery", _delivery), ("heartbeat", _heartbeat)):
        try:
            yield check(view, environment, now)
        except ReconcilerError as error:
            yield failed(name, error)


def _delivery(view: GitHubView, environment: Environment, _: datetime) -> Check:
    main = view.default_branch()
    branch = environment.lock_branch or main
    hindering = sorted(view.rules_of(branch) & _KEEPS_OUT)
    if not hindering:
        return good("lock delivery", f"{branch} takes commits from GITHUB_TOKEN")
    rules = ", ".join(hindering)
    if branch == main:
        return Check(
            "lock delivery",
            Verdict.WARNING,
            f"{branch} has rules ({rules}): only a GitHub App in their bypass list can write there",
            "put the App into the bypass list (always), or give the lock a branch of its own:"
            f" `lock_branch: NAME` in environments/{environment.name}.yaml",
        )
    return Check(
        "lock delivery",
        Verdict.BAD,
        f"the lock's own branch {branch} has rules ({rules}), and takes no commits",
        "take the branch out of the ruleset",
    )


def _heartbeat(view: GitHubView, environment: Environment, now: datetime) -> Check:
    last = view.heartbeat(environment.name)
    if last is None:
        return Check(
            "heartbeat",
            Verdict.WARNING,
            f"no apply of {environment.name} has said that it ran",
            "does the workflow run on pushes and by its schedule?",
        )
    age = (now - last).total_seconds()
    if age > _OLD:
        return Check(
            "heartbeat",
            Verdict.WARNING,
            f"the last apply of {environment.name} was {lasted(age)} ago",
            "GitHub stops the schedule of a public repository after 60 days without activity",
        )
    return good("heartbeat", f"{lasted(age)} ago")
