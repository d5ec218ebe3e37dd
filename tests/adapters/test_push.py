"""The lock on a branch of a git remote: reading, swapping, refusing, and what a commit says."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from reconciler.adapters.locks.commit import CommitPlanStore
from reconciler.adapters.locks.identity import EMAIL, NAME, Identity
from reconciler.adapters.workspace import Workspace
from reconciler.core.ports import TipMoved
from reconciler.core.record import State
from reconciler.errors import LockUnwritable, ReconcilerError
from tests.adapters.fake_remote import Host, adding


def test_documents_and_lock_are_those_of_the_remote_whatever_the_checkout_holds(
    host: Host,
) -> None:
    bob = host.clone("bob")
    (bob / "jobs/churn.yaml").write_text("name: edited\n")
    tip = host.commit({"jobs/rank.yaml": "name: rank\n"}, "another job")
    snapshot = host.store(bob).snapshot("prod")
    assert snapshot.files.revision.commit == tip
    assert snapshot.files.revision.author == "Ada <ada@acme.example>"
    assert snapshot.files.revision.repository == "host.example/acme/ml"
    assert snapshot.files.read(["jobs/churn.yaml"]) == {"jobs/churn.yaml": b"name: churn\n"}
    assert [e.path for e in snapshot.files.under("jobs")] == ["jobs/churn.yaml", "jobs/rank.yaml"]
    assert snapshot.records == {}


def test_a_write_is_one_commit_on_the_tip_that_changes_only_the_lock(host: Host) -> None:
    before = host.git("rev-parse", "main")
    written = host.store().write("prod", adding("churn"), message="Intend launch churn 1")
    assert host.records() == written
    assert host.git("rev-parse", "main^") == before
    assert host.git("diff", "--name-status", before, "main") == "A\tlocks/prod/churn.json"
    assert host.git("fsck", "--strict") == ""


def test_a_commit_says_who_what_and_why(host: Host) -> None:
    documents = host.git("rev-parse", "main")
    host.store(workflow_run="https://host.example/runs/1").write(
        "prod", adding("churn", version=7), message="Intend launch churn 7\n\nPlan-Digest: 41d05b7e"
    )
    who, text = host.git("log", "-1", "--format=%an <%ae> %cn <%ce>%x00%B", "main").split("\0")
    assert who == f"{NAME} <{EMAIL}> {NAME} <{EMAIL}>"
    subject, trailers = text.split("\n\n")
    assert subject == "Intend launch churn 7"
    assert trailers.splitlines()[:-1] == [
        f"Reconciled-Commit: {documents}",
        "Job: churn 7 intent",
        "Plan-Digest: 41d05b7e",
        "Run: https://host.example/runs/1",
    ]
    assert trailers.splitlines()[-1].startswith("Lock-Write: ")


def test_nothing_is_written_when_nothing_differs(host: Host) -> None:
    store = host.store()
    store.write("prod", adding("churn"), message="one")
    before = host.git("rev-parse", "main")
    assert store.write("prod", lambda records: records, message="two") == host.records()
    assert host.git("rev-parse", "main") == before


def test_with_a_tip_the_write_fails_if_anything_moved_since(host: Host) -> None:
    store = host.store()
    snapshot = store.snapshot("prod")
    host.commit({"jobs/churn.yaml": "name: churn\nversion: 2\n"}, "an edit")
    with pytest.raises(TipMoved):
        store.write("prod", adding("churn"), message="one", tip=snapshot.tip)
    assert host.records() == {}
    tip = store.snapshot("prod").tip
    store.write("prod", adding("churn"), message="one", tip=tip)
    assert list(host.records()) == ["churn"]


def test_without_a_tip_a_lost_race_is_computed_again_on_the_fresh_lock(host: Host) -> None:
    first, second = host.store(), host.store()
    tries = []

    def racing(records):  # type: ignore[no-untyped-def]
        tries.append(sorted(records))
        if len(tries) == 1:
            first.write("prod", adding("rank"), message="the winner")
        return adding("churn")(records)

    second.write("prod", racing, message="the loser")
    assert tries == [[], ["rank"]]
    assert sorted(host.records()) == ["churn", "rank"]
    assert list(host.lost()) == []


def test_with_a_tip_a_race_that_is_lost_at_the_push_is_told(host: Host) -> None:
    first, second = host.store(), host.store()
    tip = second.snapshot("prod").tip

    def racing(records):  # type: ignore[no-untyped-def]
        first.write("prod", adding("rank"), message="the winner")
        return adding("churn")(records)

    with pytest.raises(TipMoved):
        second.write("prod", racing, message="the loser", tip=tip)
    assert sorted(host.records()) == ["rank"]


def test_a_change_that_loses_something_is_not_pushed(host: Host) -> None:
    store = host.store()
    store.write("prod", adding("churn", state=State.LAUNCHED), message="one")
    before = host.git("rev-parse", "main")
    with pytest.raises(ReconcilerError, match="the record is gone"):
        store.write("prod", lambda _: {}, message="two")
    with pytest.raises(ReconcilerError, match="launched fell back to intent"):
        store.write("prod", adding("churn"), message="two")
    assert host.git("rev-parse", "main") == before


@pytest.mark.parametrize(
    "words",
    [
        "GH006: Protected branch update failed for refs/heads/main.",
        "error: GH013: Repository rule violations found for refs/heads/main.",
        "policy says no",
    ],
)
def test_a_refusing_hook_is_told_with_its_words_and_a_remedy(host: Host, words: str) -> None:
    store = host.store()
    tip = store.snapshot("prod").tip
    host.refuse(words)
    with pytest.raises(LockUnwritable) as caught:
        store.write("prod", adding("churn"), message="one", tip=tip)
    assert words.removeprefix("error: ") in str(caught.value)
    assert caught.value.exit_status == 5
    assert "bypass list" in str(caught.value.advice) and "lock_branch" in str(caught.value.advice)
    assert host.records() == {}


def test_a_remote_that_may_only_be_read_is_told_and_ssh_is_the_one_of_the_checkout(
    host: Host, tmp_path: Path
) -> None:
    ssh = tmp_path / "ssh"
    ssh.write_text(
        "#!/bin/sh\nfor last; do :; done\ncase $last in\n"
        "*receive-pack*) echo 'ERROR: The key you are authenticating with has been marked as"
        " read only.' >&2; exit 1;;\n*) eval exec $last;;\nesac\n"
    )
    ssh.chmod(0o755)
    host.git("config", "core.sshCommand", str(ssh), at=host.ada)
    host.git("config", "remote.origin.url", f"ssh://git@host.example{host.bare}", at=host.ada)
    store = host.store()
    assert store.snapshot("prod").files.under("jobs")
    with pytest.raises(LockUnwritable, match="marked as read only") as caught:
        store.write("prod", adding("churn"), message="one")
    assert "deploy key" in str(caught.value.advice)


def test_a_remote_that_is_gone_is_told_after_some_tries(host: Host) -> None:
    store = host.store()
    shutil.move(host.bare, host.folder / "elsewhere.git")
    with pytest.raises(LockUnwritable, match="tries to write the lock failed"):
        store.write("prod", adding("churn"), message="one")


def test_a_push_that_was_taken_though_the_answer_was_lost_is_recognised(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = host.store()
    tip = store.snapshot("prod").tip
    deliver = store._delivery.deliver
    monkeypatch.setattr(store._delivery, "deliver", lambda c: deliver(c) or "no answer")
    written = store.write("prod", adding("churn"), message="one", tip=tip)
    assert host.records() == written
    assert len(host.history()) == 2


def test_a_lock_branch_is_made_without_parents_and_documents_stay_where_they_are(
    host: Host,
) -> None:
    store = host.store(lock_branch="locks/state")
    before = host.git("rev-parse", "main")
    assert store.snapshot("prod").records == {}
    store.write("prod", adding("churn"), message="one", tip=store.snapshot("prod").tip)
    store.write("prod", adding("rank"), message="two")
    assert host.git("rev-parse", "main") == before
    assert len(host.history("locks/state")) == 2
    assert sorted(host.records("locks/state")) == ["churn", "rank"]
    assert host.git("ls-tree", "-r", "--name-only", "locks/state").split() == [
        "locks/prod/churn.json",
        "locks/prod/rank.json",
    ]
    snapshot = store.snapshot("prod")
    assert snapshot.files.revision.commit == before
    assert [e.path for e in snapshot.files.under("locks")] == [
        "locks/prod/churn.json",
        "locks/prod/rank.json",
    ]
    assert [e.path for e in snapshot.files.under("jobs")] == ["jobs/churn.yaml"]


def test_a_plan_from_a_clone_reads_the_lock_branch_that_it_fetched(host: Host) -> None:
    assert plan_store(host.ada).snapshot("prod").records == {}
    host.store(lock_branch="state").write("prod", adding("churn"), message="one")
    snapshot = plan_store(host.clone("bob")).snapshot("prod")
    assert snapshot.records == host.records("state")
    assert snapshot.tip == host.git("rev-parse", "main")


def plan_store(checkout: Path) -> CommitPlanStore:
    return CommitPlanStore(Workspace.open(checkout), lock_branch="state")


def test_with_a_lock_branch_the_tip_counts_documents_and_lock(host: Host) -> None:
    store, other = host.store(lock_branch="state"), host.store(lock_branch="state")
    for move in (
        lambda: host.commit({"jobs/churn.yaml": "name: churn\nversion: 2\n"}, "an edit"),
        lambda: other.write("prod", adding("rank"), message="one"),
    ):
        tip = store.snapshot("prod").tip
        move()
        with pytest.raises(TipMoved):
            store.write("prod", adding("churn"), message="two", tip=tip)


def test_two_that_make_the_lock_branch_at_once_do_not_overwrite_each_other(host: Host) -> None:
    first, second = host.store(lock_branch="state"), host.store(lock_branch="state")

    def racing(records):  # type: ignore[no-untyped-def]
        if "rank" not in records:
            first.write("prod", adding("rank"), message="the winner")
        return adding("churn")(records)

    second.write("prod", racing, message="the loser")
    assert sorted(host.records("state")) == ["churn", "rank"]
    assert len(host.history("state")) == 2


def test_a_shallow_checkout_is_good_enough(host: Host) -> None:
    host.commit({"jobs/rank.yaml": "name: rank\n"}, "another job")
    shallow = host.clone("shallow", "--depth=1")
    store = host.store(shallow)
    store.write("prod", adding("churn"), message="one")
    assert sorted(store.snapshot("prod").records) == ["churn"]
    assert len(host.history()) == 3
    assert host.git("status", "--porcelain", "--untracked-files=all", at=shallow) == ""


def test_nothing_of_the_users_git_gets_into_a_commit(
    host: Host, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    (hooks / "pre-push").write_text("#!/bin/sh\nexit 1\n")
    (hooks / "pre-push").chmod(0o755)
    settings = tmp_path / "gitconfig"
    settings.write_text(
        "[user]\n\tname = Eve\n\temail = eve@acme.example\n[commit]\n\tgpgSign = true\n"
        f"[push]\n\tgpgSign = true\n[core]\n\thooksPath = {hooks}\n"
        "[i18n]\n\tcommitEncoding = latin1\n[log]\n\tshowRoot = false\n"
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Eve")
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2001-01-01T00:00:00Z")
    host.store().write("prod", adding("churn"), message="one")
    raw = host.git("cat-file", "commit", "main")
    assert "Eve" not in raw and "encoding" not in raw and "gpgsig" not in raw
    assert not host.git("log", "-1", "--format=%cI", "main").startswith("2001")
    assert host.store().snapshot("prod").findings == ()


def test_the_reconciler_can_be_given_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    named = Identity.of({"RECONCILER_GIT_NAME": "Robo", "RECONCILER_GIT_EMAIL": "r@acme.example"})
    assert named == Identity("Robo", "r@acme.example")
    assert Identity.of({}) == Identity(NAME, EMAIL)
    with pytest.raises(ReconcilerError):
        Identity.of({"RECONCILER_GIT_NAME": "a\nb"})


def test_without_a_remote_there_is_nowhere_to_push(host: Host) -> None:
    host.git("remote", "remove", "origin", at=host.ada)
    with pytest.raises(LockUnwritable, match="no remote"):
        host.store()


def test_what_cannot_be_a_branch_is_refused_before_git_sees_it(host: Host) -> None:
    for name in ("a:b", "a..b", "x y", "x*"):
        with pytest.raises(LockUnwritable, match="cannot be the name of a branch"):
            host.store(lock_branch=name).snapshot("prod")
