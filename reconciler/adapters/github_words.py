"""Words of ours on GitHub that are kept up to date: a comment on a pull request, an issue.

Each is found again by a hidden marker in its first line, and only where its author is the owner of
the token: anybody may write a marker. What already says the same is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from reconciler.adapters.github import GitHub

WORKFLOWS = "github-actions[bot]"
"""The author of all that is written with GITHUB_TOKEN."""

LONGEST = 65_536
"""Characters of a comment, or of an issue (GitHub answers 422, "body is too long")."""


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment of ours."""

    id: int
    number: int
    """Of the pull request that it is on."""
    body: str


class Words:
    """The comments and issues of a repository that are ours."""

    def __init__(self, github: GitHub) -> None:
        self._github = github
        self._found: dict[tuple[int, str, str], Mapping[str, Any] | None] = {}

    @cached_property
    def author(self) -> str:
        """Login of the owner of the token. Raises GitHubError."""
        return self._github.viewer()

    def comment(self, number: int, marker: str, *, of_workflows: bool = False) -> str | None:
        """The text of our comment on a pull request, or (`of_workflows`) of the one that was
        written with GITHUB_TOKEN; None if there is none. Raises GitHubError."""
        found = self._comment(number, marker, WORKFLOWS if of_workflows else self.author)
        return None if found is None else str(found.get("body") or "")

    def say(self, number: int, marker: str, body: str) -> bool:
        """Write our comment on a pull request or change it; whether something was written.

        Raises GitHubError.
        """
        found = self._comment(number, marker, self.author)
        if found is None:
            self._github.post(f"issues/{number}/comments", {"body": body})
        elif _same(found, body):
            return False
        else:
            self._github.patch(f"issues/comments/{found['id']}", {"body": body})
        self._found.pop((number, marker, self.author), None)
        return True

    def comments(self, marker: str) -> Iterator[Comment]:
        """Our comments on pull requests, the last changed first; of the last 300 that anybody
        changed in the repository. Raises GitHubError."""
        rows = self._github.listed("issues/comments", most=300, sort="updated", direction="desc")
        for row in rows:
            if _is_ours(row, marker, self.author):
                number = str(row["issue_url"]).rpartition("/")[2]
                yield Comment(int(row["id"]), int(number), _plain(row))

    def edit(self, comment: Comment, body: str) -> bool:
        """Change a comment that still says what it said; whether it was changed.

        Raises GitHubError.
        """
        where = f"issues/comments/{comment.id}"
        if not _same(self._github.get(where), comment.body):
            return False
        self._github.patch(where, {"body": body})
        return True

    def keep_issue(self, marker: str, title: str, body: str | None) -> bool:
        """Keep one issue open while there is a `body`, and closed while there is none; whether
        something was written. Raises GitHubError."""
        found = self._issue(marker)
        if found is None:
            if body is None:
                return False
            self._github.post("issues", {"title": title, "body": body})
            return True
        where = f"issues/{found['number']}"
        if body is None:
            if found.get("state") == "closed":
                return False
            self._github.patch(where, {"state": "closed", "state_reason": "completed"})
            return True
        if _same(found, body) and found.get("state") == "open":
            return False
        self._github.patch(where, {"title": title, "body": body, "state": "open"})
        return True

    def _comment(self, number: int, marker: str, author: str) -> Mapping[str, Any] | None:
        """Looked for once, until we write it."""
        key = (number, marker, author)
        if key not in self._found:
            rows = self._github.listed(f"issues/{number}/comments")
            self._found[key] = next((row for row in rows if _is_ours(row, marker, author)), None)
        return self._found[key]

    def _issue(self, marker: str) -> Mapping[str, Any] | None:
        rows = self._github.listed("issues", creator=self.author, state="all")
        return next((row for row in rows if _is_ours(row, marker, self.author)), None)


def _is_ours(row: Mapping[str, Any], marker: str, author: str) -> bool:
    """Whether an entry begins with the marker and was written by the author."""
    first = str(row.get("body") or "").partition("\n")[0].strip()
    return first == marker and (row.get("user") or {}).get("login") == author


def _same(row: Mapping[str, Any], body: str) -> bool:
    return _plain(row).strip() == body.strip()


def _plain(row: Mapping[str, Any]) -> str:
    """The text of an entry: GitHub gives lines back with the ends that its own form sends."""
    return str(row.get("body") or "").replace("\r\n", "\n")
