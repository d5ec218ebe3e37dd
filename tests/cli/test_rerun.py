"""`reconciler rerun`: another `run` is written, and a version where that launches it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cli.conftest import PROD
from tests.support.recorded import record_runs

JOB = "jobs/digits.yaml"
VERSION = "version: 3  # the launch button\n"


def _text(repo: Any, path: str = JOB) -> str:
    text: str = (repo.root / path).read_bytes().decode()
    return text


def _put(repo: Any, text: str) -> None:
    (repo.root / JOB).write_bytes(text.encode())


def test_the_first_time_a_line_is_added_below_the_version(repo: Any) -> None:
    """The local engine launches by content: the version stays."""
    before = _text(repo)
    result = repo.run("rerun", "digits")
    assert (result.exit_code, result.stdout) == (0, "digits run – → 2  jobs/digits.yaml\n")
    assert _text(repo) == before.replace(VERSION, f"{VERSION}run: 2\n")


def test_the_next_time_the_number_rises(repo: Any) -> None:
    """Comments and spaces are people's."""
    before = _text(repo).replace(VERSION, f"{VERSION}run:   9 # again\n")
    _put(repo, before)
    result = repo.run("rerun", "digits")
    assert result.stdout == "digits run 9 → 10  jobs/digits.yaml\n"
    assert _text(repo) == before.replace("run:   9 # again", "run:   10 # again")


def test_where_runs_are_launched_by_version_it_rises_too(repo: Any) -> None:
    """`run` is content: alone it would be held, E201."""
    repo.write({"environments/prod.yaml": PROD})
    before = _text(repo).replace(VERSION, f"{VERSION}environments: [local, prod]\n")
    _put(repo, before)
    result = repo.run("rerun", "digits")
    assert result.stdout == "digits 3 → 4, run – → 2  jobs/digits.yaml\n"
    assert _text(repo) == before.replace(VERSION, "version: 4  # the launch button\nrun: 2\n")


def test_what_was_written_is_launched(repo: Any) -> None:
    """The plan of an environment that launches by version says so."""
    repo.write({"environments/prod.yaml": PROD})
    _put(repo, _text(repo).replace(VERSION, f"{VERSION}environments: [prod]\n"))
    record_runs(repo.root, "prod")
    repo.write({})
    assert "launch" not in repo.run("plan", "-e", "prod", "--offline").stdout.split("Plan:")[0]
    assert repo.run("rerun", "digits").exit_code == 0
    repo.write({})
    told = repo.run("plan", "-e", "prod", "--offline").stdout
    assert "+ launch" in told
    assert "digits 3 → 4" in told
    assert repo.run("validate").exit_code == 0


@pytest.mark.parametrize(
    ("label", "written"), [("2026-12", "2026-12"), ("2026-12-01", '"2026-12-01"'), ("7", '"7"')]
)
def test_a_label_is_written_so_that_it_reads_as_text(repo: Any, label: str, written: str) -> None:
    """A date or a number gets quotes."""
    before = _text(repo)
    assert repo.run("rerun", "digits", "--label", label).exit_code == 0
    assert _text(repo) == before.replace(VERSION, f"{VERSION}run: {written}\n")


@pytest.mark.parametrize(
    ("written", "after"),
    [("run: 2", "run: final"), ("run: '2026-12' # x", "run: final # x")],
)
def test_a_label_takes_the_place_of_a_number_and_of_a_label(
    repo: Any, written: str, after: str
) -> None:
    """What was there goes, quotes and all."""
    before = _text(repo)
    _put(repo, before.replace(VERSION, f"{VERSION}{written}\n"))
    assert repo.run("rerun", "digits", "--label", "final").exit_code == 0
    assert _text(repo) == before.replace(VERSION, f"{VERSION}{after}\n")


@pytest.mark.parametrize(
    ("line", "label", "said"),
    [
        ("run: 2026-12", None, "a name has no next one"),
        ("run: 2026-12", "2026-12", "its run is `2026-12` already"),
        ("run: [2]", None, "`run` is no number and no label"),
        ("environments: {local: {run: 2}}", None, "local has a `run` of its own"),
    ],
)
def test_what_cannot_be_counted_on_is_asked_for(
    repo: Any, line: str, label: str | None, said: str
) -> None:
    """Exit status 1, and no byte changes."""
    before = _text(repo).replace(VERSION, f"{VERSION}{line}\n")
    _put(repo, before)
    result = repo.run("rerun", "digits", *(["--label", label] if label else []))
    assert result.exit_code == 1
    assert said in result.stderr
    assert _text(repo) == before


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a: 1\r\nversion: 3\r\n", "a: 1\r\nversion: 3\r\nrun: 2\r\n"),
        ("a: 1\nversion: 3", "a: 1\nversion: 3\nrun: 2"),
        ("a: 1\nversion:\n  3 # x\n", "a: 1\nversion:\n  3 # x\nrun: 2\n"),
    ],
)
def test_ends_of_lines_stay_as_they_are(repo: Any, before: str, after: str) -> None:
    """Of any system, and none at the end of the file; a new line in the middle gets the same."""
    head = _text(repo).replace(VERSION, "")
    if "\r\n" in before:
        head = head.replace("\n", "\r\n")
    owner = before.replace("a: 1", "owner: ml")
    _put(repo, head + owner)
    assert repo.run("rerun", "digits").exit_code == 0
    assert _text(repo) == head + after.replace("a: 1", "owner: ml")


def test_a_document_in_brackets_gets_it_in_brackets(repo: Any) -> None:
    """And a byte order mark stays."""
    flow = "\ufeff{apiVersion: sagemaker-gitops/v1, kind: TrainingJob, name: flow, version: 7}\n"
    repo.write({"jobs/flow.yaml": flow})
    assert repo.run("rerun", "flow").exit_code == 0
    assert _text(repo, "jobs/flow.yaml") == flow.replace("version: 7", "version: 7, run: 2")


def test_all_are_written_or_none(repo: Any) -> None:
    """A wrong name among good ones changes nothing."""
    before = _text(repo)
    result = repo.run("rerun", "digits", "digitz")
    assert result.exit_code == 1
    assert "did you mean `digits`?" in result.stderr
    assert _text(repo) == before


def test_a_name_is_needed_and_a_label_is_not_empty(repo: Any) -> None:
    """Wrong usage: exit status 2."""
    assert repo.run("rerun").exit_code == 2
    assert repo.run("rerun", "digits", "--label", " ").exit_code == 2
