"""S3 on disk keeps objects whole, judges conditions, and finds keys in order."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.local.errors import EngineError
from reconciler.local.storage import Storage
from reconciler.local.store.objects import successor


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Storage]:
    opened = Storage.open(tmp_path)
    yield opened
    opened.close()


@contextmanager
def refused(code: str) -> Iterator[None]:
    with pytest.raises(EngineError) as caught:
        yield
    assert caught.value.code == code


def files(root: Path) -> list[Path]:
    """Bodies on the disk, whole or not."""
    folders = (root / "s3" / "blobs", root / "s3" / "incoming")
    return [path for folder in folders for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("body", [b"hello", io.BytesIO(b"hello")], ids=["bytes", "stream"])
def test_what_was_put_is_read_again(storage: Storage, body: bytes | io.BytesIO) -> None:
    info = storage.put("bucket", "k", body, metadata={"a": "b"})
    assert (info.size, info.etag) == (5, "5d41402abc4b2a76b9719d911017c592")
    assert storage.get("bucket", "k") == b"hello"
    assert storage.head("bucket", "k") == info
    assert info.metadata == {"a": "b"}


def test_files_go_in_and_come_out(storage: Storage, tmp_path: Path) -> None:
    source, target = tmp_path / "in", tmp_path / "deep" / "out"
    source.write_bytes(b"x" * 3_000_000)
    storage.upload_file(source, "bucket", "k")
    assert storage.download("bucket", "k", target).size == 3_000_000
    assert target.read_bytes() == source.read_bytes()
    assert [path.name for path in target.parent.iterdir()] == ["out"]


@pytest.mark.parametrize("key", ["../../../escape", "/abs", "a//b", "nul\0", "日本", ".", "a\nb"])
def test_a_key_is_never_a_path(storage: Storage, tmp_path: Path, key: str) -> None:
    storage.put("bucket", key, b"1")
    assert storage.get("bucket", key) == b"1"
    assert [info.key for info in storage.list("bucket").objects] == [key]
    assert {path.name for path in tmp_path.iterdir()} == {"s3"}
    assert len(files(tmp_path)) == 1


@pytest.mark.parametrize("bucket", ["Upper", "a", "a..b", "192.168.0.1", "../up", "-a-", "a" * 64])
def test_a_bucket_needs_a_valid_name(storage: Storage, bucket: str) -> None:
    with refused("InvalidBucketName"):
        storage.put(bucket, "k", b"")


def test_a_key_has_at_most_1024_bytes(storage: Storage) -> None:
    storage.put("bucket", "k" * 1024, b"")
    with refused("KeyTooLongError"):
        storage.put("bucket", "é" * 513, b"")
    with refused("InvalidURI"):
        storage.put("bucket", "\ud800", b"")


def test_what_is_not_there_is_told_apart(storage: Storage) -> None:
    with refused("NoSuchBucket"):
        storage.get("bucket", "k")
    storage.put("bucket", "k", b"")
    with refused("NoSuchKey"):
        storage.get("bucket", "other")
    with refused("NoSuchVersion"):
        storage.get("bucket", "k", "nope")
    with refused("NoSuchBucket"):
        storage.list("other-bucket")


def test_if_none_match_lets_one_of_many_writers_win(storage: Storage, tmp_path: Path) -> None:
    def put(number: int) -> bool:
        try:
            storage.put("bucket", "k", str(number).encode(), if_none_match=True)
        except EngineError as error:
            assert (error.code, error.http_status) == ("PreconditionFailed", 412)
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(put, range(16)))
    assert won.count(True) == 1
    assert storage.get("bucket", "k") == str(won.index(True)).encode()
    assert len(files(tmp_path)) == 1


def test_if_match_replaces_only_what_was_seen(storage: Storage) -> None:
    first = storage.put("bucket", "k", b"1")
    storage.put("bucket", "k", b"2", if_match=f'"{first.etag}"')
    with refused("PreconditionFailed"):
        storage.put("bucket", "k", b"3", if_match=first.etag)
    with refused("NoSuchKey"):
        storage.put("bucket", "other", b"3", if_match=first.etag)
    with refused("PreconditionFailed"):
        storage.delete("bucket", "k", if_match=first.etag)
    assert storage.get("bucket", "k") == b"2"


def test_a_body_that_is_not_what_its_checksum_says_is_not_stored(
    storage: Storage, tmp_path: Path
) -> None:
    good = {"CRC32": "NhCmhg==", "SHA1": "qvTGHdzF6KLavt4PO0gs2a6pQ00="}
    assert storage.put("bucket", "k", b"hello", checksums=good).checksums == good
    with refused("BadDigest"):
        storage.put("bucket", "k", b"hellO", checksums={"CRC32": "NhCmhg=="})
    with refused("BadDigest"):
        storage.put("bucket", "k", b"hellO", content_md5="XUFAKrxLKna5cZ2REBfFkg==")
    assert storage.get("bucket", "k") == b"hello"
    assert len(files(tmp_path)) == 1


def test_an_overwritten_or_deleted_body_leaves_the_disk(storage: Storage, tmp_path: Path) -> None:
    storage.put("bucket", "k", b"1")
    storage.put("bucket", "k", b"2")
    assert len(files(tmp_path)) == 1
    assert storage.delete("bucket", "k") is None
    assert storage.delete("bucket", "k") is None
    assert files(tmp_path) == []


def test_who_reads_an_object_reads_on_when_it_is_replaced(storage: Storage) -> None:
    storage.put("bucket", "k", b"old")
    _, body = storage.open_object("bucket", "k")
    storage.put("bucket", "k", b"new")
    with body:
        assert body.read() == b"old"
    assert storage.get("bucket", "k") == b"new"


def test_a_reader_that_is_overtaken_by_a_writer_gets_the_new_object(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage.put("bucket", "k", b"old")
    open_body = storage.blobs.open

    def overtaken(name: str) -> BinaryIO:
        monkeypatch.undo()
        storage.put("bucket", "k", b"new")
        return open_body(name)

    monkeypatch.setattr(storage.blobs, "open", overtaken)
    assert storage.get("bucket", "k") == b"new"


def test_a_body_that_is_lost_is_an_error(storage: Storage, tmp_path: Path) -> None:
    storage.put("bucket", "k", b"old")
    files(tmp_path)[0].unlink()
    with pytest.raises(FileNotFoundError):
        storage.get("bucket", "k")


def test_a_bucket_with_versioning_keeps_every_version(storage: Storage) -> None:
    before = storage.put("bucket", "k", b"0")
    storage.index.set_versioning("bucket", "Enabled")
    first, second = storage.put("bucket", "k", b"1"), storage.put("bucket", "k", b"2")
    assert before.version_id is None
    assert first.version_id and second.version_id and first.version_id != second.version_id
    assert storage.get("bucket", "k", first.version_id) == b"1"
    assert storage.get("bucket", "k", "null") == b"0"
    assert [v.is_latest for v in storage.index.versions("bucket", "")] == [True, False, False]


def test_a_delete_marker_hides_an_object_until_it_is_removed(storage: Storage) -> None:
    storage.put("bucket", "k", b"0")
    storage.index.set_versioning("bucket", "Enabled")
    marker = storage.delete("bucket", "k")
    assert marker is not None and marker.version_id
    with refused("NoSuchKey"):
        storage.get("bucket", "k")
    with refused("MethodNotAllowed"):
        storage.get("bucket", "k", marker.version_id)
    assert storage.list("bucket").objects == ()
    storage.put("bucket", "k", b"1", if_none_match=True)
    storage.delete("bucket", "k", storage.head("bucket", "k").version_id)
    storage.delete("bucket", "k", marker.version_id)
    assert storage.get("bucket", "k") == b"0"


def test_a_bucket_that_is_not_empty_stays(storage: Storage) -> None:
    storage.put("bucket", "k", b"")
    with refused("BucketNotEmpty"):
        storage.index.delete_bucket("bucket")
    storage.delete("bucket", "k")
    storage.index.delete_bucket("bucket")
    assert storage.index.buckets() == []


def test_half_written_files_of_killed_writers_are_cleaned_up_after_a_day(
    storage: Storage, tmp_path: Path
) -> None:
    incoming = tmp_path / "s3" / "incoming"
    old, young = incoming / "old", incoming / "young"
    old.write_bytes(b"")
    young.write_bytes(b"")
    os.utime(old, (time.time() - 90_000,) * 2)
    Storage.open(tmp_path).close()
    assert [path.name for path in incoming.iterdir()] == ["young"]


def test_pages_of_folders_and_keys_meet_without_a_gap(storage: Storage) -> None:
    for key in ["a", "b/1", "b/2", "b0", "c/1", "c/2", "d"]:
        storage.put("bucket", key, b"")
    seen: list[str] = []
    start: str | None = ""
    while start is not None:
        page = storage.list("bucket", delimiter="/", max_keys=2, start_at=start)
        seen += [info.key for info in page.objects] + list(page.prefixes)
        start = page.next_start
    assert sorted(seen) == ["a", "b/", "b0", "c/", "d"]
    assert len(seen) == 5


keys = st.text(st.sampled_from("ab/é\U0010ffff"), min_size=1, max_size=4)


@settings(max_examples=60, deadline=None)
@given(st.sets(keys, max_size=6), keys | st.just(""), st.sampled_from(["", "/"]), st.integers(1, 3))
def test_pages_hold_what_a_plain_reading_of_the_rules_says(
    tmp_path_factory: pytest.TempPathFactory,
    names: set[str],
    prefix: str,
    delimiter: str,
    size: int,
) -> None:
    storage = Storage.open(tmp_path_factory.mktemp("list"))
    storage.index.create_bucket("bucket")
    for name in names:
        storage.put("bucket", name, b"")
    expected = set()
    for name in names:
        if name.startswith(prefix):
            head, cut, _ = name[len(prefix) :].partition(delimiter or "\0")
            expected.add(prefix + head + cut)
    seen: list[str] = []
    start: str | None = ""
    while start is not None:
        page = storage.list("bucket", prefix, delimiter, max_keys=size, start_at=start)
        assert len(page.objects) + len(page.prefixes) <= size
        seen += [info.key for info in page.objects] + list(page.prefixes)
        start = page.next_start
    storage.close()
    assert sorted(seen) == sorted(expected)


@given(st.text(max_size=4))
def test_the_successor_is_the_least_text_after_all_with_the_prefix(prefix: str) -> None:
    after = successor(prefix)
    assert after is None or (after > prefix and not after.startswith(prefix))
    assert after is None or prefix + "\U0010ffff" < after
