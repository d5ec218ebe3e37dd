"""What act does not enforce, read from the workflows: triggers, permissions, pins, lanes."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.github.act_runs import (
    ROOT,
    SHIPPED,
    STUBS,
    WORKFLOWS,
    action,
    used,
    workflow,
    write_repository,
)

ALL = sorted(path.stem for path in WORKFLOWS.iterdir())
JOBS = [(name, job) for name in ALL for job in workflow(name)["jobs"]]
GRANTED = {
    ("ci", "night"): {"contents": "read"},
    ("ci", "check"): {"contents": "read"},
    ("ci", "workflows"): {"contents": "read"},
    ("plan", "validate"): {"contents": "read"},
    ("plan", "plan"): {"contents": "read", "id-token": "write"},
    ("plan", "comment"): {"contents": "read", "pull-requests": "write"},
    ("reconcile", "apply"): {"contents": "write", "id-token": "write", "pull-requests": "read"},
    ("reconcile", "report"): {
        "contents": "read",
        "pull-requests": "write",
        "issues": "write",
        "statuses": "write",
    },
}
GRANTED |= {
    **{(f"reusable-{name}", job): may for (name, job), may in GRANTED.items() if name in SHIPPED},
    ("reusable-plan", "comment"): {"pull-requests": "write"},
}


def job_of(name: str, job: str) -> dict[str, Any]:
    found: dict[str, Any] = workflow(name)["jobs"][job]
    return found


def scripts() -> list[str]:
    steps = [step for name, job in JOBS for step in job_of(name, job)["steps"]]
    return [step["run"] for step in (*steps, *action()["runs"]["steps"]) if "run" in step]


@pytest.mark.parametrize("name", ALL)
def test_a_workflow_grants_nothing_by_itself(name: str) -> None:
    assert workflow(name)["permissions"] == {}


def test_each_job_has_one_power() -> None:
    assert {key: job_of(*key)["permissions"] for key in JOBS} == GRANTED


@pytest.mark.parametrize(("name", "job"), JOBS)
def test_every_job_ends_by_itself_and_runs_on_a_fixed_system(name: str, job: str) -> None:
    longest = 180 if job == "night" else 30
    assert 0 < int(job_of(name, job)["timeout-minutes"]) <= longest
    assert job_of(name, job)["runs-on"] == "ubuntu-24.04"


def test_the_required_check_reports_on_every_pull_request_and_in_the_queue(tmp_path: Path) -> None:
    assert workflow("plan")["on"] == {"pull_request": "", "merge_group": ""}
    validate = job_of("plan", "validate")
    assert validate["name"] == "validate" and "if" not in validate and "needs" not in validate
    ruleset = write_repository(tmp_path) / "infrastructure/github/ruleset-main.json"
    assert '{"context": "validate", ' in ruleset.read_text()


def test_ci_runs_on_every_change_and_its_campaigns_at_night_only() -> None:
    on = workflow("ci")["on"]
    assert on.pop("schedule")
    assert on == {"push": {"branches": ["main"]}, "pull_request": "", "merge_group": ""}
    assert job_of("ci", "night")["if"] == "github.event_name == 'schedule'"
    assert not [job for job in ("check", "workflows") if "if" in job_of("ci", job)]


def test_plans_are_cancelled_and_writers_never_are() -> None:
    assert workflow("plan")["concurrency"] == {
        "group": "plan-${{ github.event.pull_request.number || github.ref }}",
        "cancel-in-progress": "true",
    }
    assert not [job for job in workflow("plan")["jobs"].values() if "concurrency" in job]
    assert "concurrency" not in workflow("reconcile")
    for job, lane in (("apply", "reconcile"), ("report", "report")):
        assert job_of("reconcile", job)["concurrency"] == {
            "group": f"{lane}-${{{{ matrix.environment }}}}",
            "cancel-in-progress": "false",
        }


def test_a_push_at_night_does_not_end_the_campaigns() -> None:
    """Both run on main, so the event tells them apart."""
    group = workflow("ci")["concurrency"]["group"]
    assert group == "ci-${{ github.event_name }}-${{ github.ref }}"


def test_one_environment_that_fails_leaves_the_others_alone() -> None:
    matrices = [job_of(name, job).get("strategy") for name, job in JOBS]
    assert {found["fail-fast"] for found in matrices if found} == {"false"}


def test_commits_of_the_lock_start_no_run() -> None:
    push = workflow("reconcile")["on"]["push"]
    assert push["branches"] == ["main"]
    assert {"jobs/**", "environments/**", "runtimes/**"} <= set(push["paths"])
    assert not [path for path in push["paths"] if path.startswith(("locks", "*", "!"))]


def test_a_change_of_what_a_document_names_starts_a_run() -> None:
    """Code and data of this repository's documents."""
    documents = [yaml.safe_load(path.read_text()) for path in (ROOT / "jobs").rglob("*.yaml")]
    named = [text for document in documents for text in texts(document)]
    folders = {Path(text).parts[0] for text in named if "/" in text and (ROOT / text).exists()}
    assert folders >= {"training", "serving", "data"}
    assert {f"{folder}/**" for folder in folders} <= set(
        workflow("reconcile")["on"]["push"]["paths"]
    )


def texts(value: Any) -> Iterator[str]:
    """Every text in a document."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from texts(part)


@pytest.mark.parametrize("name", ["ci", "reconcile"])
def test_a_schedule_is_off_the_hour(name: str) -> None:
    """GitHub drops most of them on it."""
    (row,) = workflow(name)["on"]["schedule"]
    minutes = row["cron"].split()[0].split(",")
    assert all(0 < int(minute) < 60 for minute in minutes)


def test_a_person_or_an_event_can_start_a_run_and_tells_it_nothing() -> None:
    """Without inputs; no other event starts one."""
    on = workflow("reconcile")["on"]
    assert on["workflow_dispatch"] == ""
    assert set(on) == {"push", "schedule", "workflow_dispatch"}


@pytest.mark.parametrize("name", ["reconcile", "reusable-reconcile"])
def test_a_run_of_another_branch_neither_applies_nor_reports(name: str) -> None:
    """A dispatch names any branch; its refusal by the environment must not be told on main."""
    for job in ("apply", "report"):
        terms = str(job_of(name, job)["if"]).split(" && ")
        assert "github.ref == 'refs/heads/main'" in terms


@pytest.mark.parametrize("name", ["reconcile", "reusable-reconcile"])
def test_only_an_apply_that_ran_to_an_end_is_reported(name: str) -> None:
    """One whose place in the lane was taken is `cancelled`, and is no failure."""
    terms = str(job_of(name, "report")["if"]).split(" && ")
    assert terms[0] == "!cancelled()"
    assert terms[2] == "(needs.apply.result == 'success' || needs.apply.result == 'failure')"
    assert len(terms) == 3


def test_what_is_applied_is_the_newest_commit_whatever_the_event_says() -> None:
    for job in ("apply", "report"):
        checkout = job_of("reconcile", job)["steps"][0]["with"]
        assert checkout["ref"] == "main" and checkout["fetch-depth"] == "0"


@pytest.mark.parametrize(("name", "job"), JOBS)
def test_no_checkout_leaves_a_token_behind(name: str, job: str) -> None:
    steps = [s for s in job_of(name, job)["steps"] if "checkout" in s.get("uses", "")]
    assert len(steps) == ("contents" in GRANTED[name, job])
    assert all(step["with"]["persist-credentials"] == "false" for step in steps)


def test_the_comment_is_written_by_the_code_of_the_base() -> None:
    comment = job_of("plan", "comment")
    assert comment["steps"][0]["with"]["ref"] == "${{ github.event.pull_request.base.sha }}"


def test_the_one_secret_makes_the_token_of_the_app() -> None:
    """The steps after it see the token only, which may do two things."""
    text = "".join(path.read_text() for path in WORKFLOWS.iterdir())
    assert set(re.findall(r"secrets\.\S*|inherit", text)) == {"secrets.RECONCILER_APP_PRIVATE_KEY"}
    for name in ("reconcile", "reusable-reconcile"):
        (app,) = [step for step in job_of(name, "apply")["steps"] if "secrets." in str(step)]
        assert app["with"] == {
            "client-id": "${{ vars.RECONCILER_APP_CLIENT_ID }}",
            "private-key": "${{ secrets.RECONCILER_APP_PRIVATE_KEY }}",
            "permission-contents": "write",
            "permission-pull-requests": "read",
        }


def test_a_job_takes_a_role_only_through_the_environment_that_guards_it() -> None:
    """No refresh makes a deployment."""
    guarded = {key: job_of(*key).get("environment") for key in JOBS}
    looks = {"name": "${{ matrix.environment }}-plan", "deployment": "false"}
    launches = {"name": "${{ matrix.environment }}", "deployment": "false"}
    assert {key: found for key, found in guarded.items() if found} == {
        **dict.fromkeys([("plan", "plan"), ("reusable-plan", "plan")], looks),
        **dict.fromkeys([("reconcile", "apply"), ("reusable-reconcile", "apply")], launches),
    }
    for key, granted in GRANTED.items():
        assert ("id-token" in granted) == bool(guarded[key])


def test_every_action_is_pinned_by_a_commit_and_says_its_version() -> None:
    text = "".join(p.read_text() for p in (*WORKFLOWS.glob("*.yml"), ROOT / "action.yml"))
    ours = ("uses: ./", "uses: $/.")
    lines = [line for line in text.splitlines() if " uses: " in line and not line.endswith(ours)]
    assert lines
    for line in lines:
        assert re.search(r"uses: [\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line), line


def test_one_action_has_one_version_everywhere_and_a_stub_for_act() -> None:
    text = "".join(p.read_text() for p in (*WORKFLOWS.glob("*.yml"), ROOT / "action.yml"))
    pins = set(re.findall(r"uses: ([\w-]+/[\w-]+)@(.*)", text))
    assert len({name for name, _ in pins}) == len(pins)
    assert {uses.partition("@")[0].partition("/")[2] for uses in used()} == {
        folder.name for folder in STUBS.iterdir()
    }


def test_no_script_holds_an_expression() -> None:
    """What others wrote, such as a title, would run as a command."""
    assert len(scripts()) == 6
    assert not [script for script in scripts() if "${{" in script]


def test_the_scripts_are_sound_bash() -> None:
    for script in scripts():
        assert subprocess.run(["bash", "-n"], input=script, text=True, check=False).returncode == 0


def test_a_wait_for_training_is_never_asked_for() -> None:
    assert "--no-wait" in scripts()[-1] and "--wait" not in scripts()[-1].replace("--no-wait", "")
