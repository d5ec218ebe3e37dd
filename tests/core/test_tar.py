"""Reproducible tar.gz."""

from __future__ import annotations

import hashlib
import io
import random
import tarfile

import pytest

from reconciler.core.tar import packed_sha256, tar_gz

FILES = [
    ("train.py", "100644", b"print('hi')\n"),
    ("run.sh", "100755", b"#!/bin/sh\n"),
    ("pkg/__init__.py", "100644", b""),
    ("data/größe.csv", "100644", b"a,b\n"),
    ("deep/" * 60 + "file.txt", "100644", b"x" * 10_000),
    ("n" * 255, "100644", b""),
]


def members(body: bytes) -> list[tarfile.TarInfo]:
    with tarfile.open(fileobj=io.BytesIO(body), mode="r:gz") as tar:
        return tar.getmembers()


def test_equal_files_make_equal_bytes_in_any_order() -> None:
    shuffled = FILES * 1
    random.Random(7).shuffle(shuffled)
    assert tar_gz(shuffled) == tar_gz(FILES)


def test_unpacking_gives_back_paths_modes_and_contents() -> None:
    with tarfile.open(fileobj=io.BytesIO(tar_gz(FILES)), mode="r:gz") as tar:
        found = []
        for member in tar:
            content = tar.extractfile(member)
            assert content is not None
            found.append((member.name, f"100{member.mode:o}", content.read()))
    assert found == sorted(FILES)


def test_nothing_of_this_computer_or_this_moment_is_in_it() -> None:
    body = tar_gz(FILES)
    assert body[:4] == b"\x1f\x8b\x08\x00"  # no name
    assert body[4:8] == b"\0\0\0\0"  # no time
    assert body[9] == 255  # no operating system
    for member in members(body):
        assert (member.mtime, member.uid, member.gid) == (0, 0, 0)
        assert (member.uname, member.gname) == ("", "")


def test_plain_names_need_no_pax_header() -> None:
    assert all(not member.pax_headers for member in members(tar_gz(FILES[:3])))


def test_no_files_make_an_empty_archive() -> None:
    assert members(tar_gz([])) == []


def test_the_sha256_is_that_of_the_tar_and_the_tar_stays_as_it_is_over_releases() -> None:
    body = tar_gz(FILES[:3])
    with tarfile.open(fileobj=io.BytesIO(body), mode="r:gz") as tar:
        assert tar.fileobj is not None
        tar.fileobj.seek(0)
        plain = tar.fileobj.read()
    assert packed_sha256(body) == hashlib.sha256(plain).hexdigest()
    assert packed_sha256(body) == "a26d444f582882fbf750bf2200666905cd51567c5f73648e495d75c02e4e3955"


@pytest.mark.parametrize("body", [b"", b"no gzip", tar_gz(FILES)[:-20]])
def test_what_is_no_gzip_has_no_sha256(body: bytes) -> None:
    with pytest.raises(ValueError, match="not gzip"):
        packed_sha256(body)
