"""A branch on GitHub: its rules, and the heartbeat that each apply leaves on a commit.

The heartbeat is a commit status, so that a run with nothing to record makes no commit.
"""

from __future__ import annotations

import urllib.parse
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from reconciler.adapters.github import GitHub

_MOST_COMMITS = 50
_MOST_UNREPORTED = 10
"""A workflow run has 1000 requests an hour for all that it asks ("Rate limits for the REST API"),
and each of these commits takes a few."""

_AGAIN_AFTER = timedelta(hours=3)
"""GitHub takes 1000 statuses of one context on a commit ("Create a commit status")."""

_LONGEST = 140
"""Characters of a status's description (same page)."""


class Beat(StrEnum):
    """How an apply came out, as the state of a commit status."""

    SUCCESS = "success"
    FAILURE = "failure"
    """Something went wrong, or is held; all of it was told."""
    ERROR = "error"
    """The apply ended without a report, or not all of it was told."""


_TOLD = (Beat.SUCCESS, Beat.FAILURE)


class Branches:
    """What is known of a repository's branches."""

    def __init__(self, github: GitHub) -> None:
        self._github = github
        self._beats: dict[tuple[str, str], Mapping[str, Any] | None] = {}

    def default_branch(self) -> str:
        """Name of the default branch. Raises GitHubError."""
        return str(self._github.get("")["default_branch"])

    def rules_of(self, branch: str) -> frozenset[str]:
        """Types of the active rules of a branch (GitHub's API, "Get rules for a branch"); empty
        for a branch that is not there. Raises GitHubError."""
        # A slash in the name would be one of the path.
        rows = self._github.listed(f"rules/branches/{urllib.parse.quote(branch, safe='')}")
        return frozenset(str(row.get("type", "")) for row in rows)

    def heartbeat(self, environment: str) -> datetime | None:
        """When an apply of the environment last told that it ran, on the last 50 commits of the
        default branch; None if none did. Raises GitHubError."""
        for commit in self._commits(self.default_branch()):
            beat = self._beat(commit, environment)
            if beat is not None:
                return _time(beat)
        return None

    def unreported(self, branch: str, environment: str) -> Iterator[str]:
        """The newest commits of a branch, as far as no apply of the environment has told all of
        them, newest first; at most 10. Raises GitHubError."""
        for commit in self._commits(branch, most=_MOST_UNREPORTED):
            if (self._beat(commit, environment) or {}).get("state") in _TOLD:
                return
            yield commit

    def beat(self, branch: str, environment: str, *, state: Beat, words: str, run: str | None,
             now: datetime) -> bool:  # fmt: skip
        """Tell on the tip of a branch that an apply ran; whether it was written: one that came
        out alike and is younger than 3 hours is enough. Raises GitHubError."""
        tip = next(self._commits(branch, most=1))
        wanted = {
            "state": state.value,
            "context": _context(environment),
            "description": words[:_LONGEST],
        }
        last = self._beat(tip, environment)
        alike = last is not None and last.get("state") == wanted["state"]
        if last is not None and alike and now - _time(last) < _AGAIN_AFTER:
            return False
        self._github.post(f"statuses/{tip}", {**wanted, **({"target_url": run} if run else {})})
        return True

    def _commits(self, branch: str, *, most: int = _MOST_COMMITS) -> Iterator[str]:
        return (str(row["sha"]) for row in self._github.listed("commits", most=most, sha=branch))

    def _beat(self, commit: str, environment: str) -> Mapping[str, Any] | None:
        """The newest status of an environment on a commit; GitHub lists them newest first."""
        key = (commit, environment)
        if key not in self._beats:
            rows = self._github.listed(f"commits/{commit}/statuses", most=300)
            wanted = _context(environment)
            self._beats[key] = next((row for row in rows if row.get("context") == wanted), None)
        return self._beats[key]


def _context(environment: str) -> str:
    return f"reconciler/{environment}"


def _time(status: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(str(status["created_at"]))
