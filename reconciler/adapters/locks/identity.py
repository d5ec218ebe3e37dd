"""Who the reconciler is in commits, and what its commits say: the marks that a lock is trusted by.

Whoever may push to the branch can imitate them. They find what people and tools do to a lock
without meaning harm; the rules of the branch keep those out who mean it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reconciler.core.record import Record
from reconciler.errors import ReconcilerError

NAME = "sagemaker-gitops reconciler"
EMAIL = "reconciler@sagemaker-gitops.noreply.invalid"
"""Nobody can register an address below `.invalid` (RFC 2606), so no host shows it as a person."""

RECONCILED = "Reconciled-Commit"
WRITE = "Lock-Write"
"""Trailer that tells one write from all others: by it a write whose answer was lost is found."""

_TRAILER = re.compile(r"[A-Za-z][A-Za-z-]*: .*")


@dataclass(frozen=True, slots=True)
class Identity:
    """Name and address that commits of the lock carry."""

    name: str = NAME
    email: str = EMAIL

    @classmethod
    def of(cls, variables: Mapping[str, str]) -> Identity:
        """From RECONCILER_GIT_NAME and RECONCILER_GIT_EMAIL. Raises ReconcilerError for a value
        that git cannot hold."""
        name = variables.get("RECONCILER_GIT_NAME", "").strip() or NAME
        email = variables.get("RECONCILER_GIT_EMAIL", "").strip() or EMAIL
        if not (name + email).isprintable() or {"<", ">"} & set(name + email):
            raise ReconcilerError(
                "RECONCILER_GIT_NAME or RECONCILER_GIT_EMAIL holds what a commit cannot: < > or a"
                " control character"
            )
        return cls(name, email)

    def made(self, *, author: str, committer: str, reconciled: str) -> bool:
        """Whether a commit is the reconciler's, by the addresses of author and committer and its
        `Reconciled-Commit`.

        A commit through GitHub's API has the owner of the token as its author and GitHub (or the
        same again) as its committer; only an App (GITHUB_TOKEN is one) is the reconciler there.
        """
        if not reconciled:
            return False
        if committer in (self.email, EMAIL):
            return True
        app, _, host = author.partition("@users.noreply.")
        return app.endswith("[bot]") and committer in (author, f"noreply@{host}")


def message(
    text: str, *, reconciled: str, changed: Mapping[str, Record], run: str | None, write: str
) -> str:
    """The message of a lock commit: the text, then trailers that machines read.

    `changed` are the records that the commit writes, `run` is the address of the workflow run.
    Lines at the end of `text` that are trailers already stay trailers.
    """
    body, own = _split(text.strip())
    trailers = [
        f"{RECONCILED}: {reconciled}",
        *(f"Job: {_job(record)}" for _, record in sorted(changed.items())),
        *own,
        *([f"Run: {run}"] if run else []),
        f"{WRITE}: {write}",
    ]
    return f"{body}\n\n" + "\n".join(trailers) + "\n"


def _split(text: str) -> tuple[str, Sequence[str]]:
    body, _, last = text.rpartition("\n\n")
    lines = last.splitlines()
    if body and all(_TRAILER.fullmatch(line) for line in lines):
        return body, lines
    return text, []


def _job(record: Record) -> str:
    last = record.last_run()
    if last is None:
        return record.name
    _, run = last
    return f"{record.name} {max(record.versions)} {run.state.value}"
