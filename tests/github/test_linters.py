"""The linters find nothing in the workflows, also in those that init writes, and they can find.

The checks are those of `dev.py lint`, and GitHub's own parser, which needs Node.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import dev
from tests.github.act_runs import ROOT, action, workflow, write_repository

TOOLS = Path(sys.executable).parent
PARSER = ROOT / "tools" / "workflow_parser"

READ = f"node '{PARSER}/check.mjs'"
CHECKS = {
    "zizmor": "zizmor --offline --quiet --persona=auditor .",
    "schema": "check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml",
    "actionlint": "actionlint .github/workflows/*.yml",
    "parser": f"{READ} .github/workflows/*.yml",
}
"""What reads the workflows of any repository."""

OURS = {
    **{check: check for check in dev.CHECKS if not check.startswith(("ruff", "mypy"))},
    "parser": f"{READ} .github/workflows/*.yml action.yml",
}
"""What reads those of this one, and its action."""

SOUND = """\
name: Sound

on:
  pull_request:

permissions: {}

concurrency:
  group: sound-${{ github.ref }}
  cancel-in-progress: true

jobs:
  first:
    name: First
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    steps:
      - name: Say
        run: echo "$HOME"

  second:
    name: Second
    needs: first
    runs-on: ubuntu-24.04
    timeout-minutes: 6
    steps:
      - name: Say
        run: echo "$PWD"
"""

COMPOSITE = """\
name: Composite
description: An action of one step.
runs:
  using: composite
  steps:
    - run: "true"
      shell: bash
"""

TITLE = 'echo "${{ github.event.pull_request.title }}"'


def lint(check: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a check in a folder as `dev.py lint` runs it; without its program the test is skipped."""
    program = check.partition(" ")[0]
    if program == "node":
        if not shutil.which("node") or not (PARSER / "node_modules").is_dir():
            pytest.skip("GitHub's parser is not installed (npm ci --prefix tools/workflow_parser)")
    elif not (TOOLS / program).exists():
        pytest.skip(f"{program} is not installed")
    return subprocess.run(
        ["/bin/sh", "-c", check],
        cwd=folder,
        env={**os.environ, "PATH": f"{TOOLS}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )


def repository(folder: Path, workflow: str) -> Path:
    """A folder with this one workflow."""
    (folder / ".github" / "workflows").mkdir(parents=True)
    (folder / ".github" / "workflows" / "one.yml").write_text(workflow)
    return folder


@pytest.fixture(
    scope="module",
    params=["", "--workflows called --app-id 4711"],
    ids=["copied", "called"],
)
def written(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """A repository for GitHub, as init writes it."""
    return write_repository(tmp_path_factory.mktemp("written"), *request.param.split())


@pytest.mark.parametrize("check", OURS)
def test_the_linters_find_nothing_here(check: str) -> None:
    done = lint(OURS[check], ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("check", CHECKS)
def test_the_linters_find_nothing_in_what_init_writes(check: str, written: Path) -> None:
    """Without exceptions: a new repository has no settings for them."""
    done = lint(CHECKS[check], written)
    assert done.returncode == 0, done.stdout + done.stderr


def test_shellcheck_finds_nothing_in_the_scripts_of_the_action(tmp_path: Path) -> None:
    """actionlint shows it those of workflows only."""
    scripts = [step["run"] for step in action()["runs"]["steps"] if "run" in step]
    for number, script in enumerate(scripts):
        (tmp_path / f"{number}.sh").write_text(f"#!/bin/bash\n{script}")
    assert scripts
    done = lint("shellcheck *.sh", tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_of_them_runs_before_a_change_lands() -> None:
    """GitHub's parser where there is Node, and always on GitHub."""
    assert set(CHECKS.values()) - set(dev.CHECKS) == {CHECKS["parser"]}
    gate = (ROOT / ".ci" / "run").read_text()
    assert "dev.py lint" in gate and "check.mjs" in gate
    steps = workflow("ci")["jobs"]["workflows"]["steps"]
    assert "node tools/workflow_parser/check.mjs .github/workflows/*.yml action.yml" in [
        step.get("run") for step in steps
    ]


@pytest.mark.parametrize("check", CHECKS)
def test_the_workflow_that_faults_are_planted_in_is_sound(check: str, tmp_path: Path) -> None:
    done = lint(CHECKS[check], repository(tmp_path, SOUND))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("check", "sound", "fault", "said"),
    [
        ("actionlint", "timeout-minutes: 5", "timeout: 5", 'unexpected key "timeout"'),
        ("actionlint", 'echo "$HOME"', TITLE, "untrusted"),
        ("actionlint", 'echo "$HOME"', "echo $HOME", "SC2086"),
        ("actionlint", "github.ref ", "github.reff ", '"reff" is not defined'),
        ("zizmor", 'echo "$HOME"', TITLE, "template-injection"),
        ("zizmor", "permissions: {}", "permissions: write-all", "excessive-permissions"),
        ("zizmor", 'run: echo "$HOME"', "uses: actions/checkout@v6", "unpinned-uses"),
        ("zizmor", "  pull_request:", "  pull_request_target:", "dangerous-triggers"),
    ],
)
def test_a_fault_is_found_where_it_is(
    check: str, sound: str, fault: str, said: str, tmp_path: Path
) -> None:
    done = lint(CHECKS[check], repository(tmp_path, planted(sound, fault)))
    assert done.returncode != 0
    assert said in done.stdout and f"one.yml:{line_of(sound)}:" in done.stdout, done.stdout


def test_a_key_that_is_not_in_the_schema_is_found(tmp_path: Path) -> None:
    workflow = planted("timeout-minutes: 6", "timeout: 6")
    done = lint(CHECKS["schema"], repository(tmp_path, workflow))
    assert done.returncode == 1 and "'timeout' was unexpected" in done.stdout, done.stdout


@pytest.mark.parametrize(
    ("sound", "fault", "column", "said"),
    [
        ("needs: first", "needs: third", 12, "Job 'second' depends on unknown job 'third'."),
        ("  pull_request:", "  pull_requests:", 3, "Unexpected value 'pull_requests'"),
        ("timeout-minutes: 6", "timeout: 6", 5, "Unexpected value 'timeout'"),
        ("github.ref ", "git.ref ", 16, "Unrecognized named-value: 'git'"),
        ('echo "$PWD"', "{echo: 1}", 14, "A mapping was not expected"),
        ("name: First", "name: First: x", 11, "Nested mappings are not allowed"),
    ],
)
def test_githubs_parser_finds_a_fault_where_it_is(
    sound: str, fault: str, column: int, said: str, tmp_path: Path
) -> None:
    done = lint(CHECKS["parser"], repository(tmp_path, planted(sound, fault)))
    where = f".github/workflows/one.yml:{line_of(sound)}:{column}"
    assert done.returncode == 1
    assert f"{where}: {said}" in done.stdout, done.stdout + done.stderr


def test_githubs_parser_reads_actions_as_actions(tmp_path: Path) -> None:
    path = tmp_path / "action.yml"
    path.write_text(COMPOSITE)
    assert lint(f"{READ} action.yml", tmp_path).returncode == 0
    path.write_text(COMPOSITE.replace("      shell: bash\n", ""))
    done = lint(f"{READ} action.yml", tmp_path)
    assert done.returncode == 1
    assert "action.yml:6:7: Required property is missing: shell\n" in done.stdout


def planted(sound: str, fault: str) -> str:
    """The sound workflow with one place of it replaced."""
    assert SOUND.count(sound) == 1
    return SOUND.replace(sound, fault)


def line_of(text: str) -> int:
    """The line of the sound workflow that has a text."""
    return SOUND[: SOUND.index(text)].count("\n") + 1
