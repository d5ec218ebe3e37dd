"""The commits that touched the lock of an environment, from one `git log`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reconciler.adapters.git import Git, decode
from reconciler.adapters.locks.identity import RECONCILED, WRITE, Identity
from reconciler.core.lock import is_record, lock_folder
from reconciler.core.repair import Touch

# All sides of a merge are followed: by default git leaves out a side whose files a merge dropped.
# A merge itself counts by what it changed against its first parent.
_LOG = (
    *("-c", "log.showRoot=true", "-c", "log.follow=false", "-c", "log.showSignature=false"),
    *("log", "--full-history", "--topo-order", "--diff-merges=first-parent"),
    *("--raw", "--no-renames", "--no-abbrev", "-z"),
)
_FIELDS = (
    "%H",
    "%an <%ae>",
    "%ae",
    "%ce",
    f"%(trailers:key={RECONCILED},valueonly)",
    f"%(trailers:key={WRITE},valueonly)",
)
_NOTHING = b"0"


@dataclass(frozen=True, slots=True)
class History:
    """What was done to the lock of one environment, newest first."""

    touches: tuple[Touch, ...] = ()
    writes: frozenset[str] = frozenset()
    """`Lock-Write` of each commit of the reconciler."""


def read_history(
    git: Git, environment: str, identity: Identity, *, of: Sequence[str], without: Sequence[str]
) -> History:
    """The history of an environment's lock in the commits `of`, less all that is in `without`."""
    if not of:
        return History()
    folder = lock_folder(environment)
    output = git.run(
        *_LOG,
        "--format=" + "%x00".join(_FIELDS),
        *of,
        *(f"^{commit}" for commit in without),
        "--",
        folder,
    )
    touches: list[Touch] = []
    writes = set()
    for commit, author, author_email, committer, reconciled, write, files in _commits(output):
        ours = identity.made(author=author_email, committer=committer, reconciled=reconciled)
        if ours:
            writes.add(write)
        touches += [
            Touch(path, blob, commit, author, ours)
            for path, blob in files
            if is_record(path, folder)
        ]
    return History(tuple(touches), frozenset(writes))


_Commit = tuple[str, str, str, str, str, str, list[tuple[str, str | None]]]


def _commits(output: bytes) -> Iterator[_Commit]:
    """Each commit of the output: its fields, then path and new blob of each file.

    Fields are counted, never recognised: people write them.
    """
    words = output.split(b"\0")[:-1]
    at = 0
    while at < len(words):
        fields = [decode(word).strip() for word in words[at : at + len(_FIELDS)]]
        at += len(_FIELDS)
        files = []
        while at < len(words) and words[at].lstrip(b"\n").startswith(b":"):
            blob = words[at].split()[3]
            files.append(
                (decode(words[at + 1]), None if not blob.strip(_NOTHING) else blob.decode())
            )
            at += 2
        commit, author, author_email, committer, reconciled, write = fields
        yield commit, author, author_email, committer, reconciled, write, files
