"""`--approved`: where an apply learns what reviewers saw, and who asked for what it launches."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconciler.adapters.github import GitHub, GitHubError
from reconciler.adapters.github_pulls import Origin, Pulls
from reconciler.adapters.github_words import Words
from reconciler.core.plan import Change
from reconciler.errors import ReconcilerError
from reconciler.reconcile.approval_block import approved_in, checked
from reconciler.reconcile.approving import Approved, approved_rows
from reconciler.render.markdown_plan import marker

if TYPE_CHECKING:
    from reconciler.adapters.workspace import Workspace
    from reconciler.cli.push import Push
    from reconciler.reconcile.context import Context

FROM_PR = "from-pr"


def reviewed(
    context: Context, workspace: Workspace, *, push: Push | None, approved: str | None
) -> Context:
    """The context with what was approved, and on GitHub with who asked for each launch.

    `approved` is the path of a plan as JSON, or `from-pr`. Raises ReconcilerError for a file that
    is no plan of the environment, NoCredentials without a token for GitHub.
    """
    if approved not in (None, FROM_PR):
        rows = _saved(Path(approved), context.environment)
        context = replace(context, approvals=lambda _: rows)
    if approved != FROM_PR and (push is None or push.way != "github"):
        return context
    reviews = Reviews.of(workspace, context.environment, push)
    if approved == FROM_PR:
        context = replace(context, approvals=reviews.approvals)
    return replace(context, who=reviews.who)


def _saved(path: Path, environment: str) -> tuple[Approved, ...]:
    try:
        document = json.loads(path.read_text("utf-8"))
        of = (document["format"], document["environment"]["name"])
        if of == ("reconciler/plan/v1", environment) and not document["problems"]:
            return tuple(map(checked, approved_rows(document)))
    except (ValueError, KeyError, TypeError):
        pass
    raise ReconcilerError(
        f"{path} is no sound plan of {environment}",
        advice=f"save one: reconciler plan -e {environment} --save DIR, then DIR/plan.json",
    )


def github_of(workspace: Workspace) -> GitHub:
    """The repository of a checkout on GitHub. Raises NoCredentials, LockUnwritable without a
    remote."""
    from reconciler.adapters.locks.address import remote_of
    from reconciler.adapters.remotes import repository_name

    return GitHub.of(os.environ, remote=repository_name(remote_of(workspace.root).url))


class Reviews:
    """What GitHub tells about the changes of one environment."""

    def __init__(self, pulls: Pulls, words: Words, environment: str) -> None:
        self.pulls = pulls
        self._words = words
        self._environment = environment
        self._approved: dict[int, tuple[Approved, ...]] = {}

    @classmethod
    def of(cls, workspace: Workspace, environment: str, push: Push | None) -> Reviews:
        """Those of a checkout and the branch that its documents are applied from."""
        from reconciler.adapters.github_branch import Branches

        github = github_of(workspace)
        branch = (push.branch if push else None) or Branches(github).default_branch()
        return cls(Pulls(github, branch), Words(github), environment)

    def approvals(self, change: Change) -> Iterator[Approved]:
        """The rows of the plans on the pull requests that lately touched what a change is made
        of. Contents are named by their digests, so an older approval of the same is as good."""
        for origin in self._origins(change):
            if origin.pull is not None:
                yield from self.approved_on(origin.pull.number, origin.pull.head)

    def approved_on(self, number: int, head: str) -> tuple[Approved, ...]:
        """The rows of the plan on a pull request, made for its last commit."""
        if number not in self._approved:
            body = self._words.comment(number, marker(self._environment), of_workflows=True)
            self._approved[number] = approved_in(body or "", head)
        return self._approved[number]

    def who(self, change: Change) -> Mapping[str, Any]:
        """Author of the last change of a document, its pull request, who approved and merged it.

        What GitHub does not tell is left out: it is no reason to launch nothing.
        """
        path = document_of(change)
        try:
            origin = next(iter(self.pulls.origins(path)), None) if path else None
            if origin is None:
                return {}
            told: dict[str, Any] = {"author": origin.author, "commit": origin.commit}
            if origin.pull is None:
                return told
            told["pull_request"] = origin.pull.number
            return told | dict(self.pulls.people(origin.pull))
        except GitHubError:
            return {}

    def _origins(self, change: Change) -> Iterator[Origin]:
        """Of the document first: most often nothing else has to be asked."""
        if not change.paths:
            yield from self.pulls.recent()
        for path in change.paths:
            yield from self.pulls.origins(path)


def document_of(change: Change) -> str | None:
    """Path of the document that asks for a change; None for one whose document is gone."""
    return change.target.resource.document if change.target else None
