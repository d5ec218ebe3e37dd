"""git by subprocess: errors in words, and a look that runs nothing."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reconciler.adapters.git import Git, blob_id
from reconciler.adapters.workspace import Workspace
from reconciler.errors import ReconcilerError


def test_a_folder_outside_of_a_repository_is_told_to_run_git_init(tmp_path: Path) -> None:
    with pytest.raises(ReconcilerError, match="not in a git repository") as caught:
        Workspace.open(tmp_path)
    assert "git init" in str(caught.value.advice)


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReconcilerError, match="absent is not a folder"):
        Workspace.open(tmp_path / "absent")


def test_without_git_the_error_says_so(repo: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ReconcilerError, match="git is not on PATH") as caught:
        Workspace.open(repo.root)
    assert "install git" in str(caught.value.advice)


def test_a_repository_of_another_user_is_told_what_to_trust(
    repo: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with pytest.raises(ReconcilerError, match="belongs to another user") as caught:
        Workspace.open(repo.root)
    assert "safe.directory" in str(caught.value.advice)


def test_a_bare_repository_has_no_documents(repo: Any, tmp_path: Path) -> None:
    repo.git("init", "--bare", "--quiet", os.fspath(tmp_path / "bare.git"))
    with pytest.raises(ReconcilerError, match="not in a working tree"):
        Workspace.open(tmp_path / "bare.git")


def test_any_folder_below_the_root_finds_the_root(repo: Any) -> None:
    repo.commit({"jobs/team/a.yaml": "kind: TrainingJob\n"})
    assert Workspace.open(repo.root / "jobs" / "team").root == repo.root.resolve()


def test_variables_of_a_hook_do_not_lead_to_another_repository(
    repo: Any, make_repo: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make_repo("other")
    commit = repo.commit({"a": "1"})
    monkeypatch.setenv("GIT_DIR", os.fspath(other.root / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", os.fspath(other.root / ".git" / "index"))
    assert repo.workspace().commit_files().revision.commit == commit


def test_ctrl_c_does_not_reach_git(repo: Any) -> None:
    """It would end half-way and be told as a failure; a session has its own signals."""
    repo.git("config", "alias.session", "!exec ps -o sid= -p $$")
    git = Git(repo.root)
    assert int(git.run("session")) != os.getsid(0)
    git.blobs([repo.git("hash-object", "-w", "--stdin", "--literally", "-t", "blob")])
    reader = git._open_reader()
    assert os.getsid(reader.pid) == reader.pid


def test_looking_at_a_repository_runs_nothing_that_it_names(repo: Any, tmp_path: Path) -> None:
    witness = tmp_path / "ran"
    script = repo.write("run.sh", f"#!/bin/sh\ntouch '{witness}'\n")
    script.chmod(0o755)
    repo.commit({"jobs/a.yaml": "a\n"})
    for key in ("core.fsmonitor", "core.pager", "core.sshCommand", "gpg.program"):
        repo.git("config", key, os.fspath(script))
    repo.git("config", "log.showSignature", "true")
    repo.git("config", "core.hooksPath", os.fspath(tmp_path))
    (tmp_path / "post-index-change").write_text(f"#!/bin/sh\ntouch '{witness}'\n")
    (tmp_path / "post-index-change").chmod(0o755)
    repo.write("jobs/a.yaml", "b\n")
    workspace = repo.workspace()
    for files in (workspace.worktree_files(), workspace.commit_files()):
        assert files.read(["jobs/a.yaml"])
        assert files.revision.author == "Test <test@example.com>"
    assert not witness.exists()


def test_ids_are_the_ones_that_git_gives(repo: Any) -> None:
    for content in (b"", b"a\n", bytes(range(256)) * 300):
        assert blob_id(content, "sha1") == repo.blob(content)


def test_more_objects_than_fit_into_a_pipe_are_read_at_once(repo: Any) -> None:
    contents = {repo.blob(b"%d" % number * 700): b"%d" % number * 700 for number in range(3)}
    many = list(contents) * 2000
    assert Git(repo.root).blobs(many) == contents


def test_thousands_of_objects_are_read_without_waiting_for_each_other(repo: Any) -> None:
    names = [f"data/{number:04}" for number in range(1700)]
    repo.commit({name: name * 100 for name in names})
    contents = repo.workspace().commit_files().read(names)
    assert contents == {name: (name * 100).encode() for name in names}


def test_an_object_that_is_not_in_the_clone_is_named(repo: Any) -> None:
    absent, there = "0123456789" * 4, repo.blob(b"there")
    git = Git(repo.root)
    with pytest.raises(ReconcilerError, match=absent) as caught:
        git.blobs([absent, there])
    assert "fetch" in str(caught.value.advice)
    assert git.blobs([there]) == {there: b"there"}


@pytest.mark.parametrize(
    "ref",
    [
        "",
        "-",
        "--upload-pack=touch ran",
        "--output=ran",
        "--help",
        "-n1",
        "a b",
        "a\nb",
        "a\0b",
        "a\x1b[2J",
        "\u202emain",
        "ext::sh -c touch% ran",
        "main..",
        "HEAD^{tree}",
        "no-such-branch",
        "../../etc/passwd",
        "refs/heads/main:jobs",
    ],
)
def test_a_hostile_ref_is_no_commit_and_no_option(repo: Any, ref: str) -> None:
    repo.commit({"jobs/a.yaml": "a"})
    before = sorted(repo.root.rglob("*"))
    with pytest.raises(ReconcilerError, match="is not the name of a commit"):
        repo.workspace().commit_files(ref)
    assert sorted(repo.root.rglob("*")) == before
