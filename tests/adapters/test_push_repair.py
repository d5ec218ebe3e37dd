"""What others do to a lock is found and put right: only the reconciler's commits count."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.adapters.locks.branch import BranchStore
from reconciler.core.record import State
from tests.adapters.fake_remote import Host, adding

CHURN, RANK = "locks/prod/churn.json", "locks/prod/rank.json"


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Host:
    """A host whose lock knows a job that was launched and one that is intended."""
    host = Host.create(tmp_path_factory.mktemp("recorded") / "host")
    store = host.store()
    store.write("prod", adding("churn"), message="one")
    store.write("prod", adding("rank"), message="two")
    store.write("prod", adding("churn", state=State.LAUNCHED), message="three")
    return host


@pytest.fixture
def host(recorded: Host, tmp_path: Path) -> Host:
    """That host, for one test."""
    return recorded.copy(tmp_path / "host")


def repaired(host: Host, store: BranchStore | None = None, lock_branch: str | None = None) -> str:
    """Repair with a write that changes nothing else; the id of the commit."""
    store = store or host.store(lock_branch=lock_branch)
    store.write("prod", lambda records: records, message="Record what is live")
    assert host.store(lock_branch=lock_branch).snapshot("prod").findings == ()
    return host.git("rev-parse", lock_branch or "main")


def test_a_lock_that_only_the_reconciler_wrote_has_no_findings(host: Host) -> None:
    host.commit({"jobs/rank.yaml": "name: rank\n", "locks/README.md": "hands off\n"}, "a job")
    before = host.git("rev-parse", "main")
    assert host.store().snapshot("prod").findings == ()
    assert repaired(host) == before


def test_a_folder_that_was_removed_is_found_and_comes_back(host: Host) -> None:
    before = host.records()
    wiped = host.commit({CHURN: None, RANK: None}, "clean up")
    snapshot = host.store().snapshot("prod")
    assert snapshot.records == before
    assert snapshot.findings == tuple(
        f"{path}: removed in {wiped[:10]} by Ada <ada@acme.example>" for path in (CHURN, RANK)
    )
    repaired(host)
    assert host.records() == before


def test_an_edited_record_counts_for_nothing_and_comes_back(host: Host) -> None:
    text = host.text(CHURN)
    edited = text.replace('"launched"', '"completed"').replace('"attempt": 1', '"attempt": 9')
    assert edited != text
    commit = host.commit({CHURN: edited}, "fix the record")
    snapshot = host.store().snapshot("prod")
    assert snapshot.records["churn"].runs["churn-1"].state is State.LAUNCHED
    assert snapshot.findings == (f"{CHURN}: changed in {commit[:10]} by Ada <ada@acme.example>",)
    repaired(host)
    assert host.text(CHURN) == text


def test_a_record_that_cannot_be_read_any_more_stops_nothing(host: Host) -> None:
    text = host.text(CHURN)
    host.commit({CHURN: "<<<<<<< HEAD\n"}, "a merge by hand")
    assert len(host.store().snapshot("prod").findings) == 1
    repaired(host)
    assert host.text(CHURN) == text


def test_a_record_that_others_added_is_ignored_and_removed(host: Host) -> None:
    forged = host.text(CHURN).replace("churn", "forged")
    host.commit({"locks/prod/forged.json": forged}, "a record")
    snapshot = host.store().snapshot("prod")
    assert sorted(snapshot.records) == ["churn", "rank"]
    assert "locks/prod/forged.json: added in" in snapshot.findings[0]
    repaired(host)
    assert sorted(host.records()) == ["churn", "rank"]


def test_a_name_that_others_used_first_is_free_for_the_reconciler(host: Host) -> None:
    host.commit({"locks/prod/forged.json": host.text(CHURN).replace("churn", "forged")}, "x")
    host.store().write("prod", adding("forged", "true-1"), message="Intend")
    assert list(host.record("forged").runs) == ["true-1"]
    assert host.store().snapshot("prod").findings == ()


def test_a_record_that_was_rolled_back_to_an_older_version_of_ours_is_found(host: Host) -> None:
    newest, first = host.text(CHURN), host.text(CHURN, "main~2")
    host.commit({CHURN: first}, "Revert")
    snapshot = host.store().snapshot("prod")
    assert snapshot.records["churn"].runs["churn-1"].state is State.LAUNCHED
    assert len(snapshot.findings) == 1
    repaired(host)
    assert host.text(CHURN) == newest


def test_a_merge_that_dropped_the_lock_of_one_side_is_found(host: Host) -> None:
    before = host.records()
    host.git("fetch", "--quiet", "origin", at=host.ada)
    host.git("checkout", "--quiet", "-b", "old", "origin/main~3", at=host.ada)
    host.git("commit", "--quiet", "--allow-empty", "-m", "work", at=host.ada)
    host.git("merge", "--quiet", "-s", "ours", "-m", "merge", "origin/main", at=host.ada)
    host.git("push", "--quiet", "origin", "HEAD:main", at=host.ada)
    assert host.git("ls-tree", "-r", "--name-only", "main", "locks/") == ""
    snapshot = host.store().snapshot("prod")
    assert snapshot.records == before
    assert len(snapshot.findings) == 2
    repaired(host)
    assert host.records() == before


def test_an_honest_merge_is_no_finding(host: Host) -> None:
    host.git("fetch", "--quiet", "origin", at=host.ada)
    host.git("checkout", "--quiet", "-b", "work", "origin/main~2", at=host.ada)
    host.git("commit", "--quiet", "--allow-empty", "-m", "work", at=host.ada)
    host.git("checkout", "--quiet", "-B", "main", "origin/main", at=host.ada)
    host.git("merge", "--quiet", "--no-ff", "-m", "merge the work", "work", at=host.ada)
    host.git("push", "--quiet", "origin", "main", at=host.ada)
    assert host.store().snapshot("prod").findings == ()
    assert sorted(host.store().snapshot("prod").records) == ["churn", "rank"]


def test_a_branch_that_was_set_back_by_force_is_found_by_whoever_saw_it_before(
    host: Host,
) -> None:
    before = host.records()
    store = host.store()
    assert store.snapshot("prod").findings == ()
    host.git("update-ref", "refs/heads/main", "main~2")
    snapshot = store.snapshot("prod")
    assert snapshot.records == before
    assert len(snapshot.findings) == 2
    repaired(host, store)
    assert host.records() == before
    assert store.snapshot("prod").findings == ()


def test_another_process_with_the_same_checkout_still_knows_what_was_set_back(
    host: Host,
) -> None:
    before = host.records()
    host.store().snapshot("prod")
    host.git("update-ref", "refs/heads/main", "main~2")
    assert host.store().snapshot("prod").records == before


def test_findings_of_one_environment_are_not_those_of_another(host: Host) -> None:
    host.commit({"locks/dev/churn.json": "{}"}, "x")
    assert host.store().snapshot("prod").findings == ()
    assert len(host.store().snapshot("dev").findings) == 1


def test_a_lock_branch_is_watched_as_well(tmp_path: Path) -> None:
    host = Host.create(tmp_path / "host")
    host.store(lock_branch="state").write("prod", adding("churn"), message="one")
    text = host.text(CHURN, "state")
    host.commit({CHURN: None}, "clean up", branch="state")
    snapshot = host.store(lock_branch="state").snapshot("prod")
    assert sorted(snapshot.records) == ["churn"]
    assert "removed in" in snapshot.findings[0]
    repaired(host, lock_branch="state")
    assert host.text(CHURN, "state") == text


def test_a_lock_branch_that_was_removed_is_made_again_by_whoever_saw_it_before(
    tmp_path: Path,
) -> None:
    host = Host.create(tmp_path / "host")
    store = host.store(lock_branch="state")
    before = store.write("prod", adding("churn"), message="one")
    store.snapshot("prod")
    host.git("update-ref", "-d", "refs/heads/state")
    snapshot = store.snapshot("prod")
    assert snapshot.records == before
    assert len(snapshot.findings) == 1
    repaired(host, store, "state")
    assert host.records("state") == before


def test_the_mark_alone_does_not_make_a_commit_the_reconcilers(host: Host) -> None:
    edited = host.text(CHURN).replace('"attempt": 1', '"attempt": 2')
    host.commit({CHURN: edited}, "Record\n\nReconciled-Commit: 1234\nLock-Write: 1234")
    assert len(host.store().snapshot("prod").findings) == 1


def test_what_was_read_once_is_only_continued(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    store = host.store()
    store.snapshot("prod")
    host.store().write("prod", adding("tea"), message="four")
    asked = []
    git = store._mirror.git
    run = git.run
    monkeypatch.setattr(
        git, "run", lambda *words, **more: (asked.append(words), run(*words, **more))[1]
    )
    assert sorted(store.snapshot("prod").records) == ["churn", "rank", "tea"]
    logs = [words for words in asked if "--full-history" in words]
    assert len(logs) == 1
    assert any(word.startswith("^") for word in logs[0])
    asked.clear()
    store.snapshot("prod")
    assert not [words for words in asked if "--full-history" in words]
