"""What it takes to bring a commit of the lock to a branch, whichever way it goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

REMEDY = (
    "let the reconciler write there: add its GitHub App or deploy key to the bypass list of the"
    " branch's ruleset (GITHUB_TOKEN can never be in one), or keep the lock on a branch of its"
    " own: `lock_branch: NAME` in the environment document"
)
"""What to do when a branch does not take the lock."""


@dataclass(frozen=True, slots=True)
class LockCommit:
    """A commit that is to be made."""

    branch: str
    parent: str | None
    """The tip that it must follow; None where the branch is not there yet."""
    contents: Mapping[str, bytes | None]
    """What each file is to hold, by path; None removes it."""
    message: str


class Delivery(Protocol):
    """Makes a commit the new tip of its branch, if its parent still is the tip."""

    def deliver(self, commit: LockCommit) -> str | None:
        """None when the branch took it; else, in words, why it is not known to: look again.

        Raises LockUnwritable when the branch will not take it later either.
        """
