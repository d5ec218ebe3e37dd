"""The lock in the working tree, and the lock of a commit."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import itertools
import multiprocessing
import os
import random
import resource
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest

from reconciler.adapters.locks import atomic
from reconciler.adapters.locks.commit import CommitPlanStore
from reconciler.adapters.locks.worktree import WorktreeStore
from reconciler.core.lock import read_records
from reconciler.core.ports import LockStore, Records, TipMoved
from reconciler.core.record import NewerLock, Record, Run, State, UnreadableLock, dumps
from reconciler.errors import LockUnwritable, ReconcilerError

RUN = Run(state=State.LAUNCHED, version=1, attempt=1, digest="d" * 64)
FORK = multiprocessing.get_context("fork")


def record(name: str, *runs: str, environment: str = "local", state: State = RUN.state) -> Record:
    return Record(
        "TrainingJob", name, environment, runs={run: replace(RUN, state=state) for run in runs}
    )


def adding(*records: Record) -> Callable[[Records], Records]:
    return lambda lock: {**lock, **{record.name: record for record in records}}


def write(store: LockStore, *records: Record, tip: str | None = None) -> Records:
    return store.write("local", adding(*records), message="test", tip=tip)


@pytest.fixture
def store(repo: Any) -> WorktreeStore:
    repo.commit({"jobs/a.yaml": "a\n", ".gitignore": "locks/local/\n"})
    return WorktreeStore(repo.workspace())


def test_what_was_written_is_read_again(repo: Any, store: WorktreeStore) -> None:
    written = write(store, record("a", "a-1"), record("b", "b-1"))
    assert (
        store.snapshot("local").records
        == written
        == {
            "a": record("a", "a-1"),
            "b": record("b", "b-1"),
        }
    )
    assert (repo.root / "locks/local/a.json").read_text() == dumps(record("a", "a-1"))
    assert sorted(path.name for path in (repo.root / "locks/local").iterdir()) == [
        "a.json",
        "b.json",
    ]


def test_an_environment_without_records_has_an_empty_lock(store: WorktreeStore) -> None:
    assert store.snapshot("local").records == {}


def test_environments_do_not_share_records(store: WorktreeStore) -> None:
    write(store, record("a", "a-1"))
    assert store.snapshot("dev").records == {}


def test_change_gets_the_lock_as_it_is_now(repo: Any, store: WorktreeStore) -> None:
    write(store, record("a", "a-1"))
    other = WorktreeStore(repo.workspace())
    write(other, record("b", "b-1"))
    seen: list[Records] = []
    store.write("local", lambda lock: seen.append(lock) or lock, message="test")  # type: ignore[func-returns-value]
    assert list(seen[0]) == ["a", "b"]


def test_when_nothing_differs_no_byte_and_no_time_changes(repo: Any, store: WorktreeStore) -> None:
    write(store, record("a", "a-1"), record("b", "b-1"))
    folder = repo.root / "locks/local"
    for path in (folder / "a.json", folder / "b.json", folder):
        os.utime(path, (1, 1))
    write(store, record("a", "a-1"))
    write(store, record("b", "b-1", "b-2"))
    assert (folder / "a.json").stat().st_mtime == 1
    assert (folder / "b.json").stat().st_mtime > 1


def test_writing_leaves_the_repository_clean_whatever_its_gitignore_says(repo: Any) -> None:
    repo.commit({"jobs/a.yaml": "a\n"})
    store = WorktreeStore(repo.workspace())
    write(store, record("a", "a-1"))
    assert repo.git("status", "--porcelain") == "?? locks/"
    assert not store.snapshot("local").files.revision.dirty


@pytest.mark.parametrize(
    "edit",
    [
        lambda repo, store: repo.write("jobs/a.yaml", "changed\n"),
        lambda repo, store: repo.write("jobs/new.yaml", ""),
        lambda repo, store: (repo.root / "jobs/a.yaml").unlink(),
        lambda repo, store: repo.write("environments/prod.yaml", ""),
        lambda repo, store: repo.write("runtimes/r.yaml", ""),
        lambda repo, store: write(store, record("b", "b-1")),
        lambda repo, store: write(store, record("a", "a-1", "a-2")),
    ],
)
def test_a_write_on_a_tip_that_moved_changes_nothing(
    repo: Any, store: WorktreeStore, edit: Callable[[Any, Any], object]
) -> None:
    write(store, record("a", "a-1"))
    tip = store.snapshot("local").tip
    edit(repo, store)
    before = store.snapshot("local")
    assert before.tip != tip
    with pytest.raises(TipMoved) as caught:
        write(store, record("c", "c-1"), tip=tip)
    assert caught.value.advice
    assert store.snapshot("local").records == before.records


def test_the_tip_does_not_move_by_what_is_no_document(repo: Any, store: WorktreeStore) -> None:
    tip = store.snapshot("local").tip
    repo.write("README.md", "changed\n")
    os.utime(repo.root / "jobs/a.yaml", (1, 1))
    write(store, record("a", "a-1", environment="local"), tip=tip)
    repo.write("jobs/\udcff.yaml".encode("utf-8", "surrogateescape").decode("latin-1"), "")
    assert store.snapshot("local").tip != tip


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (record("a", "a-1", "a-2"), record("a", "a-1"), "run a-2 is gone"),
        (
            record("a", "a-1", state=State.COMPLETED),
            record("a", "a-1", state=State.FAILED),
            "completed became failed",
        ),
        (record("a", "a-1"), None, "the record is gone"),
    ],
)
def test_a_write_that_would_lose_something_is_refused(
    repo: Any, store: WorktreeStore, before: Record, after: Record | None, words: str
) -> None:
    write(store, before)
    text = (repo.root / "locks/local/a.json").read_text()
    with pytest.raises(ReconcilerError, match=words):
        store.write(
            "local",
            lambda lock: {"b": record("b")} | ({"a": after} if after else {}),
            message="test",
        )
    assert (repo.root / "locks/local/a.json").read_text() == text
    assert not (repo.root / "locks/local/b.json").exists()


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ("", UnreadableLock),
        ("<<<<<<< HEAD\n", UnreadableLock),
        (b"\xff\xfe", UnreadableLock),
        ("[]", UnreadableLock),
        (dumps(record("other")), UnreadableLock),
        (dumps(record("a", environment="prod")), UnreadableLock),
        (dumps(record("a")).replace("lock/v1", "lock/v2"), NewerLock),
    ],
)
def test_a_record_that_is_none_is_named_and_left_alone(
    repo: Any, store: WorktreeStore, content: str | bytes, error: type[ReconcilerError]
) -> None:
    path = repo.write("locks/local/a.json", content)
    before = path.read_bytes()
    with pytest.raises(error, match=r"locks/local/a\.json") as caught:
        write(store, record("b", "b-1"))
    assert caught.value.advice
    assert path.read_bytes() == before
    repo.git("add", "--force", "--all")
    repo.git("commit", "--quiet", "-m", "broken")
    with pytest.raises(error, match=r"locks/local/a\.json"):
        read_records(repo.workspace().commit_files(), "local")


def test_a_record_that_git_does_not_have_is_not_sent_to_git(
    repo: Any, store: WorktreeStore
) -> None:
    """Git ignores `locks/local/`: removing the file is what helps."""
    repo.write("locks/local/a.json", "broken")
    with pytest.raises(UnreadableLock) as caught:
        store.snapshot("local")
    assert str(caught.value.advice).startswith("remove locks/local/a.json")
    assert "git" not in str(caught.value.advice)


def test_what_lies_beside_the_records_is_no_record(repo: Any, store: WorktreeStore) -> None:
    write(store, record("a", "a-1"))
    for name in (".gitkeep", "README.md", "deeper/x.json", ".reconciler-b.json", ".hidden.json"):
        repo.write(f"locks/local/{name}", "no record")
    assert list(store.snapshot("local").records) == ["a"]
    repo.git("add", "--force", "--all")
    repo.git("commit", "--quiet", "-m", "all")
    assert list(read_records(repo.workspace().commit_files(), "local")) == ["a"]


def test_leftovers_of_a_killed_writer_are_cleared_by_the_next_one(
    repo: Any, store: WorktreeStore
) -> None:
    left = repo.write("locks/local/.reconciler-a.json", '{"format": "sagem')
    write(store, record("a", "a-1"))
    assert not left.exists()
    assert list(store.snapshot("local").records) == ["a"]


@pytest.mark.parametrize("place", ["locks", "locks/local"])
def test_a_linked_folder_of_the_lock_is_refused(
    repo: Any, store: WorktreeStore, tmp_path: Path, place: str
) -> None:
    (tmp_path / "outside").mkdir()
    link = repo.root / place
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(tmp_path / "outside")
    with pytest.raises(LockUnwritable, match="symbolic link"):
        write(store, record("a", "a-1"))
    assert list((tmp_path / "outside").iterdir()) == []


def test_a_linked_record_is_neither_read_nor_followed(
    repo: Any, store: WorktreeStore, tmp_path: Path
) -> None:
    outside = tmp_path / "outside.json"
    outside.write_text(dumps(record("a", "a-1")))
    repo.write("locks/local/b.json", dumps(record("b")))
    (repo.root / "locks/local/a.json").symlink_to(outside)
    with pytest.raises(UnreadableLock, match="cannot be read"):
        store.snapshot("local")


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EDQUOT, "the quota of the disk is used up"),
        (errno.EROFS, "read-only"),
        (errno.EACCES, "writable"),
        (errno.EIO, "see what the disk says"),
    ],
)
@pytest.mark.parametrize("owner", [(os, "fsync"), (Path, "replace")])
def test_a_disk_that_refuses_is_told_and_leaves_whole_files(
    repo: Any, store: WorktreeStore, number: int, words: str, owner: tuple[object, str]
) -> None:
    before = write(store, record("a", "a-1"), record("b", "b-1"))

    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(*owner, refuse)
        with pytest.raises(LockUnwritable, match="cannot be written") as caught:
            write(store, record("a", "a-1", "a-2"), record("b", "b-1", "b-2"))
    assert words in str(caught.value.advice)
    assert caught.value.exit_status == 5
    assert store.snapshot("local").records == before
    found = sorted(path.name for path in (repo.root / "locks/local").iterdir())
    assert found == ["a.json", "b.json"]


def test_a_file_in_the_place_of_the_folder_is_told(repo: Any, store: WorktreeStore) -> None:
    repo.write("locks/local", "a file")
    with pytest.raises(LockUnwritable, match="cannot be written"):
        write(store, record("a", "a-1"))


def test_a_real_limit_of_the_disk_leaves_whole_records(repo: Any, store: WorktreeStore) -> None:
    def limited(done: Connection) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
        try:
            keep_writing(done, store, 0)
        except LockUnwritable as error:
            done.send(str(error))

    process, done = forked(limited)
    *promised, error = received(process, done)
    assert "cannot be written: File too large" in error
    assert len(promised) >= 2
    records = store.snapshot("local").records
    assert [set(record.runs) for record in records.values()] == [
        {f"{name}-{number}" for number in promised} for name in NAMES
    ]


def test_a_writer_waits_for_another_one(repo: Any, store: WorktreeStore) -> None:
    write(store, record("a", "a-1"))
    with open(repo.root / ".reconciler/locks.lock", "rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        thread = threading.Thread(target=write, args=(store, record("b", "b-1")))
        thread.start()
        thread.join(0.1)
        assert thread.is_alive()
        assert "b" not in store.snapshot("local").records
    thread.join(10)
    assert "b" in store.snapshot("local").records


def test_a_writer_that_hangs_is_not_waited_for_for_ever(
    repo: Any, store: WorktreeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(store, record("a", "a-1"))
    monkeypatch.setattr(atomic, "_PATIENCE", 0.05)
    with open(repo.root / ".reconciler/locks.lock", "rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(LockUnwritable, match="another reconciler"):
            write(store, record("b", "b-1"))


NAMES = ("job-0", "job-1", "job-2")


def keep_writing(done: Connection, store: WorktreeStore, start: int) -> None:
    """Add a run to every record, over and over; tell the number of each write that is done."""
    for number in range(start, start + 1_000):
        run = replace(RUN, attempt=number, reason="r" * 2000)

        def add(lock: Records, number: int = number, run: Run = run) -> Records:
            old = {name: lock.get(name, record(name)) for name in NAMES}
            return {**lock, **{n: old[n].with_run(f"{n}-{number}", run) for n in NAMES}}

        store.write("local", add, message="test")
        done.send(number)


def forked(target: Callable[..., None], *arguments: object) -> tuple[BaseProcess, Connection]:
    receiving, sending = FORK.Pipe(duplex=False)
    process = FORK.Process(target=target, args=(sending, *arguments), daemon=True)
    process.start()
    sending.close()
    return process, receiving


def received(process: BaseProcess, done: Connection) -> list[Any]:
    """All that a process told before it ended."""
    process.join()
    told = []
    with done, contextlib.suppress(EOFError):
        while True:
            told.append(done.recv())
    return told


def test_writers_that_are_killed_lose_nothing_and_tear_nothing(
    repo: Any, store: WorktreeStore
) -> None:
    chance = random.Random(33)
    promised: set[int] = set()
    for attempt in range(40):
        process, done = forked(keep_writing, store, attempt * 1000)
        assert done.poll(10)
        time.sleep(chance.uniform(0, 0.02))
        process.kill()
        promised |= set(received(process, done))
        records = store.snapshot("local").records
        for name in NAMES:
            assert {f"{name}-{number}" for number in promised} <= set(records[name].runs)
    write(store, record("last", "last-1"))
    found = sorted(path.name for path in (repo.root / "locks/local").iterdir())
    assert found == [*(f"{name}.json" for name in NAMES), "last.json"]


def test_writers_at_the_same_time_lose_nothing(store: WorktreeStore) -> None:
    writers = [forked(keep_writing, store, start) for start in (0, 1000, 2000)]
    time.sleep(0.4)
    for process, _ in writers:
        process.kill()
    told = [received(process, done) for process, done in writers]
    records = store.snapshot("local").records
    assert sum(map(len, told)) > len(told)
    for name in NAMES:
        assert {f"{name}-{n}" for n in itertools.chain(*told)} <= set(records[name].runs)


def test_the_store_of_a_commit_reads_documents_and_lock_of_that_commit(repo: Any) -> None:
    commit = repo.commit(
        {"jobs/a.yaml": "a\n", "locks/prod/a.json": dumps(record("a", "a-1", environment="prod"))}
    )
    repo.write("jobs/a.yaml", "changed\n")
    repo.write("locks/prod/a.json", "broken")
    snapshot = CommitPlanStore(repo.workspace()).snapshot("prod")
    assert snapshot.tip == snapshot.files.revision.commit == commit
    assert snapshot.files.read(["jobs/a.yaml"]) == {"jobs/a.yaml": b"a\n"}
    assert snapshot.records == {"a": record("a", "a-1", environment="prod")}


def test_the_store_of_a_commit_writes_nothing_and_says_where_to_write(repo: Any) -> None:
    repo.commit({"jobs/a.yaml": "a\n"})
    store = CommitPlanStore(repo.workspace())
    with pytest.raises(LockUnwritable, match="not written from a checkout") as caught:
        store.write("prod", adding(record("a", environment="prod")), message="test")
    assert "--push" in str(caught.value.advice)
    assert not (repo.root / "locks").exists()
    assert store.write("prod", lambda lock: lock, message="test") == {}
