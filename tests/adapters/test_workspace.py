"""Files of a commit and of the working tree."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reconciler.adapters.git import Git
from reconciler.adapters.workspace import Workspace
from reconciler.core.resource import FileEntry, Revision
from reconciler.errors import ReconcilerError


def listing(files: Any, path: str = ".") -> dict[str, tuple[str, str]]:
    return {entry.path: (entry.mode, entry.blob) for entry in files.under(path)}


def test_a_commit_gives_its_files_and_not_those_of_the_folder(repo: Any) -> None:
    commit = repo.commit({"jobs/a.yaml": "old\n", "jobs/b.yaml": "b\n"})
    repo.write("jobs/a.yaml", "new\n")
    repo.write("jobs/secret.yaml", "untracked\n")
    files = repo.workspace().commit_files()
    assert files.revision == Revision(commit, False, "repo", "Test <test@example.com>")
    assert [entry.path for entry in files.under("jobs")] == ["jobs/a.yaml", "jobs/b.yaml"]
    assert files.read(["jobs/a.yaml"]) == {"jobs/a.yaml": b"old\n"}


def test_the_last_change_of_a_file_is_the_merge_that_brought_it(repo: Any) -> None:
    first = repo.commit({"jobs/a.yaml": "1"})
    repo.git("checkout", "--quiet", "-b", "change")
    repo.commit({"jobs/b.yaml": "2"})
    repo.git("checkout", "--quiet", "-")
    repo.git("merge", "--quiet", "--no-ff", "--message", "merge", "change")
    workspace = repo.workspace()
    assert workspace.last_change("jobs/b.yaml") == repo.git("rev-parse", "HEAD").strip()
    assert workspace.last_change("jobs/a.yaml") == first
    assert workspace.last_change("jobs/c.yaml") is None


def test_any_name_of_a_commit_will_do(repo: Any) -> None:
    first = repo.commit({"a": "1"})
    repo.git("tag", "--annotate", "v1", "--message", "one")
    repo.commit({"a": "2"})
    for ref in ("v1", "HEAD~1", first, first[:10], "refs/tags/v1"):
        assert repo.workspace().commit_files(ref).revision.commit == first


def test_before_the_first_commit_the_folder_can_be_read_and_the_commit_cannot(repo: Any) -> None:
    repo.write("jobs/a.yaml", "a\n")
    files = repo.workspace().worktree_files()
    assert files.revision == Revision(None, True, "repo", None)
    assert files.read(["jobs/a.yaml"]) == {"jobs/a.yaml": b"a\n"}
    with pytest.raises(ReconcilerError, match="no commit yet"):
        repo.workspace().commit_files()


def test_a_path_may_be_a_folder_a_file_or_everything(repo: Any) -> None:
    repo.commit({"a-b": "", "a.b": "", "a/x": "", "a/y/z": "", "a0": "", "b": ""})
    workspace = repo.workspace()
    for files in (workspace.commit_files(), workspace.worktree_files()):
        for path in ("a", "a/", "./a", "b/../a"):
            assert sorted(listing(files, path)) == ["a/x", "a/y/z"]
        assert sorted(listing(files, "a/x")) == ["a/x"]
        assert len(listing(files, ".")) == len(listing(files, "")) == 6
        for path in ("c", "../repo/a", "/a", "a/x/y"):
            assert listing(files, path) == {}


def test_what_the_folder_gives_is_what_a_commit_of_it_gives(repo: Any) -> None:
    repo.commit({"same": "s", "changed": "old", "removed": "r", "mode": "m", "kind": "k"})
    repo.write("changed", "new")
    (repo.root / "removed").unlink()
    (repo.root / "mode").chmod(0o755)
    (repo.root / "kind").unlink()
    (repo.root / "kind").symlink_to("same")
    repo.write("untracked/deep", "u")
    repo.write("staged", "in the index")
    repo.git("add", "staged")
    repo.write("staged", "and changed again")
    before = listing(repo.workspace().worktree_files())
    repo.commit()
    after = listing(repo.workspace().commit_files())
    assert before == after
    assert listing(repo.workspace().worktree_files()) == after
    assert {path: mode for path, (mode, _) in after.items()} == {
        "changed": "100644",
        "kind": "120000",
        "mode": "100755",
        "same": "100644",
        "staged": "100644",
        "untracked/deep": "100644",
    }


def test_what_git_ignores_is_not_there(repo: Any) -> None:
    repo.commit({".gitignore": ".env\nlocks/local/\n", "code/train.py": ""})
    repo.write("code/.env", "TOKEN=1")
    repo.write("locks/local/a.json", "{}")
    assert sorted(listing(repo.workspace().worktree_files())) == [".gitignore", "code/train.py"]


@pytest.mark.parametrize(
    ("edit", "dirty"),
    [
        (lambda repo: None, False),
        (lambda repo: repo.write("jobs/a.yaml", "changed\n"), True),
        (lambda repo: repo.write("code/new.py", ""), True),
        (lambda repo: (repo.root / "jobs/a.yaml").unlink(), True),
        (lambda repo: (repo.root / "jobs/a.yaml").chmod(0o755), True),
        (lambda repo: repo.git("rm", "--cached", "--quiet", "jobs/a.yaml"), True),
        (lambda repo: (repo.write("b", "b"), repo.git("add", "b")), True),
        (lambda repo: repo.write("locks/prod/a.json", "changed"), False),
        (lambda repo: repo.write("locks/prod/new.json", "{}"), False),
        (lambda repo: repo.write("ignored/x", ""), False),
        (lambda repo: os.utime(repo.root / "jobs/a.yaml", (1, 1)), False),
        (lambda repo: repo.write("jobs/a.yaml", "a\n"), False),
    ],
)
def test_dirty_is_any_difference_outside_of_the_lock(
    repo: Any, edit: Callable[[Any], object], dirty: bool
) -> None:
    repo.commit({"jobs/a.yaml": "a\n", "locks/prod/a.json": "{}", ".gitignore": "ignored/\n"})
    edit(repo)
    assert repo.workspace().worktree_files().revision.dirty is dirty


def test_a_merge_conflict_is_read_as_it_lies_there(repo: Any) -> None:
    repo.commit({"a": "base"})
    repo.git("checkout", "--quiet", "-b", "side")
    repo.commit({"a": "side"})
    repo.git("checkout", "--quiet", "main")
    repo.commit({"a": "main"})
    os.system(f"git -C '{repo.root}' merge side >/dev/null 2>&1")
    files = repo.workspace().worktree_files()
    assert b"<<<<<<<" in files.read(["a"])["a"]
    assert files.revision.dirty


def test_names_of_any_bytes_are_listed_and_read(repo: Any) -> None:
    names = [b"a b", b'"q"', b"back\\slash", b"new\nline", b"tab\t", b"-dash", b"\xff\xfe", b":x"]
    names += ["ü".encode(), b"*", b"[a]", b"::set-env", b"$(touch ran)", b" "]
    for name in names:
        (repo.root / os.fsdecode(name)).write_bytes(name)
    wanted = {os.fsdecode(name): name for name in names}
    files = repo.workspace().worktree_files()
    assert files.read(wanted) == wanted
    before = listing(files)
    repo.commit()
    workspace = repo.workspace()
    assert listing(workspace.commit_files()) == listing(workspace.worktree_files()) == before
    assert workspace.commit_files().read(wanted) == wanted


def test_line_ends_are_hashed_as_git_would_commit_them(repo: Any) -> None:
    repo.commit({".gitattributes": "*.txt text eol=crlf\n"})
    repo.write("a.txt", "one\r\ntwo\r\n")
    files = repo.workspace().worktree_files()
    before = listing(files)
    assert files.read(["a.txt"])
    repo.commit()
    assert listing(repo.workspace().commit_files()) == before


def test_a_repository_of_sha256_objects_gives_its_ids(tmp_path: Path, make_repo: Any) -> None:
    root = tmp_path / "modern"
    Git(tmp_path).run("init", "--quiet", "--object-format=sha256", os.fspath(root))
    repo = make_repo("modern")
    repo.write("a", "a")
    (root / "link").symlink_to("a")
    before = listing(repo.workspace().worktree_files())
    assert {len(blob) for _, blob in before.values()} == {64}
    repo.commit()
    assert listing(repo.workspace().commit_files()) == before


def test_a_path_that_is_not_there_is_a_key_error(repo: Any) -> None:
    repo.commit({"a": "1"})
    for files in (repo.workspace().commit_files(), repo.workspace().worktree_files()):
        with pytest.raises(KeyError):
            files.read(["a", "b"])


def test_a_link_is_read_as_its_target(repo: Any) -> None:
    (repo.root / "link").symlink_to("/etc/passwd")
    assert repo.workspace().worktree_files().read(["link"]) == {"link": b"/etc/passwd"}
    repo.commit()
    for files in (repo.workspace().commit_files(), repo.workspace().worktree_files()):
        assert files.read(["link"]) == {"link": b"/etc/passwd"}


def test_a_folder_that_became_a_link_leads_nowhere(repo: Any, tmp_path: Path) -> None:
    repo.commit({"code/data/secret": "harmless"})
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret").write_text("stolen")
    files = repo.workspace().worktree_files()
    files.under("code")
    shutil.rmtree(repo.root / "code" / "data")
    (repo.root / "code" / "data").symlink_to(tmp_path / "outside")
    with pytest.raises(ReconcilerError, match="became a symbolic link"):
        files.read(["code/data/secret"])
    fresh = repo.workspace().worktree_files()
    assert [entry.path for entry in fresh.under("code")] == ["code/data"]


def test_a_file_that_became_a_link_is_not_followed(repo: Any, tmp_path: Path) -> None:
    repo.commit({"code/data": "harmless"})
    (tmp_path / "secret").write_text("stolen")
    files = repo.workspace().worktree_files()
    files.under("code")
    (repo.root / "code" / "data").unlink()
    (repo.root / "code" / "data").symlink_to(tmp_path / "secret")
    with pytest.raises(ReconcilerError, match="code/data cannot be read"):
        files.read(["code/data"])


@pytest.mark.parametrize("tracked", [True, False])
def test_content_that_is_no_longer_what_its_id_says_is_refused(repo: Any, tracked: bool) -> None:
    repo.write("train.py", "reviewed")
    if tracked:
        repo.commit()
    files = repo.workspace().worktree_files()
    assert len(files.under("train.py")) == 1
    repo.write("train.py", "swapped!")
    with pytest.raises(ReconcilerError, match=r"train\.py changed while it was read"):
        files.read(["train.py"])


def test_a_submodule_and_a_repository_inside_are_one_entry_without_content(
    repo: Any, make_repo: Callable[[str], Any]
) -> None:
    inner = make_repo("repo/vendor/inner")
    inner.commit({"a": "1"})
    files = repo.workspace().worktree_files()
    assert files.under("vendor") == (FileEntry("vendor/inner", "160000", "0" * 40),)
    with pytest.raises(KeyError):
        files.read(["vendor/inner"])
    repo.git("-c", "advice.addEmbeddedRepo=false", "add", "--all")
    repo.git("commit", "--quiet", "-m", "submodule")
    for files in (repo.workspace().commit_files(), repo.workspace().worktree_files()):
        assert [(entry.path, entry.mode) for entry in files.under("vendor")] == [
            ("vendor/inner", "160000")
        ]
    assert not repo.workspace().worktree_files().revision.dirty


def test_a_sparse_checkout_still_has_all_files(repo: Any) -> None:
    repo.commit({"jobs/a.yaml": "a\n", "code/train.py": "t\n"})
    repo.git("sparse-checkout", "set", "jobs")
    assert not (repo.root / "code").exists()
    files = repo.workspace().worktree_files()
    assert files.read(["code/train.py"]) == {"code/train.py": b"t\n"}
    assert not files.revision.dirty


def test_an_untracked_file_that_nobody_asks_for_is_not_read(repo: Any) -> None:
    repo.commit({"jobs/a.yaml": "a\n"})
    os.truncate(repo.write("core.dump", ""), 1 << 40)  # hashing it would take an hour
    files = repo.workspace().worktree_files()
    assert [entry.path for entry in files.under("jobs")] == ["jobs/a.yaml"]
    assert files.revision.dirty


def test_a_look_leaves_the_repository_as_it_was(repo: Any) -> None:
    repo.commit({"jobs/a.yaml": "a\n"})
    os.utime(repo.root / "jobs/a.yaml", (1, 1))

    def state() -> dict[Path, tuple[int, bytes]]:
        found = [path for path in repo.root.rglob("*") if path.is_file()]
        return {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in found}

    before = state()
    workspace = Workspace.open(repo.root / "jobs")
    for files in (workspace.worktree_files(), workspace.commit_files()):
        assert files.revision.commit
        assert files.read(["jobs/a.yaml"])
    assert state() == before
