"""The lock at a tip as the reconciler committed it, and what has to be put right there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reconciler.adapters.git import Git, blob_id
from reconciler.adapters.locks.history import History, read_history
from reconciler.adapters.locks.identity import Identity
from reconciler.core.lock import is_record, lock_folder, parse_records
from reconciler.core.ports import Records
from reconciler.core.record import Record, dumps
from reconciler.core.repair import expected, findings, of_path, restored, versions
from reconciler.core.resource import FileEntry


@dataclass(frozen=True, slots=True)
class TrustedLock:
    """The lock of one environment at one commit."""

    records: Records
    damaged: frozenset[str] = frozenset()
    """Paths of files that do not hold what `records` say."""
    findings: tuple[str, ...] = ()
    writes: frozenset[str] = frozenset()
    """`Lock-Write` of each commit that is known."""


class TrustedReader:
    """Reads the lock of one environment, commit after commit of one branch."""

    def __init__(self, environment: str, identity: Identity) -> None:
        self._environment = environment
        self._identity = identity
        self._folder = lock_folder(environment)
        self._read: tuple[str, ...] = ()
        self._history = History()
        self._known: dict[tuple[str, str], Record] = {}

    def read(
        self, git: Git, entries: Iterable[FileEntry], tip: str | None, left: tuple[str, ...]
    ) -> TrustedLock:
        """The lock whose files are `entries` at a tip (None: the branch is not there); `left` are
        commits that the branch lost when it was set back."""
        history = self._extended(git, (*([tip] if tip else []), *left))
        at_tip = {e.path: e.blob for e in entries if is_record(e.path, self._folder)}
        wanted = expected(history.touches)
        doubtful = {
            path for path in {*at_tip, *wanted} if left or at_tip.get(path) != wanted.get(path)
        }
        sound = {path: blob for path, blob in wanted.items() if path not in doubtful}
        records = self._parsed(git, sound)
        rebuilt, damaged, found = self._rebuilt(git, at_tip, history, sorted(doubtful))
        return TrustedLock(
            dict(sorted({**records, **rebuilt}.items())), damaged, found, history.writes
        )

    def _rebuilt(
        self, git: Git, at_tip: Mapping[str, str], history: History, paths: list[str]
    ) -> tuple[Records, frozenset[str], tuple[str, ...]]:
        """The records of paths that are in doubt, joined from every version of ours."""
        touches = of_path(history.touches)
        records: dict[str, Record] = {}
        damaged: set[str] = set()
        found: list[str] = []
        for path in paths:
            group = touches.get(path, [])
            known = [self._parsed(git, {path: blob}) for blob in versions(group)]
            record = restored(r for one in known for r in one.values())
            if record is not None:
                records[record.name] = record
            if at_tip.get(path) != _blob_of(record, versions(group)):
                damaged.add(path)
                found += findings(path, group)
        return records, frozenset(damaged), tuple(found)

    def _parsed(self, git: Git, blobs: Mapping[str, str]) -> Records:
        """Records by path and blob; each is parsed once."""
        new = {path: blob for path, blob in blobs.items() if (path, blob) not in self._known}
        contents = git.blobs(new.values())
        for path, blob in new.items():
            parsed = parse_records({path: contents[blob]}, self._environment)
            self._known[path, blob] = next(iter(parsed.values()))
        found = (self._known[item] for item in blobs.items())
        return {record.name: record for record in found}

    def _extended(self, git: Git, roots: tuple[str, ...]) -> History:
        """The history of all that `roots` hold; what was read before is not read again."""
        if self._read == roots:
            return self._history
        follows = len(self._read) == len(roots) == 1 and _is_in(git, self._read[0], roots[0])
        known = self._read if follows else ()
        new = read_history(git, self._environment, self._identity, of=roots, without=known)
        if follows:
            new = History((*new.touches, *self._history.touches), new.writes | self._history.writes)
        self._read, self._history = roots, new
        return new


def _blob_of(record: Record | None, known: tuple[str, ...]) -> str | None:
    """The blob that the text of a record has, in the algorithm of the blobs that are known.

    What others wrote is compared by its id and never read: it may be anything.
    """
    if record is None:
        return None
    return blob_id(dumps(record).encode(), "sha1" if len(known[0]) == 40 else "sha256")


def _is_in(git: Git, commit: str, tip: str) -> bool:
    return git.ask("merge-base", "--is-ancestor", commit, tip) is not None
