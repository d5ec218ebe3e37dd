"""`reconciler audit`: commits, records, SageMaker and S3 are asked what speaks against the lock."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.recorded import commit

PATH = "locks/local/digits.json"


@pytest.fixture
def recorded(trained: Any, tmp_path: Path) -> Any:
    """A checkout whose lock the reconciler committed."""
    repo, _ = trained
    root = tmp_path / "repo"
    shutil.copytree(repo.root, root, ignore=shutil.ignore_patterns(".reconciler"))
    (root / ".gitignore").write_text(".reconciler/\n")
    shutil.move(root / "locks", tmp_path / "locks")
    commit(root, "keep the lock")
    shutil.move(tmp_path / "locks", root / "locks")
    commit(root, "record 1 run", reconciler=True)
    return type(repo)(root)


def _edit(repo: Any, before: str, after: str) -> None:
    path = repo.root / PATH
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))


def test_a_lock_that_nobody_touched_is_sound(recorded: Any) -> None:
    result = recorded.run("audit")
    assert result.exit_code == 0, result.output
    assert result.stdout == (
        "✓ Nothing speaks against the lock: 1 record. --online asks SageMaker and S3 too.\n"
    )


def test_an_edit_is_found_with_its_commit_and_what_it_changed(recorded: Any) -> None:
    """Exit status 1; one line each."""
    _edit(recorded, '"size": ', '"size": 1')
    edited = commit(recorded.root, "fix the lock")
    result = recorded.run("audit")
    assert result.exit_code == 1
    first, second, last = result.stdout.splitlines()
    assert first.startswith(f"✗ {PATH}: commit {edited[:10]}: written by Test <test@example.com>,")
    assert second.startswith(f"✗ {PATH}: commit {edited[:10]}: run digits-")
    assert second.endswith("artifact.size was set and changed")
    assert last == "2 findings in 1 record."


def test_an_edit_that_was_put_right_is_history(recorded: Any) -> None:
    """It stays listed, with both commits, and the lock is sound again."""
    text = (recorded.root / PATH).read_bytes()
    _edit(recorded, '"size": ', '"size": 1')
    edited = commit(recorded.root, "fix the lock")
    (recorded.root / PATH).write_bytes(text)
    right = commit(recorded.root, "repair", reconciler=True)
    result = recorded.run("audit")
    assert result.exit_code == 0, result.output
    assert f"✓ {PATH}: commit {edited[:10]}: written by Test" in result.stdout
    assert f": put right by {right[:10]}\n" in result.stdout


def test_json_says_the_same_for_machines(recorded: Any) -> None:
    """With the commit in full."""
    _edit(recorded, '"state": "completed"', '"state": "failed"')
    edited = commit(recorded.root, "fix the lock", reconciler=True)
    result = recorded.run("audit", "-o", "json")
    document = json.loads(result.stdout)
    assert (result.exit_code, document["format"]) == (1, "reconciler/audit/v1")
    assert (document["online"], document["files"], document["proven"]) == (False, 1, 0)
    witnesses = [finding["witness"] for finding in document["findings"]]
    assert set(witnesses) == {"record", "history"}
    assert {finding["commit"] for finding in document["findings"]} == {None, edited}
    assert {finding["path"] for finding in document["findings"]} == {PATH}


def test_a_removed_folder_is_found(recorded: Any) -> None:
    """Committed, or only in the working tree."""
    shutil.rmtree(recorded.root / "locks")
    assert f"{PATH}: the record is gone\n" in recorded.run("audit").stdout
    commit(recorded.root, "clean up")
    result = recorded.run("audit")
    assert result.exit_code == 1
    assert "removed by Test <test@example.com>, not by the reconciler" in result.stdout


def test_a_branch_that_merged_the_lock_in_is_no_finding(recorded: Any) -> None:
    """The merge is a person's commit, its bytes are the reconciler's, in either direction."""
    recorded.git("checkout", "-q", "-b", "feature", "HEAD~1")
    recorded.write({"notes.txt": "x"})
    recorded.git("merge", "-q", "--no-ff", "-m", "take main in", "main")
    assert recorded.run("audit").exit_code == 0
    recorded.git("checkout", "-q", "main")
    recorded.git("merge", "-q", "--no-ff", "-m", "feature", "feature")
    assert recorded.run("audit").exit_code == 0


def test_a_merge_that_dropped_the_lock_is_found(recorded: Any) -> None:
    """No commit of its own touched the file: the merge did."""
    recorded.git("checkout", "-q", "-b", "feature", "HEAD~1")
    recorded.write({"notes.txt": "x"})
    recorded.git("checkout", "-q", "main")
    recorded.git("merge", "-q", "--no-ff", "--no-commit", "feature")
    recorded.git("rm", "-q", "-r", "locks")
    recorded.git("commit", "-q", "-m", "merge")
    result = recorded.run("audit")
    assert result.exit_code == 1
    assert "the record is gone" in result.stdout


def test_paths_limit_it(recorded: Any) -> None:
    """A path below which nothing is recorded is a slip."""
    _edit(recorded, '"attempt": 1', '"attempt": 2')
    for path in (PATH, "locks", "./locks/local/", "."):
        assert recorded.run("audit", path).exit_code == 1
    result = recorded.run("audit", "locks/prod")
    assert result.exit_code == 1
    assert "nothing is recorded in locks/prod" in result.stderr


def test_a_shallow_clone_cannot_tell_who_wrote_what(recorded: Any, tmp_path: Path) -> None:
    """Its oldest commit seems to have written everything."""
    clone = tmp_path / "clone"
    url = f"file://{recorded.root}"
    subprocess.run(["git", "clone", "-q", "--depth=1", url, clone], check=True)
    result = type(recorded)(clone).run("audit")
    assert result.exit_code == 1
    assert "git fetch --unshallow" in result.stderr


def test_nothing_recorded_and_no_commit_are_sound(tmp_path: Path, recorded: Any) -> None:
    """An audit of nothing finds nothing."""
    root = tmp_path / "new"
    root.mkdir()
    subprocess.run(["git", "init", "-q", root], check=True)
    result = type(recorded)(root).run("audit")
    assert (result.exit_code, result.stdout.partition(".")[0]) == (
        0,
        "✓ Nothing speaks against the lock: 0 records",
    )


def test_a_lock_on_a_branch_of_its_own_is_read_there(recorded: Any) -> None:
    """Whatever is checked out; a branch that was not fetched is told, not taken for empty."""
    recorded.git("branch", "state")
    environment = recorded.root / "environments/local.yaml"
    environment.write_text(environment.read_text() + "lock_branch: state\n")
    shutil.rmtree(recorded.root / "locks")
    commit(recorded.root, "keep the lock elsewhere")
    assert "1 record." in recorded.run("audit").stdout
    recorded.git("checkout", "-q", "state")
    _edit(recorded, '"attempt": 1', '"attempt": 2')
    commit(recorded.root, "fix the lock")
    recorded.git("checkout", "-q", "main")
    result = recorded.run("audit")
    assert result.exit_code == 1
    assert "attempt was set and changed" in result.stdout
    recorded.git("branch", "-D", "state")
    result = recorded.run("audit")
    assert result.exit_code == 1
    assert "git fetch origin state:refs/remotes/origin/state" in result.stderr


def test_a_link_is_no_record(recorded: Any) -> None:
    """What it points at is not read."""
    path = recorded.root / PATH
    target = path.with_name("elsewhere.txt")
    path.rename(target)
    path.symlink_to(target.name)
    result = recorded.run("audit")
    assert result.exit_code == 1
    assert f"{PATH} is not a record of the lock" in result.stdout


def test_a_hostile_author_cannot_act_on_the_terminal(recorded: Any) -> None:
    """Names of authors and contents of the lock are shown, not obeyed."""
    _edit(recorded, '"state": "completed"', '"state": "\\u001b[31m"')
    recorded.git("add", "-A")
    recorded.git("commit", "-q", "-m", "x", "--author", "\u202eEve\x1b[2J <eve@acme.example>")
    result = recorded.run("audit")
    assert result.exit_code == 1
    assert "Eve" in result.stdout
    assert not {"\x1b", "\u202e"} & set(result.output)


def test_online_proves_every_run(trained: Any) -> None:
    """Against the engine that plays SageMaker and S3."""
    repo, _ = trained
    result = repo.run("audit", "--online")
    assert result.exit_code == 0, result.output
    assert result.stdout == (
        "✓ Nothing speaks against the lock: 1 record, 1 run proven by SageMaker and S3.\n"
    )
    document = json.loads(repo.run("audit", "--online", "-o", "json").stdout)
    assert (document["online"], document["proven"], document["findings"]) == (True, 1, [])


def test_online_finds_what_only_sagemaker_knows(trained: Any) -> None:
    """A record in no commit, consistent in itself."""
    repo, _ = trained
    path = repo.root / PATH
    text = path.read_bytes()
    try:
        _edit(repo, '"etag": "', '"etag": "0')
        assert repo.run("audit").exit_code == 0
        result = repo.run("audit", "--online")
    finally:
        path.write_bytes(text)
    assert result.exit_code == 1
    assert f"✗ {PATH}: digits-" in result.stdout
    assert "artifact.etag is recorded as 0" in result.stdout
    assert "s3cr3t-value" not in result.output


def test_the_lock_of_a_local_engine_may_be_committed_by_anybody(
    trained: Any, tmp_path: Path
) -> None:
    """The reconciler writes it into the working tree and commits nothing."""
    repo, _ = trained
    root = tmp_path / "repo"
    shutil.copytree(repo.root, root, ignore=shutil.ignore_patterns(".reconciler"))
    (root / ".gitignore").write_text(".reconciler/\n")
    commit(root, "keep the lock")
    result = type(repo)(root).run("audit")
    assert result.exit_code == 0, result.output
    assert "people commit the lock of local, so who changed it was not checked" in result.stdout
