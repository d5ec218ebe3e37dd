"""Delivery through GitHub's API: `createCommitOnBranch`, signed by GitHub, on an expected head.

The commit's author is the owner of the token. Only an App (GITHUB_TOKEN is one, too) is taken for
the reconciler by `identity`, so a person's token is refused before anything is written.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from reconciler.adapters.github import GitHub, GitHubError, GitHubUnanswered
from reconciler.adapters.locks.delivery import REMEDY, LockCommit
from reconciler.errors import LockUnwritable

_COMMIT = """\
mutation($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) { commit { oid } }
}
"""
# Somebody moved the branch, or made it, first.
_MOVED = frozenset({"STALE_DATA", "409"})


class GitHubDelivery:
    """`Delivery` through the API of the repository."""

    def __init__(self, github: GitHub) -> None:
        self._github = github
        self._login: str | None = None

    def deliver(self, commit: LockCommit) -> str | None:
        """Make the commit on GitHub. Raises LockUnwritable when GitHub refuses, or when the
        token belongs to a person."""
        try:
            self._check_login()
            if commit.parent is None:
                self._begin(commit)
            else:
                self._continue(commit, commit.parent)
        except GitHubUnanswered as error:
            return str(error)
        except GitHubError as error:
            if error.type in _MOVED or "Reference already exists" in str(error):
                return str(error)
            raise LockUnwritable(
                f"{commit.branch} does not take the lock: {error}", advice=REMEDY
            ) from None
        return None

    def _check_login(self) -> None:
        if self._login is None:
            self._login = self._github.viewer()
        if not self._login.endswith("[bot]"):
            raise LockUnwritable(
                f"the token is that of {self._login or 'nobody known'}, and the lock is trusted"
                " only where an App committed it",
                advice="use the token of a GitHub App, or GITHUB_TOKEN in a workflow; or"
                " --push git",
            )

    def _continue(self, commit: LockCommit, parent: str) -> None:
        headline, _, body = commit.message.partition("\n\n")
        additions, deletions = [], []
        for path, content in commit.contents.items():
            if content is None:
                deletions.append({"path": path})
            else:
                text = base64.b64encode(content).decode()
                additions.append({"path": path, "contents": text})
        branch = {
            "repositoryNameWithOwner": self._github.repository,
            "branchName": commit.branch,
        }
        wanted = {
            "branch": branch,
            "expectedHeadOid": parent,
            "message": {"headline": headline, "body": body.strip()},
            "fileChanges": {"additions": additions, "deletions": deletions},
        }
        self._github.graphql(_COMMIT, {"input": wanted})

    def _begin(self, commit: LockCommit) -> None:
        """A branch that is not there yet: a commit without parents, and then its name."""
        rows = [
            {"path": path, "mode": "100644", "type": "blob", "content": content.decode()}
            for path, content in commit.contents.items()
            if content is not None
        ]
        tree = self._made("git/trees", {"tree": rows})
        text = commit.message
        made = self._made("git/commits", {"message": text, "tree": tree, "parents": []})
        self._github.post("git/refs", {"ref": f"refs/heads/{commit.branch}", "sha": made})

    def _made(self, what: str, body: Mapping[str, Any]) -> str:
        return str(self._github.post(what, body).get("sha", ""))
