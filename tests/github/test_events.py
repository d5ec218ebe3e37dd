"""Which jobs run for which event, executed by act; the reconciler only notes how it was called."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.fake_remote import Host
from tests.github.act_runs import ROOT, Runner, jobs_of
from tests.github.events import event, pull_request_event, reconcile_event

pytestmark = pytest.mark.usefixtures("_needs_act")

NOTE = """\
#!/bin/sh
echo "$GITHUB_JOB: $* env=$RECONCILER_ENVIRONMENT push=$RECONCILER_PUSH" >> "$STUB_NOTES"
echo "$GITHUB_JOB token $GITHUB_TOKEN" >> "$STUB_NOTES"
for word in "$@"; do case $word in */reconciler) echo plan > "$word/plan.json";; esac; done
exit ${STUB_STATUS:-0}
"""
HOSTILE = "$(touch hacked) `touch hacked` ${{ github.token }}\"; touch hacked; echo '"


def pull_request(action: str = "opened", *, fork: bool = False) -> dict[str, Any]:
    """The event of a pull request by somebody hostile."""
    words = {"title": HOSTILE, "body": HOSTILE}
    places = {"head": "5" * 40, "branch": HOSTILE, "base": "main"}
    return pull_request_event(action, 7, **places, fork=fork, **words)


@pytest.fixture
def host(tmp_path: Path) -> Host:
    host = Host.create(tmp_path / "host")
    host.commit({"action.yml": (ROOT / "action.yml").read_text()}, "the action")
    return host


def run(host: Host, workflow: str, event: str, body: dict[str, Any], **more: Any) -> tuple[
    subprocess.CompletedProcess[str], str
]:  # fmt: skip
    settings = {
        "RECONCILER_ENVIRONMENTS": '["dev","prod"]',
        "AWS_ROLE_ARN": "arn:aws:iam::1:role/r",
        "AWS_REGION": "eu-west-1",
        **more.pop("settings", {}),
    }
    runner = Runner.create(
        host.folder / "runner", host.bare, {"reconciler": NOTE}, settings=settings, **more
    )
    done = runner.run(workflow, event, body, host.history()[-1])
    assert not list((host.folder / "runner").rglob("hacked"))
    notes = runner.folder / "notes"
    return done, notes.read_text() if notes.exists() else ""


@pytest.mark.parametrize("action", ["opened", "synchronize"])
def test_a_pull_request_of_this_repository_is_validated_planned_and_commented(
    host: Host, action: str
) -> None:
    done, notes = run(host, "plan", "pull_request", pull_request(action))
    assert done.returncode == 0, done.stdout
    assert set(jobs_of(done)) == {
        *("validate", "plan dev", "plan prod", "comment dev", "comment prod"),
    }
    assert "validate: validate -o github env= push=github" in notes
    assert "plan takes arn:aws:iam::1:role/r" in notes
    assert "comment takes" not in notes and "validate takes" not in notes
    assert f"comment: github comment 7 --plan {host.folder}" in notes
    assert f"--head {'5' * 40} env=prod" in notes


def test_a_pull_request_of_a_fork_is_validated_and_nothing_else(host: Host) -> None:
    done, notes = run(host, "plan", "pull_request", pull_request(fork=True))
    assert done.returncode == 0, done.stdout
    assert set(jobs_of(done)) == {"validate"}
    assert "takes" not in notes and "plan" not in notes and "comment" not in notes


def test_a_plan_that_fails_is_still_told_and_the_run_is_red(host: Host) -> None:
    failing = NOTE.replace("exit ${STUB_STATUS:-0}", 'case "$1" in plan) exit 1;; esac')
    runner = Runner.create(
        host.folder / "runner",
        host.bare,
        {"reconciler": failing},
        settings={"RECONCILER_ENVIRONMENTS": '["prod"]', "AWS_ROLE_ARN": "r", "AWS_REGION": "x"},
    )
    done = runner.run("plan", "pull_request", pull_request(), host.history()[-1])
    assert done.returncode == 1
    assert jobs_of(done) == {"validate": "succeeded", "plan prod": "failed",
                             "comment prod": "succeeded"}  # fmt: skip


def test_a_mistake_in_a_document_stops_everything_behind_it(host: Host) -> None:
    done, notes = run(host, "plan", "pull_request", pull_request(), variables={"STUB_STATUS": "1"})
    assert done.returncode == 1 and jobs_of(done) == {"validate": "failed"}
    assert "comment" not in notes


def test_the_merge_queue_gets_its_check_and_no_comment(host: Host) -> None:
    queued = {"head_sha": "5" * 40, "base_sha": "4" * 40, "base_ref": "refs/heads/main"}
    group = event("merge_group", merge_group=queued)
    done, _ = run(host, "plan", "merge_group", group)
    assert done.returncode == 0, done.stdout
    assert set(jobs_of(done)) == {"validate", "plan dev", "plan prod"}


def test_a_repository_without_environments_on_aws_is_validated_only(host: Host) -> None:
    settings = {"RECONCILER_ENVIRONMENTS": ""}
    done, _ = run(host, "plan", "pull_request", pull_request(), settings=settings)
    assert done.returncode == 0, done.stdout
    assert set(jobs_of(done)) == {"validate"}


@pytest.mark.parametrize("name", ["push", "schedule", "workflow_dispatch"])
def test_whatever_starts_it_a_reconcile_does_the_same(host: Host, name: str) -> None:
    body = reconcile_event(name, host.history()[-1])
    done, notes = run(host, "reconcile", name, body)
    assert done.returncode == 0, done.stdout
    assert set(jobs_of(done)) == {"apply dev", "apply prod", "report dev", "report prod"}
    assert "apply: apply --yes --no-wait --report" in notes
    assert "--approved from-pr env=prod push=github" in notes
    assert "report: github report --report" in notes
    assert "apply token ghs_t0k3n" in notes


@pytest.mark.parametrize("calling", [False, True], ids=["copied", "called"])
@pytest.mark.parametrize("ref", ["refs/heads/feature", "refs/tags/main"])
def test_a_dispatch_of_anything_but_main_does_nothing(host: Host, ref: str, calling: bool) -> None:
    """The environment would refuse it, and that is no failure of main."""
    body = event("workflow_dispatch", ref=ref, inputs=None)
    done, notes = run(host, "reconcile", "workflow_dispatch", body, calling=calling)
    assert done.returncode == 0, done.stdout
    assert jobs_of(done) == {} and notes == ""


def test_an_app_writes_the_lock_where_there_is_one_and_never_the_comments(host: Host) -> None:
    body = reconcile_event("push", host.history()[-1])
    done, notes = run(
        host,
        "reconcile",
        "push",
        body,
        settings={"RECONCILER_APP_CLIENT_ID": "Iv1"},
        variables={"STUB_APP_TOKEN": "ghs_app"},
        secrets={"RECONCILER_APP_PRIVATE_KEY": "key"},
    )
    assert done.returncode == 0, done.stdout
    assert "apply token ghs_app" in notes and "report token ghs_t0k3n" in notes
    assert "app has a key" in notes


def test_an_apply_that_fails_is_told_too(host: Host) -> None:
    failing = NOTE.replace("exit ${STUB_STATUS:-0}", 'case "$1" in apply) exit 5;; esac')
    runner = Runner.create(
        host.folder / "runner",
        host.bare,
        {"reconciler": failing},
        settings={"RECONCILER_ENVIRONMENTS": '["prod"]', "AWS_ROLE_ARN": "r", "AWS_REGION": "x"},
    )
    tip = host.history()[-1]
    done = runner.run("reconcile", "push", reconcile_event("push", tip), tip)
    assert done.returncode == 1
    assert jobs_of(done) == {"apply prod": "failed", "report prod": "succeeded"}
