"""`reconciler bump`: one number is written, every other byte stays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reconciler.cli.edit import replace_file
from tests.cli.conftest import FILES, PROD

JOB = "jobs/digits.yaml"


def _bytes(repo: Any, path: str = JOB) -> bytes:
    data: bytes = (repo.root / path).read_bytes()
    return data


def test_only_the_number_changes(repo: Any) -> None:
    """Comments, quotes and spaces are people's."""
    before = _bytes(repo)
    result = repo.run("bump", "digits")
    assert (result.exit_code, result.stdout) == (0, "digits 3 → 4  jobs/digits.yaml\n")
    assert _bytes(repo) == before.replace(b"version: 3  #", b"version: 4  #")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"version: 9\r\n", b"version: 10\r\n"),
        (b'"version":   99 # x\n', b'"version":   100 # x\n'),
        (b"version: 9   \n", b"version: 10   \n"),
    ],
)
def test_any_way_of_writing_it_is_kept(repo: Any, before: bytes, after: bytes) -> None:
    """Ends of lines, quotes of the key, spaces; a digit more is no problem."""
    text = _bytes(repo).replace(b"version: 3  # the launch button\n", before)
    (repo.root / JOB).write_bytes(text)
    assert repo.run("bump", "digits").exit_code == 0
    assert _bytes(repo) == text.replace(before, after)


def test_a_version_in_a_flow_map_is_found(repo: Any) -> None:
    """The whole document on one line, with an other `version` in it."""
    flow = (
        "{apiVersion: sagemaker-gitops/v1, kind: TrainingJob, name: flow, hyperparameters:"
        " {version: 7}, version: 7, tags: {ü: x}}\n"
    )
    repo.write({"jobs/flow.yaml": flow})
    assert repo.run("bump", "flow").exit_code == 0
    raised = flow.replace("version: 7, tags", "version: 8, tags")
    assert _bytes(repo, "jobs/flow.yaml").decode() == raised


def test_all_are_written_or_none(repo: Any) -> None:
    """A wrong name among good ones changes nothing."""
    before = _bytes(repo)
    result = repo.run("bump", "digits", "digitz")
    assert result.exit_code == 1
    assert "there is no document with the name `digitz`" in result.stderr
    assert "did you mean `digits`?" in result.stderr
    assert _bytes(repo) == before


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", "says no version"),
        ("version: three", "`version` is not a whole number from 1"),
        ("version: 0", "`version` is not a whole number from 1"),
    ],
)
def test_a_version_that_cannot_be_raised_says_what_to_write(
    repo: Any, line: str, said: str
) -> None:
    """Exit status 1."""
    text = (repo.root / JOB).read_text().replace("version: 3  # the launch button", line)
    repo.write({JOB: text})
    result = repo.run("bump", "digits")
    assert result.exit_code == 1
    assert said in result.stderr
    assert (repo.root / JOB).read_text() == text


def test_a_name_is_needed(repo: Any) -> None:
    """Raising everything by accident would cost money."""
    assert repo.run("bump").exit_code == 2


def test_a_file_keeps_its_mode_and_leaves_nothing_behind(tmp_path: Path) -> None:
    """The new text is put in place in one step."""
    path = tmp_path / "a.yaml"
    path.write_bytes(b"old")
    path.chmod(0o640)
    replace_file(path, b"new")
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o640
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.yaml"]


def test_a_lock_that_this_clone_does_not_have_is_named(make_repo: Any) -> None:
    """Versions that ran there could be higher."""
    repo = make_repo({**FILES, "environments/prod.yaml": PROD + "lock_branch: state\n"})
    result = repo.run("bump", "digits")
    assert result.exit_code == 0
    assert "does not have state, where the lock of prod is" in result.stderr
    assert "git fetch origin state:refs/remotes/origin/state" in result.stderr
