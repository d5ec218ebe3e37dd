"""What act does not enforce, read from the workflows: triggers, permissions, pins, lanes."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.github.act_runs import ROOT, SHIPPED, STUBS, WORKFLOWS, action, used, workflow

JOBS = [(name, job) for name in SHIPPED for job in workflow(name)["jobs"]]


def job_of(name: str, job: str) -> dict[str, Any]:
    found: dict[str, Any] = workflow(name)["jobs"][job]
    return found


def scripts() -> list[str]:
    steps = [step for name, job in JOBS for step in job_of(name, job)["steps"]]
    return [step["run"] for step in (*steps, *action()["runs"]["steps"]) if "run" in step]


@pytest.mark.parametrize("name", SHIPPED)
def test_a_workflow_grants_nothing_by_itself(name: str) -> None:
    assert workflow(name)["permissions"] == {}


@pytest.mark.parametrize(
    ("name", "job", "granted"),
    [
        ("plan", "validate", {"contents": "read"}),
        ("plan", "plan", {"contents": "read", "id-token": "write"}),
        ("plan", "comment", {"contents": "read", "pull-requests": "write"}),
        (
            "reconcile",
            "apply",
            {"contents": "write", "id-token": "write", "pull-requests": "read"},
        ),
        (
            "reconcile",
            "report",
            {
                "contents": "read",
                "pull-requests": "write",
                "issues": "write",
                "statuses": "write",
            },
        ),
    ],
)
def test_each_job_has_one_power(name: str, job: str, granted: dict[str, str]) -> None:
    assert job_of(name, job)["permissions"] == granted


def test_no_job_is_left_out_of_the_table_above() -> None:
    assert [job for _, job in JOBS] == ["validate", "plan", "comment", "apply", "report"]


@pytest.mark.parametrize(("name", "job"), JOBS)
def test_every_job_ends_by_itself_and_runs_on_a_fixed_system(name: str, job: str) -> None:
    assert 0 < int(job_of(name, job)["timeout-minutes"]) <= 30
    assert job_of(name, job)["runs-on"] == "ubuntu-24.04"


def test_the_required_check_reports_on_every_pull_request_and_in_the_queue() -> None:
    assert workflow("plan")["on"] == {"pull_request": "", "merge_group": ""}
    validate = job_of("plan", "validate")
    assert validate["name"] == "validate" and "if" not in validate and "needs" not in validate
    ruleset = ROOT / "reconciler/cli/templates/github/infrastructure/github/ruleset-main.json"
    assert '{"context": "validate"}' in ruleset.read_text()


def test_plans_are_cancelled_and_writers_never_are() -> None:
    assert workflow("plan")["concurrency"]["cancel-in-progress"] == "true"
    assert "concurrency" not in workflow("reconcile")
    for job in ("apply", "report"):
        lane = job_of("reconcile", job)["concurrency"]
        assert lane["cancel-in-progress"] == "false" and "matrix.environment" in lane["group"]


def test_commits_of_the_lock_start_no_run() -> None:
    push = workflow("reconcile")["on"]["push"]
    assert push["branches"] == ["main"]
    assert {"jobs/**", "environments/**", "runtimes/**"} <= set(push["paths"])
    assert not [path for path in push["paths"] if path.startswith(("locks", "*", "!"))]


def test_the_schedule_is_off_the_hour_and_a_person_or_an_event_can_start_a_run() -> None:
    on = workflow("reconcile")["on"]
    (row,) = on["schedule"]
    assert "0" not in row["cron"].split()[0].split(",")
    assert on["workflow_dispatch"] == ""
    assert set(on) == {"push", "schedule", "workflow_dispatch"}


def test_what_is_applied_is_the_newest_commit_whatever_the_event_says() -> None:
    for job in ("apply", "report"):
        checkout = job_of("reconcile", job)["steps"][0]["with"]
        assert checkout["ref"] == "main" and checkout["fetch-depth"] == "0"


@pytest.mark.parametrize(("name", "job"), JOBS)
def test_no_checkout_leaves_a_token_behind(name: str, job: str) -> None:
    (checkout,) = [s for s in job_of(name, job)["steps"] if "checkout" in s.get("uses", "")]
    assert checkout["with"]["persist-credentials"] == "false"


def test_the_comment_is_written_by_the_code_of_the_base() -> None:
    comment = job_of("plan", "comment")
    assert comment["steps"][0]["with"]["ref"] == "${{ github.event.pull_request.base.sha }}"
    assert "secrets" not in str(workflow("plan"))
    assert "pull_request_target" not in str(workflow("plan"))


def test_nobody_has_to_approve_a_running_lane_and_no_refresh_makes_a_deployment() -> None:
    for name, job in (("plan", "plan"), ("reconcile", "apply")):
        assert job_of(name, job)["environment"]["deployment"] == "false"
    assert job_of("plan", "plan")["environment"]["name"] == "${{ matrix.environment }}-plan"


def test_every_action_is_pinned_by_a_commit_and_says_its_version() -> None:
    text = "".join(p.read_text() for p in (*WORKFLOWS.glob("*.yml"), ROOT / "action.yml"))
    lines = [line for line in text.splitlines() if " uses: " in line and "./" not in line]
    assert lines
    for line in lines:
        assert re.search(r"uses: [\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line), line


def test_one_action_has_one_version_everywhere() -> None:
    assert len({uses.partition("@")[0] for uses in used()}) == len(used())
    assert {uses.partition("@")[0].partition("/")[2] for uses in used()} == {
        folder.name for folder in STUBS.iterdir()
    }


def test_no_script_holds_an_expression() -> None:
    assert len(scripts()) == 2
    assert not [script for script in scripts() if "${{" in script]


def test_the_scripts_are_sound_bash() -> None:
    for script in scripts():
        assert subprocess.run(["bash", "-n"], input=script, text=True, check=False).returncode == 0


def test_a_wait_for_training_is_never_asked_for() -> None:
    assert "--no-wait" in scripts()[-1] and "--wait" not in scripts()[-1].replace("--no-wait", "")


@pytest.mark.parametrize(
    "words",
    [
        ("zizmor", "--offline", "--persona=auditor", "--no-progress", "."),
        *(
            ("check-jsonschema", "--builtin-schema", f"vendor.github-{schema}", *files)
            for schema, files in (
                ("workflows", [f".github/workflows/{name}.yml" for name in SHIPPED]),
                ("actions", ["action.yml"]),
            )
        ),
    ],
    ids=["zizmor", "workflows", "action"],
)
def test_the_linters_find_nothing(words: tuple[str, ...]) -> None:
    beside = Path(sys.executable).with_name(words[0])
    found = str(beside) if beside.exists() else shutil.which(words[0])
    if found is None:
        pytest.skip(f"{words[0]} is not installed")
    done = subprocess.run(
        [found, *words[1:]], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
