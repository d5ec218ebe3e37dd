"""Manifest: the files of one upload, chosen from the repository; hostile trees are refused.

Symbolic links that stay inside their folder become copies of what they point at. Whatever could
land outside the folder, collide when unpacked, or be something else than it looks is a Finding.
`build` is the only door; `core/tar.py` packs what it chose.
"""

from __future__ import annotations

import posixpath
import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate, chain

from reconciler.core.files import Files
from reconciler.core.kind import Finding, Source
from reconciler.core.resource import FileEntry, Manifest, ManifestEntry

DEFAULT_IGNORE = (
    ".git",
    "__pycache__/",
    "*.py[co]",
    ".DS_Store",
    ".ipynb_checkpoints/",
    ".cache/",
    ".env",
)
"""Never uploaded, unless `ignore_patterns` takes one back: `!.env`."""

MAX_FILES = 100_000
"""Most files of one folder, copies by links counted: links to folders of links multiply."""

_MAX_LINKS = 40
"""Most links on the way to one file, as in Linux."""

_LFS = b"version https://git-lfs"
_LFS_SIZE = 1024
"""Git LFS keeps its pointers shorter than this many bytes."""

_BATCH = 256
"""Files that are looked into at once: bounds the memory."""

_Found = tuple[str, FileEntry | str]
"""A path inside the upload, and the file that goes there or why none can."""


def build(source: Source, files: Files) -> Manifest | tuple[Finding, ...]:
    """The files that a source uploads, or everything that is wrong with them (E214, E216).

    `ignore` holds against paths inside the upload, as a .gitignore in its root would.
    """
    from pathspec import GitIgnoreSpec

    try:
        ignored = GitIgnoreSpec.from_lines([*DEFAULT_IGNORE, *source.ignore])
    except ValueError as error:
        return (Finding("E216", f"`ignore_patterns`: {error}", source.path),)
    placed: dict[str, FileEntry] = {}
    wrong: list[Finding] = []
    for index, folder in enumerate(source.folders):
        listing = _listing(folder, files)
        if not listing:
            wrong.append(_missing(index, source))
            continue
        for path, found in _contents(folder, listing, files, index > 0, ignored.match_file):
            if isinstance(found, str):
                wrong.append(_unsafe(path, found, source))
            elif path in placed:
                wrong.append(_unsafe(path, "comes from two places", source))
            else:
                placed[path] = found
    refused = chain(_bad_names(placed), _collisions(placed), _pointers(placed, files))
    wrong.extend(_unsafe(path, why, source) for path, why in refused)
    if not placed and not wrong:
        wrong.append(_missing(0, source))
    return tuple(wrong) or Manifest(source, tuple(_entries(placed)))


def _entries(placed: dict[str, FileEntry]) -> Iterator[ManifestEntry]:
    for path, file in sorted(placed.items()):
        yield ManifestEntry(
            path=path,
            mode="100755" if file.mode == "100755" else "100644",
            blob=file.blob,
            origin=file.path,
        )


def _listing(folder: str, files: Files) -> tuple[FileEntry, ...]:
    """The files of a folder; none for a path that does not count from the root."""
    outside = posixpath.normpath(folder).split("/")[0] in ("", "..")
    return () if outside or "\\" in folder else files.under(folder)


def _contents(
    folder: str,
    listing: Sequence[FileEntry],
    files: Files,
    below_its_name: bool,
    ignored: Callable[[str], bool],
) -> Iterator[_Found]:
    """What one folder (or single file) puts into the upload."""
    path = posixpath.normpath(folder)
    name = posixpath.basename(path)
    if listing[0].path == path:
        if listing[0].mode == "120000":
            yield name, "is a symbolic link: name the file or folder that it points at"
        elif listing[0].mode == "160000":
            yield name, "is a submodule"
        elif not ignored(name):
            yield name, listing[0]
        return
    prefix = "" if path == "." else f"{path}/"
    tree = _Tree({entry.path.removeprefix(prefix): entry for entry in listing}, files, ignored)
    yield from tree.contents(f"{name}/" if below_its_name else "")


class _Tree:
    """One folder, with its symbolic links followed; paths count from the folder."""

    def __init__(
        self, entries: dict[str, FileEntry], files: Files, ignored: Callable[[str], bool]
    ) -> None:
        self._entries = entries
        self._paths = sorted(entries)
        self._ignored = ignored
        self._left = MAX_FILES
        links = {path: entry.path for path, entry in entries.items() if entry.mode == "120000"}
        targets = files.read(links.values())
        self._links = {
            path: targets[origin].decode("utf-8", "surrogateescape")
            for path, origin in links.items()
        }

    def contents(self, base: str) -> Iterator[_Found]:
        """Every file, with `base` before its path."""
        for path in self._paths:
            yield from self._place(base + path, path, ())
        if self._left < 0:
            yield base or ".", f"has more than {MAX_FILES} files, copies by links counted"

    def _place(self, goal: str, path: str, trail: tuple[str, ...]) -> Iterator[_Found]:
        """The file at `path`, or all that a link there stands for, as `goal`.

        `trail` holds the folders that are being copied: meeting one again is a circle.
        """
        self._left -= 1
        if self._ignored(goal) or self._left < 0:
            return
        entry = self._entries[path]
        if entry.mode == "160000":
            yield goal, "is a submodule"
        elif entry.mode != "120000":
            yield goal, entry
        else:
            target = self._resolve(path)
            if target is None:
                yield goal, "is a symbolic link that out of its folder, or in a circle"
            elif target in self._entries:
                yield from self._place(goal, target, trail)
            else:
                yield from self._copy(goal, path, target, trail)

    def _copy(self, goal: str, link: str, folder: str, trail: tuple[str, ...]) -> Iterator[_Found]:
        """Every file of a folder that a link points at."""
        members = self._below(folder)
        holds_link = not folder or link.startswith(f"{folder}/")
        circle = holds_link or folder in trail or len(trail) == _MAX_LINKS
        if circle or not members:
            where = "in a circle" if circle else "to nothing that git knows"
            yield goal, f"is a symbolic link {where}"
            return
        for path in members:
            inside = path[len(folder) :].strip("/")
            yield from self._place(f"{goal}/{inside}", path, (*trail, folder))

    def _below(self, folder: str) -> Sequence[str]:
        if not folder:
            return self._paths
        # "0" is the character after "/".
        start = bisect_left(self._paths, f"{folder}/")
        return self._paths[start : bisect_left(self._paths, f"{folder}0")]

    def _resolve(self, path: str) -> str | None:
        """Where a path ends when every link on it is followed; None if that is outside."""
        done: list[str] = []
        todo = path.split("/")[::-1]
        followed = 0
        while todo:
            part = todo.pop()
            if part == "..":
                if not done:
                    return None
                done.pop()
            elif part not in ("", "."):
                done.append(part)
            target = self._links.get("/".join(done)) if done else None
            if target is not None:
                followed += 1
                if followed > _MAX_LINKS or not target or target.startswith("/"):
                    return None
                done.pop()
                todo.extend(reversed(target.split("/")))
        return "/".join(done)


def _bad_names(paths: Iterable[str]) -> Iterator[tuple[str, str]]:
    for path in paths:
        parts = path.split("/")
        if any(part in ("", ".", "..") for part in parts):
            yield path, "could land outside the folder"
        elif "\\" in path:
            yield path, "has a backslash, which some systems take for a folder"
        elif any(unicodedata.category(character) in ("Cc", "Cf", "Cs") for character in path):
            yield path, "has a control character, an invisible one, or is not UTF-8"
        elif any(len(part.encode()) > 255 for part in parts):
            yield path, "has a name longer than 255 bytes"


def _collisions(paths: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Names that are one name on a file system that ignores case or normalises Unicode."""
    spelled: dict[str, str] = {}
    known = set(paths)
    for path in sorted(known):
        for part in accumulate(path.split("/"), "{}/{}".format):
            folded = unicodedata.normalize("NFKC", part).casefold()
            other = spelled.setdefault(unicodedata.normalize("NFKC", folded), part)
            if other != part:
                yield path, f"collides with {_shown(other)} where case or Unicode form is ignored"
                break
            if part != path and part in known:
                yield path, f"needs a folder where {_shown(part)} is a file"
                break


def _pointers(placed: dict[str, FileEntry], files: Files) -> Iterator[tuple[str, str]]:
    """Files that hold a Git LFS pointer instead of the content."""
    paths = list(placed)
    for start in range(0, len(paths), _BATCH):
        batch = paths[start : start + _BATCH]
        contents = files.read({placed[path].path for path in batch})
        for path in batch:
            content = contents[placed[path].path]
            if len(content) < _LFS_SIZE and content.startswith(_LFS):
                yield path, "is a Git LFS pointer, not the file: git stores it elsewhere"


def _missing(index: int, source: Source) -> Finding:
    return Finding(
        "E214",
        f"{_shown(source.folders[index])} holds no file of the repository",
        source.place_of(index),
        help="paths count from the root of the repository; is it committed, or ignored by git"
        " or by `ignore_patterns`?",
    )


def _unsafe(path: str, why: str, source: Source) -> Finding:
    return Finding(
        "E216",
        f"{_shown(path)} {why}",
        source.path,
        help="replace it by a plain file, or leave it out with `ignore_patterns`",
    )


def _shown(name: str) -> str:
    return f"`{name}`" if name.isprintable() else ascii(name)
