"""The bodies of objects as files that are written once and never changed.

A body is written to `incoming/`, brought to the disk, and renamed into `blobs/` at the moment
when the index begins to name it. A kill can leave a file that no index names, never an index
that names a half-written file.
"""

from __future__ import annotations

import io
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from reconciler.local.store.checksums import Digest

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

Body = bytes | Path | BinaryIO
"""What can be stored: bytes, the content of a file, or what a stream still holds."""

_PIECE = 1 << 20
_ABANDONED = 24 * 3600.0
"""Age in seconds at which a half-written file is nobody's any more."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A body that is whole on the disk and not yet named by the index."""

    name: str
    size: int
    digest: Digest
    path: Path
    place: Path

    def keep(self) -> None:
        """Rename the file to its final place."""
        self.place.parent.mkdir(parents=True, exist_ok=True)
        self.path.rename(self.place)
        _sync_folder(self.place.parent)


class Blobs:
    """A folder of bodies."""

    def __init__(self, folder: Path) -> None:
        self._incoming = folder / "incoming"
        self._blobs = folder / "blobs"
        self._incoming.mkdir(parents=True, exist_ok=True)
        self._blobs.mkdir(exist_ok=True)
        self._drop_abandoned()

    @contextmanager
    def receive(self, *bodies: Body, digest: Digest) -> Iterator[Incoming]:
        """Write bodies, one after the other, to a new file that is gone after unless kept."""
        name = uuid.uuid4().hex
        path = self._incoming / name
        try:
            with path.open("xb") as file:
                for body in bodies:
                    _copy(body, file, digest)
                file.flush()
                os.fsync(file.fileno())
                size = file.tell()
            yield Incoming(name, size, digest, path, self._place(name))
        finally:
            path.unlink(missing_ok=True)

    def open(self, name: str) -> BinaryIO:
        """Open a body to read; raises FileNotFoundError when it was removed meanwhile."""
        return self._place(name).open("rb")

    def remove(self, name: str) -> None:
        """Remove a body that no index names any more; who has it open can read on."""
        self._place(name).unlink(missing_ok=True)

    def _place(self, name: str) -> Path:
        return self._blobs / name[:2] / name

    def _drop_abandoned(self) -> None:
        oldest = time.time() - _ABANDONED
        for path in self._incoming.iterdir():
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < oldest:
                    path.unlink()


class _Part(io.RawIOBase):
    """The next bytes of a stream, up to a count."""

    def __init__(self, source: BinaryIO, length: int) -> None:
        self._source = source
        self._left = length

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")
        piece = self._source.read(min(len(view), self._left))
        view[: len(piece)] = piece
        self._left -= len(piece)
        return len(piece)

    def close(self) -> None:
        self._source.close()
        super().close()


def part_of(source: BinaryIO, first: int, length: int) -> BinaryIO:
    """Some bytes of a file as a file of their own; closing it closes the source."""
    source.seek(first)
    return io.BufferedReader(_Part(source, length))


def write_file(source: BinaryIO, path: Path) -> None:
    """Copy a stream to a file, which appears whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    staging = path.with_name(f".{uuid.uuid4().hex}.part")
    try:
        with staging.open("xb") as file:
            shutil.copyfileobj(source, file, _PIECE)
        staging.replace(path)
    finally:
        staging.unlink(missing_ok=True)


def _copy(body: Body, file: BinaryIO, digest: Digest) -> None:
    if isinstance(body, Path):
        with body.open("rb") as source:
            _copy(source, file, digest)
    elif isinstance(body, bytes):
        digest.update(body)
        file.write(body)
    else:
        while piece := body.read(_PIECE):
            digest.update(piece)
            file.write(piece)


def _sync_folder(folder: Path) -> None:
    """Bring a rename to the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
