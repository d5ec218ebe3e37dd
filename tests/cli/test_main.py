"""The root: help, options before and after the command, wrong words, failures."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from reconciler.cli.failure import EXIT_STATUSES
from reconciler.cli.lazy import Entry
from reconciler.cli.main import COMMANDS, cli
from reconciler.errors import (
    InvalidDocuments,
    NoCredentials,
    PlanChanged,
    Problem,
    ReconcilerError,
    StillRunning,
)
from reconciler.local.errors import StateError

Failing = Callable[[BaseException], None]


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Failing:
    """Makes `reconciler version` fail with an exception."""

    def arrange(error: BaseException) -> None:
        def fail() -> None:
            raise error

        command = click.Command("version", callback=fail)
        monkeypatch.setattr(Entry, "load", lambda self: command)

    return arrange


def test_help_lists_every_command_in_its_section() -> None:
    """Sections in the order of a day's work."""
    text = CliRunner().invoke(cli, ["--help"]).stdout
    assert text.index("Every day:") < text.index("Look:") < text.index("Care:")
    for entry in COMMANDS:
        assert f"\n  {entry.name:<8}  {entry.short_help}\n" in text


@pytest.mark.parametrize("entry", COMMANDS, ids=lambda entry: entry.name)
def test_the_table_says_what_the_command_says(entry: Entry) -> None:
    """Help from the table and help from the command are one text."""
    command = entry.load()
    assert command.name == entry.name
    assert command.short_help == entry.short_help


@pytest.mark.parametrize("entry", COMMANDS, ids=lambda entry: entry.name)
def test_every_option_names_its_environment_variable(entry: Entry) -> None:
    """The common options do, in the help of every command."""
    inner = {"local": ["ls"], "github": ["report"]}.get(entry.name, [])
    arguments = [entry.name, *inner]
    text = CliRunner().invoke(cli, [*arguments, "--help"]).stdout
    for variable in ("RECONCILER_ENVIRONMENT", "RECONCILER_COLOR", "RECONCILER_DEBUG"):
        assert variable in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["pln"], "there is no command `pln`; did you mean `plan`?"),
        (["xyzzy"], "there is no command `xyzzy`; `reconciler --help` lists them"),
        (["plan", "--offlin"], "--offline"),
        (["version", "-o", "yaml"], "version has no form 'yaml'; it has: text, json"),
        (["logs", "digits@x"], "after the @ comes a version"),
        (["apply", "--timeout", "6"], "a duration is whole days, hours, minutes, seconds"),
        (["logs", "digits", "--grep", "("], "--grep: "),
        (["show", "digits", "--request", "--origin"], "--request goes with neither"),
    ],
)
def test_wrong_usage_says_what_to_write(arguments: list[str], said: str) -> None:
    """Exit status 2, and a hint."""
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    "arguments",
    [["-o", "json", "version"], ["version", "-o", "json"], ["-o", "text", "version", "-o", "json"]],
)
def test_common_options_may_stand_before_or_after_the_command(arguments: list[str]) -> None:
    """What was said last wins."""
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 0
    assert '"format": "reconciler/version/v1"' in result.stdout


def test_the_folder_may_stand_after_the_command_too(tmp_path: Path) -> None:
    """It is listed among the options of every command."""
    for arguments in (["-C", str(tmp_path), "plan"], ["plan", "-C", str(tmp_path)]):
        result = CliRunner().invoke(cli, arguments)
        assert f"{tmp_path} is not in a git repository" in result.stderr
    result = CliRunner().invoke(cli, ["init", "-C", str(tmp_path), "inner"])
    assert result.exit_code == 0 and (tmp_path / "inner/jobs").is_dir()


def test_a_variable_is_weaker_than_what_was_typed() -> None:
    """RECONCILER_OUTPUT is a habit, `-o` a wish."""
    env = {"RECONCILER_OUTPUT": "json"}
    assert CliRunner(env=env).invoke(cli, ["version"]).stdout.startswith("{")
    typed = CliRunner(env=env).invoke(cli, ["-o", "text", "version"])
    assert typed.stdout.startswith("reconciler ")


def test_a_form_from_the_environment_is_for_commands_that_know_it() -> None:
    """`RECONCILER_OUTPUT=json` must not break `help`."""
    result = CliRunner(env={"RECONCILER_OUTPUT": "json"}).invoke(cli, ["help", "exit-codes"])
    assert result.exit_code == 0
    assert result.stdout.startswith("   0  ")


def test_help_shows_exit_codes_and_the_help_of_commands() -> None:
    """`help local serve` goes down to it."""
    run = CliRunner().invoke
    assert "130  interrupted" in run(cli, ["help", "exit-codes"]).stdout
    assert len(run(cli, ["help", "exit-codes"]).stdout.splitlines()) == len(EXIT_STATUSES)
    assert "--port" in run(cli, ["help", "local", "serve"]).stdout
    assert "Every day:" in run(cli, ["help"]).stdout
    assert "did you mean `plan`" in run(cli, ["help", "pln"]).stderr
    assert "has no commands" in run(cli, ["help", "plan", "x"]).stderr


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (NoCredentials("expired", advice="log in"), 4, "error[E301]: expired\n   = help: log in\n"),
        (PlanChanged("moved"), 5, "error[E309]: moved\n"),
        (StillRunning("6h passed"), 8, "error: 6h passed\n"),
        (ReconcilerError("x\n\x1b[2J"), 1, "error: x\\n\\x1b[2J\n"),
        (KeyboardInterrupt(), 130, "error: interrupted\n   = help: jobs that were launched go on"),
        (FileNotFoundError(2, "No such file", "schemas/x"), 1, "error: schemas/x: No such file\n"),
        (ZeroDivisionError("1/0"), 70, "error: this is a bug in the reconciler (ZeroDivision"),
    ],
)
def test_every_failure_has_a_message_and_its_exit_status(
    failing: Failing, error: BaseException, status: int, said: str
) -> None:
    """On stderr, without a traceback, with nothing on stdout."""
    failing(error)
    result = CliRunner().invoke(cli, ["version"])
    assert result.exit_code == status
    assert result.stderr.startswith(said)
    assert "Traceback" not in result.stderr
    assert result.stdout == ""


def test_what_the_local_engine_says_is_no_bug(failing: Failing) -> None:
    """A folder that cannot be used is told in its own words."""
    failing(StateError("written by a newer version"))
    result = CliRunner().invoke(cli, ["version"])
    assert (result.exit_code, result.stderr) == (1, "error: written by a newer version\n")


def test_every_exit_status_of_an_error_is_documented() -> None:
    """`help exit-codes` is the whole truth."""

    def statuses(kind: type[ReconcilerError]) -> set[int]:
        return {kind.exit_status}.union(*(statuses(below) for below in kind.__subclasses__()))

    assert statuses(ReconcilerError) <= {status for status, _ in EXIT_STATUSES}


def test_debug_shows_the_traceback_of_a_bug(failing: Failing) -> None:
    """And only then."""
    failing(ZeroDivisionError("1/0"))
    result = CliRunner().invoke(cli, ["--debug", "version"])
    assert result.exit_code == 70
    assert "Traceback" in result.stderr


def test_problems_are_shown_with_their_numbers(failing: Failing) -> None:
    """Also when nothing was read that they could point into."""
    failing(InvalidDocuments((Problem("E101", "unknown key `x`"),)))
    result = CliRunner().invoke(cli, ["version"])
    assert result.exit_code == 1
    assert "error[E101]: unknown key `x`" in result.stderr


def test_a_closed_pipe_is_quiet() -> None:
    """`reconciler … | head` ends without a word."""
    code = "import sys; from reconciler.cli.main import main; sys.argv[1:] = ['help']; main()"
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-c", code], stdout=write, stderr=subprocess.PIPE, check=False
    )
    os.close(write)
    assert done.stderr == b""
    assert done.returncode == 141


def test_output_that_the_encoding_lacks_is_escaped() -> None:
    """A terminal that is not UTF-8 is no reason to fail."""
    environ: dict[str, Any] = {**os.environ, "PYTHONIOENCODING": "latin-1"}
    done = subprocess.run(
        [sys.executable, "-m", "reconciler", "explain", "日"],
        capture_output=True,
        check=False,
        env=environ,
    )
    assert done.returncode == 1
    assert b"\\u65e5" in done.stderr
