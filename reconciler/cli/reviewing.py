"""`--approved`: where an apply learns what reviewers saw, and who asked for what it launches."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconciler.adapters.github import GitHub, GitHubError
from reconciler.adapters.github_pulls import Origin, Pull, Pulls
from reconciler.adapters.github_words import Words
from reconciler.core.approval import Approved
from reconciler.core.plan import Change
from reconciler.errors import ReconcilerError
from reconciler.reconcile.approval_block import Approval, approval_in, checked
from reconciler.reconcile.approving import approved_rows
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
        self._approved: dict[int, Approval | None] = {}

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
        asked: set[int] = set()
        for pull in self._latest(change) if _has_last_word(change) else self._pulls(change):
            if pull.number in asked:
                continue
            asked.add(pull.number)
            rows = tuple(self._binding(pull))
            yield from rows
            if any(_is_last_word(row, change) for row in rows):
                return

    def approved_on(self, pull: Pull) -> tuple[Approved, ...]:
        """The rows of the plan on a pull request, made for its last commit."""
        approval = self._approval(pull)
        return approval.rows if approval else ()

    def _binding(self, pull: Pull) -> Iterator[Approved]:
        """The same rows, with a note on those that nobody can have seen who approved."""
        approval = self._approval(pull)
        if approval is not None:
            decided = self.pulls.decided_at(pull)
            until = decided.timestamp() if decided else 0
            yield from (replace(row, late=row.shown > until) for row in approval.rows)

    def _approval(self, pull: Pull) -> Approval | None:
        if pull.number not in self._approved:
            body = self._words.comment(pull.number, marker(self._environment), of_workflows=True)
            found = approval_in(body or "")
            self._approved[pull.number] = found if found and found.head == pull.head else None
        return self._approved[pull.number]

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

    def _pulls(self, change: Change) -> Iterator[Pull]:
        """Those that touched the document first: most often nothing else has to be asked."""
        for origin in self._origins(change):
            if origin.pull is not None:
                yield origin.pull
        if change.pull_request is not None:
            yield self.pulls.pull(change.pull_request)

    def _latest(self, change: Change) -> list[Pull]:
        """The same, the one merged last first."""
        return sorted(self._pulls(change), key=_merged, reverse=True)

    def _origins(self, change: Change) -> Iterator[Origin]:
        for path in change.paths:
            yield from self.pulls.origins(path)[: 1 if change.place is None else None]
        # Where a document was when its job was launched need not be where it was last.
        if change.place is None:
            yield from self.pulls.recent()


def _has_last_word(change: Change) -> bool:
    """Whether the last pull request that speaks of a change decides. An older one may have let a
    document go as well before it came back, or have allowed more attempts at the same content."""
    return change.place is None or change.attempt > 1


def _is_last_word(row: Approved, change: Change) -> bool:
    if not _has_last_word(change) or (row.kind, row.name) != (change.kind, change.name):
        return False
    same_content = bool(row.digest) and change.digest.startswith(row.digest)
    return change.place is None or same_content


def _merged(pull: Pull) -> float:
    return pull.merged_at.timestamp() if pull.merged_at else 0.0


def document_of(change: Change) -> str | None:
    """Path of the document that asks for a change; None for one whose document is gone."""
    return change.target.resource.document if change.target else None
