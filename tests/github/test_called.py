"""Another repository calls our workflows: what `init --workflows called` writes, and what runs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.adapters.fake_remote import Host
from tests.github.act_runs import ACTION, ROOT, SHIPPED, jobs_of, workflow, write_repository
from tests.github.events import event, reconcile_event
from tests.github.fake_host import FakeHost
from tests.github.test_events import pull_request, run
from tests.github.test_told import CHANGE, MARK, comment, plan_json

PROJECT, _, COMMIT = ACTION.partition("@")
STRENGTH = ["none", "read", "write"]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_repository(tmp_path_factory.mktemp("caller"), "--workflows", "called")


def caller(folder: Path, name: str) -> dict[str, Any]:
    """A workflow of another repository."""
    text = (folder / ".github" / "workflows" / f"{name}.yml").read_text()
    return yaml.load(text, yaml.BaseLoader)  # type: ignore[no-any-return]


def call(folder: Path, name: str) -> dict[str, Any]:
    """Its one job."""
    (job,) = caller(folder, name)["jobs"].values()
    return job  # type: ignore[no-any-return]


def test_what_is_committed_is_what_the_tool_writes() -> None:
    words = [sys.executable, "tools/workflows.py", "--check"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr + "run: python tools/workflows.py"


@pytest.mark.parametrize("name", SHIPPED)
def test_the_called_jobs_are_ours_with_the_action_of_their_own_commit(name: str) -> None:
    """The job that comments checks nothing out: the action of another commit needs no base."""
    ours = json.loads(json.dumps(workflow(name)["jobs"]).replace('"./"', '"$/."'))
    called = workflow(f"reusable-{name}")["jobs"]
    if name == "plan":
        base = ours["comment"]["steps"].pop(0)
        assert base["name"] == "Check out the base"
        del ours["comment"]["permissions"]["contents"]
    assert called == ours
    steps = [step.get("uses", "") for job in called.values() for step in job["steps"]]
    assert "$/." in steps and not [uses for uses in steps if uses.startswith("./")]


@pytest.mark.parametrize("name", SHIPPED)
def test_a_called_workflow_starts_by_a_call_only_and_leaves_the_lane_to_the_caller(
    name: str,
) -> None:
    """A lane of the same name in both would cancel itself. There is nothing to pass but the key of
    an App, which nobody needs to have."""
    called = workflow(f"reusable-{name}")
    assert set(called) == {"name", "on", "permissions", "jobs"} and called["permissions"] == {}
    (given,) = called["on"].values()
    key = {"RECONCILER_APP_PRIVATE_KEY": "false"}
    secrets = {one: about["required"] for one, about in (given or {}).get("secrets", {}).items()}
    assert set(called["on"]) == {"workflow_call"} and set(given or {}) <= {"secrets"}
    assert secrets == (key if name == "reconcile" else {})


@pytest.mark.parametrize("name", SHIPPED)
def test_a_caller_has_our_events_and_lanes_and_names_a_commit(written: Path, name: str) -> None:
    theirs, ours = caller(written, name), workflow(name)
    assert {**theirs, "jobs": ""} == {**ours, "jobs": ""} and theirs["permissions"] == {}
    job = call(written, name)
    assert job["uses"] == f"{PROJECT}/.github/workflows/reusable-{name}.yml@{COMMIT}"
    assert set(job) == {"name", "permissions", "uses"}


@pytest.mark.parametrize("name", SHIPPED)
def test_a_caller_grants_what_the_called_jobs_ask_for_and_no_more(written: Path, name: str) -> None:
    """GitHub starts no job of a workflow that asks for more than its caller has."""
    asked: dict[str, str] = {}
    for job in workflow(f"reusable-{name}")["jobs"].values():
        for what, level in job["permissions"].items():
            asked[what] = max(level, asked.get(what, "none"), key=STRENGTH.index)
    assert call(written, name)["permissions"] == asked


@pytest.mark.parametrize("name", SHIPPED)
def test_secrets_are_handed_on_only_where_an_app_has_a_key(tmp_path: Path, name: str) -> None:
    write_repository(tmp_path, "--workflows", "called", "--app-id", "4711")
    assert call(tmp_path, name).get("secrets") == ("inherit" if name == "reconcile" else None)


def test_the_required_check_has_the_name_that_a_called_job_gets(written: Path) -> None:
    """GitHub puts the name of the calling job before it."""
    ruleset = json.loads((written / "infrastructure/github/ruleset-main.json").read_text())
    (checks,) = [rule for rule in ruleset["rules"] if rule["type"] == "required_status_checks"]
    validate = workflow("reusable-plan")["jobs"]["validate"]["name"]
    assert checks["parameters"]["required_status_checks"] == [
        {"context": f"{call(written, 'plan')['name']} / {validate}", "integration_id": 15368}
    ]
    assert "if" not in call(written, "plan")


def test_a_comment_is_written_without_a_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is made of the plan alone, so the called job needs neither code nor the right to read."""
    host = Host.create(tmp_path / "host")
    api = FakeHost(host.bare)
    api.propose(7, host.history()[-1])
    (tmp_path / "plan.json").write_text(plan_json(changes=[CHANGE]))
    (tmp_path / "comment.md").write_text(f"{MARK}\n\nplan\n")
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    done = comment(api, tmp_path)
    api.close()
    assert done.exit_code == 0 and api.said_on(7)[0].startswith(MARK), done.output


@pytest.fixture
def host(tmp_path: Path) -> Host:
    """A repository that does not hold the action."""
    host = Host.create(tmp_path / "host")
    host.commit({"README.md": "Models of Acme.\n"}, "set up")
    return host


@pytest.mark.usefixtures("_needs_act")
def test_a_pull_request_there_runs_the_called_jobs(host: Host) -> None:
    done, notes = run(host, "plan", "pull_request", pull_request(), calling=True)
    assert done.returncode == 0, done.stdout
    assert set(jobs_of(done)) == {
        *("validate", "plan dev", "plan prod", "comment dev", "comment prod"),
    }
    assert "validate: validate -o github env= push=github" in notes
    assert "plan takes arn:aws:iam::1:role/r" in notes and "comment takes" not in notes
    assert f"--head {'5' * 40} env=prod" in notes


@pytest.mark.usefixtures("_needs_act")
@pytest.mark.parametrize("queue", [False, True], ids=["fork", "merge queue"])
def test_a_fork_and_the_merge_queue_get_there_what_they_get_here(host: Host, queue: bool) -> None:
    """The called jobs see the event of the caller."""
    queued = {"head_sha": "5" * 40, "base_sha": "4" * 40, "base_ref": "refs/heads/main"}
    body = event("merge_group", merge_group=queued) if queue else pull_request(fork=True)
    done, _ = run(host, "plan", "merge_group" if queue else "pull_request", body, calling=True)
    assert done.returncode == 0, done.stdout
    assert set(jobs_of(done)) == {"validate", *(("plan dev", "plan prod") if queue else ())}


@pytest.mark.usefixtures("_needs_act")
def test_a_reconcile_there_has_the_app_of_the_caller(host: Host) -> None:
    done, notes = run(
        host,
        "reconcile",
        "push",
        reconcile_event("push", host.history()[-1]),
        calling=True,
        settings={"RECONCILER_APP_CLIENT_ID": "Iv1"},
        variables={"STUB_APP_TOKEN": "ghs_app"},
        secrets={"RECONCILER_APP_PRIVATE_KEY": "key"},
    )
    assert done.returncode == 0, done.stdout
    assert set(jobs_of(done)) == {"apply dev", "apply prod", "report dev", "report prod"}
    assert "app has a key" in notes and "apply token ghs_app" in notes
    assert "report token ghs_t0k3n" in notes and "--approved from-pr env=prod" in notes
