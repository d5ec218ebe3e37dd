"""Checksums of S3: those that requests carry are verified, and kept with the object."""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Protocol


class _Hash(Protocol):
    def update(self, data: bytes, /) -> None: ...

    def digest(self) -> bytes: ...


class _Crc32:
    """CRC-32 as zlib computes it."""

    def __init__(self) -> None:
        self._value = 0

    def update(self, data: bytes) -> None:
        self._value = zlib.crc32(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(4, "big")


class _ReflectedCrc:
    """A reflected CRC in plain Python, for those that the standard library lacks."""

    def __init__(self, polynomial: int, width: int) -> None:
        self._table = _crc_table(polynomial)
        self._ones = (1 << width) - 1
        self._value = self._ones
        self._bytes = width // 8

    def update(self, data: bytes) -> None:
        table, value = self._table, self._value
        for byte in data:
            value = table[(value ^ byte) & 0xFF] ^ (value >> 8)
        self._value = value

    def digest(self) -> bytes:
        return (self._value ^ self._ones).to_bytes(self._bytes, "big")


_CRC32C = 0x82F63B78
_CRC64NVME = 0x9A6C9329AC4BC9B5

ALGORITHMS = ("CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256")
"""Checksum algorithms of S3 that are known here, by their name in the API."""


class Digest:
    """The MD5 of a body and its checksums, taken in one pass."""

    def __init__(self, algorithms: Iterable[str]) -> None:
        """Raises KeyError for an algorithm that is not in ALGORITHMS."""
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._hashes = {name: _new_hash(name) for name in algorithms}

    def update(self, data: bytes) -> None:
        """Take the next bytes of the body."""
        self._md5.update(data)
        for each in self._hashes.values():
            each.update(data)

    @property
    def md5(self) -> str:
        """The MD5 in hexadecimal, which is the ETag of an object put at once."""
        return self._md5.hexdigest()

    @property
    def content_md5(self) -> str:
        """The MD5 as the header Content-MD5 has it."""
        return base64.b64encode(self._md5.digest()).decode()

    @property
    def checksums(self) -> dict[str, str]:
        """Each checksum in base64, by the name of its algorithm."""
        return {
            name: base64.b64encode(each.digest()).decode() for name, each in self._hashes.items()
        }


def composite(algorithm: str, parts: Iterable[Mapping[str, str]]) -> str | None:
    """The checksum of a multipart object: that of its parts' checksums; None if one lacks it."""
    count = 0
    whole = _new_hash(algorithm)
    for part in parts:
        if algorithm not in part:
            return None
        whole.update(base64.b64decode(part[algorithm]))
        count += 1
    return f"{base64.b64encode(whole.digest()).decode()}-{count}"


def _new_hash(algorithm: str) -> _Hash:
    match algorithm:
        case "CRC32":
            return _Crc32()
        case "CRC32C":
            return _ReflectedCrc(_CRC32C, 32)
        case "CRC64NVME":
            return _ReflectedCrc(_CRC64NVME, 64)
        case "SHA1":
            return hashlib.sha1(usedforsecurity=False)
        case "SHA256":
            return hashlib.sha256()
    raise KeyError(algorithm)


@cache
def _crc_table(polynomial: int) -> tuple[int, ...]:
    table = []
    for byte in range(256):
        value = byte
        for _ in range(8):
            value = (value >> 1) ^ (polynomial if value & 1 else 0)
        table.append(value)
    return tuple(table)
