"""One look at the working tree: what git's index knows, and what differs from it."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from pathlib import Path

from reconciler.adapters.git import Git, decode, rows
from reconciler.adapters.listing import LINK, SUBMODULE, Mode, canonical_mode
from reconciler.core.resource import FileEntry


@dataclass(frozen=True, slots=True)
class Scan:
    """The files of the working tree, less those that git ignores."""

    entries: dict[str, FileEntry]
    """What is there. The id of a file in `unhashed` is empty."""
    unhashed: frozenset[str]
    """Files whose content is not, or may not be, what the index says."""
    index: dict[str, FileEntry]
    """What the index says of tracked files that changed."""
    moved: frozenset[str]
    """Tracked files that were removed, and files that git does not track."""


def scan(git: Git, root: Path) -> Scan:
    """Look at the working tree; hashes nothing. Raises ReconcilerError when git does."""
    index = _index(git)
    changed = _changed(git)
    untracked = _untracked(git, root)
    entries = {path: entry for path, entry in index.items() if path not in changed}
    present = {path: mode for path, mode in changed.items() if mode} | untracked
    entries.update((path, FileEntry(path, mode, "")) for path, mode in present.items())
    removed = {path for path, mode in changed.items() if not mode}
    return Scan(
        entries=entries,
        unhashed=frozenset(present),
        index={path: index[path] for path in changed if path in index},
        moved=frozenset(removed | untracked.keys()),
    )


def _index(git: Git) -> dict[str, FileEntry]:
    entries = {}
    for row in rows(git.run("ls-files", "--stage", "-z")):
        facts, _, name = row.partition(b"\t")
        mode, blob, stage = facts.split()
        # Other stages are sides of a merge conflict; `_changed` names those files.
        if stage == b"0":
            path = decode(name)
            entries[path] = FileEntry(path, canonical_mode(mode), blob.decode())
    return entries


def _changed(git: Git) -> dict[str, Mode | None]:
    """Tracked files that are not as the index says: their mode now, None if removed."""
    answer = rows(git.run("diff-files", "--raw", "-z", "--ignore-submodules=all"))
    changed: dict[str, Mode | None] = {}
    for facts, name in zip(answer[::2], answer[1::2], strict=True):
        mode = facts.split()[1]
        changed[decode(name)] = None if mode == b"000000" else canonical_mode(mode)
    return changed


def _untracked(git: Git, root: Path) -> dict[str, Mode]:
    """Files that git neither tracks nor ignores; a repository inside ours as a submodule."""
    found: dict[str, Mode] = {}
    for path in map(decode, rows(git.run("ls-files", "--others", "--exclude-standard", "-z"))):
        if path.endswith("/"):
            found[path[:-1]] = SUBMODULE
            continue
        try:
            mode = (root / path).lstat().st_mode
        except FileNotFoundError:
            continue
        if stat.S_ISLNK(mode):
            found[path] = LINK
        else:
            found[path] = "100755" if mode & stat.S_IXUSR else "100644"
    return found
