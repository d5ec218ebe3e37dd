"""`reconciler plan`."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner

from reconciler.cli.main import cli

OFFLINE = ("plan", "--offline")


def test_a_plan_names_the_launch_its_cost_in_time_and_its_digest(repo: Any) -> None:
    """On stdout; stderr stays empty."""
    result = repo.run(*OFFLINE)
    assert result.exit_code == 0
    assert result.stdout.startswith("local · this computer · 1 job · commit ")
    assert "+ launch   digits 3 " in result.stdout
    assert "1 × ml.m5.large, at most 10m" in result.stdout
    assert "Apply exactly this: reconciler apply -e local --plan-digest " in result.stdout
    assert result.stderr == ""


def test_no_value_of_the_environment_is_in_any_form_of_a_plan(repo: Any) -> None:
    """Fingerprints only."""
    for form in ("text", "json"):
        assert "s3cr3t" not in repo.run(*OFFLINE, "-o", form, "-v").output


def test_the_plan_for_machines_is_the_same_plan(repo: Any) -> None:
    """`plan -o json | jq` always works."""
    document = json.loads(repo.run(*OFFLINE, "-o", "json").stdout)
    assert document["format"] == "reconciler/plan/v1"
    assert document["offline"] is True
    assert document["digest"][:8] in repo.run(*OFFLINE).stdout


def test_exit_code_says_whether_there_is_something_to_do(repo: Any) -> None:
    """3, and 0 without the option."""
    assert repo.run(*OFFLINE, "--exit-code").exit_code == 3
    repo.git("rm", "-q", "jobs/digits.yaml")
    assert repo.run(*OFFLINE, "--exit-code").exit_code == 0


def test_an_unreadable_document_fails_and_the_others_go_on(repo: Any) -> None:
    """The problem is on stderr, the plan on stdout, exit status 1."""
    repo.write({"jobs/bad.yaml": "name: ["})
    result = repo.run(*OFFLINE)
    assert result.exit_code == 1
    assert "jobs/bad.yaml" in result.stderr
    assert "+ launch   digits 3" in result.stdout
    assert "1 problem." in result.stdout


def test_names_choose_what_is_planned(repo: Any) -> None:
    """One of two."""
    other = (repo.root / "jobs/digits.yaml").read_text().replace("name: digits", "name: other")
    repo.write({"jobs/other.yaml": other})
    result = repo.run(*OFFLINE, "other")
    assert "+ launch   other 3" in result.stdout
    assert "+ launch   digits" not in result.stdout


@pytest.mark.parametrize("command", [OFFLINE, ("apply",), ("refresh",), ("status",)])
def test_a_name_that_nothing_has_is_told(repo: Any, command: tuple[str, ...]) -> None:
    """A slip must not look like `nothing to do`."""
    result = repo.run(*command, "digitz")
    assert result.exit_code == 1
    assert "there is no document with the name `digitz`" in result.stderr
    assert "did you mean `digits`?" in result.stderr


def test_colour_follows_option_variable_and_terminal(repo: Any) -> None:
    """`--color` wins over NO_COLOR, which wins over FORCE_COLOR."""
    assert "\x1b[" not in repo.run(*OFFLINE).stdout
    assert "\x1b[" in repo.run(*OFFLINE, "--color", "always", env={"NO_COLOR": "1"}).stdout
    assert "\x1b[" in repo.run(*OFFLINE, env={"FORCE_COLOR": "1"}).stdout
    both = {"FORCE_COLOR": "1", "NO_COLOR": "1"}
    assert "\x1b[" not in repo.run(*OFFLINE, env=both).stdout
    assert "\x1b[" not in repo.run(*OFFLINE, "--color", "never", env={"FORCE_COLOR": "1"}).stdout


def test_signs_are_ascii_where_the_encoding_has_no_others(repo: Any) -> None:
    """The text is the same otherwise."""
    runner = CliRunner(charset="latin-1")
    result = runner.invoke(cli, ["-C", str(repo.root), *OFFLINE])
    assert result.stdout.startswith("local - this computer - 1 job")
