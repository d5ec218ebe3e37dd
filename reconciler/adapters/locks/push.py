"""Delivery by git push: a plain fast-forward that the host takes or rejects."""

from __future__ import annotations

import re

from reconciler.adapters.git import Answer
from reconciler.adapters.locks.delivery import REMEDY, LockCommit
from reconciler.adapters.locks.identity import Identity
from reconciler.adapters.locks.mirror import Mirror, last_words, without_password
from reconciler.adapters.locks.objects import Objects
from reconciler.errors import LockUnwritable

# What hosts say when they will say the same to the next push: hooks, rulesets (GitHub GH006,
# GH013; GitLab's pre-receive), missing rights, a repository that is read-only or archived.
_REFUSED = re.compile(
    r"hook declined|rule violations|protected branch|\bGH\d{3}\b|not allowed to push"
    r"|error: 40[13]|permission (to .* )?denied|permission denied|access denied|write access"
    r"|read[- ]only|archived|authentication failed|could not read (username|password)"
    r"|deny updating|branch is currently checked out|prohibited|unpacker error"
    r"|insufficient permission|repository( '.*')? not found|not appear to be a git repository",
    re.IGNORECASE,
)


class PushDelivery:
    """`Delivery` through the mirror's remote."""

    def __init__(self, mirror: Mirror, identity: Identity) -> None:
        self._mirror = mirror
        self._identity = identity

    def deliver(self, commit: LockCommit) -> str | None:
        """Build the commit and push it. Raises LockUnwritable when the host refuses."""
        made = Objects(self._mirror.folder, self._mirror.git).commit(commit, self._identity)
        answer = self._mirror.push(made, commit.branch)
        if answer.status == 0:
            return None
        reasons = _reasons(answer)
        words = "; ".join(reasons[:4]) or last_words(answer.stderr)
        if any(_REFUSED.search(reason) for reason in reasons):
            raise LockUnwritable(f"{commit.branch} does not take the lock: {words}", advice=REMEDY)
        return words


def _reasons(answer: Answer) -> list[str]:
    """Why a push failed: git's reason for the branch, what the host said, what git said.

    Names of branches and addresses are left out: they may be spelt like a reason.
    """
    rows = [row for row in answer.stdout.splitlines() if row.startswith("!")]
    said = []
    for line in answer.stderr.splitlines():
        who, _, words = line.partition(": ")
        if who in ("remote", "fatal", "ERROR") and words.strip():
            said.append(without_password(words.strip()))
    return [*(row.rpartition("\t")[2] for row in rows), *said]
