"""Pull requests on GitHub: which one brought a document to the branch, and who was in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reconciler.adapters.github import GitHub

_MOST_COMMITS = 5
"""Commits of one document that are looked at: its last change is most often the one."""

_RECENT = 30
"""Commits of documents that are looked at for what has no document any more."""


@dataclass(frozen=True, slots=True)
class Pull:
    """A pull request that was merged."""

    number: int
    head: str
    """The last commit of its own branch."""
    open: bool
    merged_at: datetime | None


@dataclass(frozen=True, slots=True)
class Origin:
    """A commit on the branch, and the pull request that brought it, if one did."""

    commit: str
    author: str
    """`Name <address>`; hostile text."""
    pull: Pull | None


class Pulls:
    """The merged pull requests of a repository; each question is asked once."""

    def __init__(self, github: GitHub, branch: str) -> None:
        self._github = github
        self._branch = branch
        self._origins: dict[str, tuple[Origin, ...]] = {}
        self._pulls: dict[str, Pull | None] = {}
        self._people: dict[int, Mapping[str, Any]] = {}
        self._reviews: dict[int, Mapping[str, Mapping[str, Any]]] = {}

    def origins(self, path: str) -> tuple[Origin, ...]:
        """The last commits of the branch that touched a file, newest first. Raises GitHubError."""
        if path not in self._origins:
            rows = self._github.listed("commits", most=_MOST_COMMITS, sha=self._branch, path=path)
            self._origins[path] = tuple(self._origin(row) for row in rows)
        return self._origins[path]

    def recent(self) -> Iterator[Origin]:
        """The last commits of the branch that touched any document of a resource, newest first.
        Raises GitHubError."""
        rows = self._github.listed("commits", most=_RECENT, sha=self._branch, path="jobs")
        return (self._origin(row) for row in rows)

    def of_commit(self, commit: str) -> Pull | None:
        """The pull request that brought a commit to the branch (GitHub's API, "List pull
        requests associated with a commit"). Raises GitHubError."""
        if commit not in self._pulls:
            rows = self._github.listed(f"commits/{commit}/pulls", most=100)
            merged = [row for row in rows if row.get("merged_at") and self._into(row)]
            self._pulls[commit] = _pull(merged[0]) if merged else None
        return self._pulls[commit]

    def open_numbers(self) -> frozenset[int]:
        """Numbers of the open pull requests to the branch, of many those changed last. Raises
        GitHubError."""
        rows = self._github.listed(
            "pulls", most=300, state="open", base=self._branch, sort="updated", direction="desc"
        )
        return frozenset(int(row["number"]) for row in rows)

    def pull(self, number: int) -> Pull:
        """A pull request by its number. Raises GitHubError."""
        return _pull(self._github.get(f"pulls/{number}"))

    def decided_at(self, pull: Pull) -> datetime | None:
        """When the last approval that still stands was given, or when it was merged without any.
        Raises GitHubError."""
        given = [review.get("submitted_at") for review in self._approvals(pull).values()]
        times = [datetime.fromisoformat(str(time)) for time in given if time]
        return max(times, default=pull.merged_at)

    def people(self, pull: Pull) -> Mapping[str, Any]:
        """Who approved what was merged, and who merged it, by their logins. Raises GitHubError."""
        if pull.number not in self._people:
            found = self._github.get(f"pulls/{pull.number}")
            merger = (found.get("merged_by") or {}).get("login")
            people = {"approvers": sorted(self._approvals(pull)), "merger": merger}
            self._people[pull.number] = {key: value for key, value in people.items() if value}
        return self._people[pull.number]

    def _origin(self, row: Mapping[str, Any]) -> Origin:
        commit = str(row["sha"])
        return Origin(commit, _author(row), self.of_commit(commit))

    def _approvals(self, pull: Pull) -> Mapping[str, Mapping[str, Any]]:
        """The review of each who approved, and did not ask for changes or was dismissed later, by
        login."""
        if pull.number not in self._reviews:
            last = {
                str((review.get("user") or {}).get("login", "")): review
                for review in self._github.listed(f"pulls/{pull.number}/reviews")
                if review.get("state") != "COMMENTED"
            }
            self._reviews[pull.number] = {
                login: review
                for login, review in last.items()
                if login and review.get("state") == "APPROVED"
            }
        return self._reviews[pull.number]

    def _into(self, row: Mapping[str, Any]) -> bool:
        return bool((row.get("base") or {}).get("ref") == self._branch)


def _pull(row: Mapping[str, Any]) -> Pull:
    merged_at = row.get("merged_at")
    return Pull(
        int(row["number"]),
        str((row.get("head") or {}).get("sha", "")),
        row.get("state") == "open",
        datetime.fromisoformat(str(merged_at)) if merged_at else None,
    )


def _author(row: Mapping[str, Any]) -> str:
    author = (row.get("commit") or {}).get("author") or {}
    return f"{author.get('name', '')} <{author.get('email', '')}>"
