"""Reproducible tar.gz: equal files make equal bytes, in any order, on any computer, at any time."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
import zlib
from collections.abc import Iterable

_LEVEL = 6


def tar_gz(files: Iterable[tuple[str, str, bytes]]) -> bytes:
    """Pack files (path, git mode, content), sorted by path.

    Times, owners and names of owners are zero; a path that is long or not ASCII goes into a PAX
    header. The deflate stream may still differ between versions of zlib: `packed_sha256` does not.
    """
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path, mode, content in sorted(files):
            member = tarfile.TarInfo(path)
            member.size = len(content)
            member.mode = 0o755 if mode == "100755" else 0o644
            tar.addfile(member, io.BytesIO(content))
    body = io.BytesIO()
    # Not `gzip.compress`: its header differs between versions of Python.
    with gzip.GzipFile(
        filename="", mode="wb", compresslevel=_LEVEL, fileobj=body, mtime=0
    ) as stream:
        stream.write(packed.getbuffer())
    return body.getvalue()


def packed_sha256(body: bytes) -> str:
    """sha256 (hex) of the tar inside a tar.gz. Raises ValueError if it is not gzip."""
    if not body:
        raise ValueError("not gzip: no bytes")
    try:
        return hashlib.sha256(gzip.decompress(body)).hexdigest()
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"not gzip: {error}") from error
