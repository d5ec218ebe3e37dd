"""What listings of a commit and of the working tree share: modes, and paths below a folder."""

from __future__ import annotations

import posixpath
from bisect import bisect_left
from collections.abc import Sequence
from typing import Final, Literal

from reconciler.core.resource import FileEntry

Mode = Literal["100644", "100755", "120000", "160000"]

LINK: Final = "120000"
SUBMODULE: Final = "160000"


def canonical_mode(mode: bytes) -> Mode:
    """One of git's four modes; trees of early versions also hold others, such as 100664."""
    if mode in (b"120000", b"160000"):
        return LINK if mode == b"120000" else SUBMODULE
    return "100755" if int(mode, 8) & 0o100 else "100644"


def below(paths: Sequence[str], path: str) -> Sequence[str]:
    """The part of a sorted list below a folder, or the path itself; all of it for `.`."""
    folder = posixpath.normpath(path or ".")
    if folder == ".":
        return paths
    at = bisect_left(paths, folder)
    if at < len(paths) and paths[at] == folder:
        return [folder]
    # "0" is the character after "/".
    return paths[bisect_left(paths, folder + "/") : bisect_left(paths, folder + "0")]


def readable(entry: FileEntry) -> FileEntry:
    """The entry, if it has content. KeyError for a submodule."""
    if entry.mode == SUBMODULE:
        raise KeyError(entry.path)
    return entry
