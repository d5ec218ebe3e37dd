"""Real processes on one remote: at once, killed at any moment, and what they leave behind."""

from __future__ import annotations

import random
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from reconciler.adapters.locks.branch import BranchStore
from reconciler.core.ports import TipMoved
from tests.adapters.fake_remote import Host, adding

WRITERS, RECORDS = 8, 10


def test_of_several_that_intend_on_one_tip_exactly_one_wins(host: Host) -> None:
    stores = [host.store() for _ in range(4)]
    tips = [store.snapshot("prod").tip for store in stores]
    assert len(set(tips)) == 1

    def intend(number: int) -> bool:
        try:
            stores[number].write(
                "prod", adding("churn", f"run-{number}"), message="one", tip=tips[number]
            )
        except TipMoved:
            return False
        return True

    with ThreadPoolExecutor() as pool:
        won = list(pool.map(intend, range(4)))
    assert won.count(True) == 1
    assert list(host.record("churn").runs) == [f"run-{won.index(True)}"]
    assert len(host.history()) == 2


def test_of_several_processes_exactly_one_wins(host: Host) -> None:
    processes = [host.start("claim", f"run-{number}") for number in range(3)]
    answers = [process.communicate(timeout=60) for process in processes]
    assert sorted(out.strip() for out, _ in answers) == ["lost", "lost", "won"], answers
    assert len(host.record("churn").runs) == 1


@pytest.mark.slow
def test_writers_at_once_lose_nothing(host: Host) -> None:
    stores = [host.store(sleep=None) for _ in range(WRITERS)]

    def write(writer: int) -> None:
        for number in range(RECORDS):
            name = f"w{writer}-{number}"
            stores[writer].write("prod", adding(name), message=name)

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, range(WRITERS)))
    assert len(host.records()) == WRITERS * RECORDS
    assert len(host.history()) == 1 + WRITERS * RECORDS
    assert list(host.lost()) == []
    assert host.git("fsck", "--strict", "--no-dangling") == ""
    assert host.store().snapshot("prod").findings == ()


@pytest.mark.slow
def test_killed_at_any_moment_the_remote_is_whole_and_the_next_run_works(host: Host) -> None:
    moments = random.Random(7)
    for number in range(6):
        process = host.start("write_records", f"k{number}", 1000)
        time.sleep(moments.uniform(0.5, 1.2))
        process.kill()
        process.communicate()
    store = host.store()
    store.write("prod", adding("after"), message="after")
    assert "after" in host.records()
    assert list(host.lost()) == []
    assert host.git("fsck", "--strict", "--no-dangling") == ""
    assert store.snapshot("prod").findings == ()


def cache(host: Host) -> list[Path]:
    """The bare repositories of Ada's checkout."""
    return sorted((host.ada / ".reconciler" / "cache").glob("*-[0-9]"))


def seen_before(host: Host) -> Path:
    """A repository of a run that has ended."""
    host.store().write("prod", adding("churn"), message="one")
    return cache(host)[0]


def test_a_repository_is_used_by_one_run_at_a_time_and_again_by_the_next(host: Host) -> None:
    first, second = host.store(), host.store()
    assert len(cache(host)) == 2
    del first, second
    third = host.store()
    assert third.snapshot("prod").records == {}
    assert len(cache(host)) == 2


def test_it_is_invisible_to_git(host: Host) -> None:
    seen_before(host)
    assert host.git("status", "--porcelain", "--untracked-files=all", at=host.ada) == ""


def broken_by_lock_files(folder: Path) -> None:
    for name in ("index.lock", "HEAD.lock", "config.lock", "refs/tips/main.lock", "shallow.lock"):
        (folder / name).write_text("")


def broken_by_a_cut_object(folder: Path) -> None:
    for path in (folder / "objects").rglob("*"):
        if path.is_file():
            path.chmod(0o644)
            path.write_bytes(path.read_bytes()[:7])


def broken_by_a_cut_tip(folder: Path) -> None:
    (folder / "refs/tips/main").write_text("")


def broken_by_a_cut_head(folder: Path) -> None:
    (folder / "HEAD").write_text("")


def broken_by_removal(folder: Path) -> None:
    shutil.rmtree(folder / "objects")


@pytest.mark.parametrize(
    "damage",
    [
        broken_by_lock_files,
        broken_by_a_cut_object,
        broken_by_a_cut_tip,
        broken_by_a_cut_head,
        broken_by_removal,
    ],
)
def test_a_damaged_repository_is_mended_or_made_anew(host: Host, damage) -> None:  # type: ignore[no-untyped-def]
    damage(seen_before(host))
    store: BranchStore = host.store()
    assert sorted(store.snapshot("prod").records) == ["churn"]
    store.write("prod", adding("rank"), message="two")
    assert sorted(host.records()) == ["churn", "rank"]
    assert len(cache(host)) == 1
