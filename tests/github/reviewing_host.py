"""GitHub as far as it tells which plans may speak for a change: commits, pulls and comments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from reconciler.adapters import github_pulls
from reconciler.adapters.github_pulls import Origin, Pull

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit of the branch: what it touched, and the pull request that it came by."""

    touched: frozenset[str]
    pull: Pull | None

    def touches(self, path: str) -> bool:
        """Whether it touched a file, or something in a folder."""
        return any(file == path or file.startswith(f"{path}/") for file in self.touched)


class Host:
    """What GitHub tells about the branch: its commits, newest first, and the comments of plans."""

    def __init__(self) -> None:
        self.commits: list[Commit] = []
        self.comments: dict[int, str] = {}
        self.pulls: dict[int, Pull] = {}

    def merged(self, touched: frozenset[str], comment: str | None) -> None:
        """Merge the next pull request, with the comment that was made on it, if any."""
        number = len(self.pulls) + 1
        time = NOW + timedelta(hours=number)
        pull = self.pulls[number] = Pull(number, head_of(number), open=False, merged_at=time)
        self.commits.insert(0, Commit(touched, pull))
        if comment is not None:
            self.comments[number] = comment

    def origins(self, path: str) -> tuple[Origin, ...]:
        """As `Pulls.origins`."""
        return self._touching(path)[: github_pulls._MOST_COMMITS]

    def recent(self) -> Iterator[Origin]:
        """As `Pulls.recent`."""
        return iter(self._touching("jobs")[: github_pulls._RECENT])

    def _touching(self, path: str) -> tuple[Origin, ...]:
        return tuple(
            Origin("c", "Ada", commit.pull) for commit in self.commits if commit.touches(path)
        )

    def pull(self, number: int) -> Pull:
        """As `Pulls.pull`."""
        return self.pulls[number]

    def decided_at(self, pull: Pull) -> datetime | None:
        """As `Pulls.decided_at`: each was merged without another word."""
        return pull.merged_at

    def people(self, pull: Pull) -> Mapping[str, Any]:
        """As `Pulls.people`."""
        return {}

    def comment(self, number: int, marker: str, *, of_workflows: bool) -> str | None:
        """As `Words.comment`."""
        return self.comments.get(number)


def head_of(number: int) -> str:
    """The last commit of a pull request."""
    return f"{number:040x}"
