"""HTTP messages as values, and bodies that may be large."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO, cast
from urllib.parse import parse_qsl, urlsplit

_IN_MEMORY = 8 << 20
"""Bytes of a body that are kept in memory; a longer one goes to a temporary file."""


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request."""

    method: str
    path: str
    """As sent, percent-encoded."""
    query: Mapping[str, str]
    headers: Mapping[str, str]
    """By lower-case name."""
    body: BinaryIO

    @classmethod
    def make(
        cls, method: str, url: str, headers: Iterable[tuple[Any, Any]], body: BinaryIO
    ) -> Request:
        """Take a request apart; the URL may be a path alone, header values may be bytes."""
        # A path may begin with two slashes: it must not be read as the name of a host.
        parts = urlsplit(f"//localhost{url}" if url.startswith("/") else url)
        lower = {_text(name).lower(): _text(value) for name, value in headers}
        lower.setdefault("host", parts.netloc)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        return cls(method, parts.path or "/", query, lower, body)


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP response."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | BinaryIO = b""


@dataclass(frozen=True, slots=True)
class WireCall:
    """A call of the engine, as a request asks for it."""

    operation: str
    params: dict[str, Any]


def spool(pieces: Iterable[bytes]) -> BinaryIO:
    """A file that holds the pieces, ready to be read; it vanishes when it is closed."""
    file = cast(BinaryIO, tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY))  # noqa: SIM115
    for piece in pieces:
        file.write(piece)
    file.seek(0)
    return file


def pieces_of(body: Any) -> Iterable[bytes]:
    """The pieces of a body: None, bytes, text, or anything with `read`."""
    if body is None:
        return ()
    if isinstance(body, str):
        return (body.encode(),)
    if isinstance(body, bytes | bytearray):
        return (bytes(body),)
    return iter(lambda: body.read(io.DEFAULT_BUFFER_SIZE * 16), b"")


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
