"""`apply --push`: the real command in real processes, one bare repository, one local engine."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from reconciler.core.record import State
from tests.support.hosted import Hosted


@pytest.fixture
def hosted(tmp_path: Path) -> Hosted:
    return Hosted(tmp_path)


@pytest.mark.slow
def test_two_at_once_launch_once_and_a_lock_that_was_wiped_comes_back(hosted: Hosted) -> None:
    processes = [hosted.start("apply", "-e", "local", "--push", "git") for _ in range(2)]
    for process in processes:
        _, stderr = process.communicate(timeout=90)
        assert process.returncode == 0, stderr
    assert hosted.checkout.launches() == 1
    states = hosted.states()
    assert states[0] is State.INTENT and states[-1] is State.COMPLETED
    parents = hosted.git("log", "--format=%P", "main").splitlines()
    assert all(len(row.split()) == 1 for row in parents[:-1])
    assert "Plan-Digest: " in hosted.git("log", "--format=%B", "main")
    assert hosted.checkout.git("status", "--porcelain") == ""

    before = hosted.record()
    hosted.checkout.git("pull", "-q", "origin", "main")
    hosted.checkout.git("rm", "-q", "-r", "locks")
    hosted.checkout.git("commit", "-q", "-m", "clean up")
    hosted.checkout.git("push", "-q", "origin", "HEAD:main")
    repaired = hosted.run("apply", "-e", "local", "--push", "git")
    assert repaired.returncode == 1
    assert "repaired" in repaired.stderr
    assert "others had changed the lock; it was put right:" in repaired.stderr
    assert "locks/local/wine.json: removed in" in repaired.stderr
    assert hosted.record() == before
    assert hosted.checkout.launches() == 1

    again = hosted.run("apply", "-e", "local", "--push", "git")
    assert again.returncode == 0, again.stderr
    assert "0 mutating calls" in again.stdout
    assert hosted.git("fsck", "--strict", "--no-dangling") == ""


@pytest.mark.slow
def test_the_newest_commit_of_the_remote_is_applied_whatever_lies_in_the_folder(
    hosted: Hosted,
) -> None:
    hosted.checkout.job("wine", depth=9)
    hosted.checkout.job("beer")
    applied = hosted.run("apply", "-e", "local", RECONCILER_PUSH="git")
    assert applied.returncode == 0, applied.stderr
    (run,) = hosted.record().runs.values()
    assert run.source is not None
    assert run.source["commit"] == hosted.checkout.git("rev-parse", "HEAD")
    assert "dirty" not in run.source or not run.source["dirty"]
    assert hosted.git("ls-tree", "--name-only", "main", "locks/local/") == "locks/local/wine.json"


@pytest.mark.slow
def test_the_branch_of_the_lock_is_what_the_environment_says_at_the_tip(hosted: Hosted) -> None:
    path = hosted.checkout.root / "environments/local.yaml"
    path.write_text(path.read_text() + "lock_branch: locks\n")
    hosted.checkout.commit("a branch for the lock")
    hosted.checkout.git("push", "-q", "origin", "main")
    before = hosted.git("rev-parse", "main")
    hosted.checkout.git("reset", "-q", "--hard", "HEAD~1")
    applied = hosted.run("apply", "-e", "local", "--push", "git")
    assert applied.returncode == 0, applied.stderr
    assert hosted.git("rev-parse", "main") == before
    assert hosted.states("locks")[-1] is State.COMPLETED
    refreshed = hosted.run("refresh", "-e", "local", "--push", "git")
    assert refreshed.returncode == 0, refreshed.stderr


def test_a_branch_that_refuses_means_no_launch_at_all(hosted: Hosted) -> None:
    hook = hosted.bare / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'GH013: Repository rule violations found' >&2\nexit 1\n")
    hook.chmod(0o755)
    refused = hosted.run("apply", "-e", "local", "--push", "git")
    assert refused.returncode == 5
    assert "error[E308]" in refused.stderr and "GH013" in refused.stderr
    assert "bypass list" in refused.stderr and "lock_branch" in refused.stderr
    assert hosted.checkout.launches() == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--push", "github"], "there is no token for GitHub"),
        (["--push", "git", "--branch", "nowhere"], "the remote has no branch nowhere"),
        (["--push", "git", "--branch", "a..b"], "cannot be the name of a branch"),
        (["--branch", "main"], "pass --push too"),
        (["--push", "svn"], "is not one of 'git', 'github'"),
    ],
)
def test_what_cannot_be_pushed_is_told_before_anything_is_done(
    hosted: Hosted, words: list[str], said: str
) -> None:
    refused = hosted.run("apply", "-e", "local", *words)
    assert refused.returncode in (2, 4, 5)
    assert said in refused.stderr and "Traceback" not in refused.stderr
    assert hosted.checkout.launches() == 0


PROD = """\
apiVersion: sagemaker-gitops/v1
kind: Environment
name: prod
account_id: "000000000000"
region: us-east-1
bucket: local-artifacts
role_arn: arn:aws:iam::000000000000:role/ml
"""


@pytest.mark.slow
def test_on_sagemaker_the_lock_has_to_be_pushed(hosted: Hosted) -> None:
    hosted.checkout.write("environments/prod.yaml", PROD)
    document = hosted.checkout.root / "jobs/wine.yaml"
    document.write_text(document.read_text() + "environments: [prod]\n")
    hosted.checkout.commit("for prod")
    hosted.checkout.git("push", "-q", "origin", "main")
    server = hosted.start("local", "serve")
    assert server.stdout is not None
    endpoint = dict(word.split("=", 1) for word in server.stdout.readline().split()[1:])
    try:
        alone = hosted.run("apply", "-e", "prod", "--yes", **endpoint)
        pushed = hosted.run("apply", "-e", "prod", "--yes", "--push", "git", **endpoint)
    finally:
        server.send_signal(signal.SIGINT)
        server.communicate(timeout=30)
    assert alone.returncode == 5 and "--push git (or github)" in alone.stderr
    assert pushed.returncode == 0, pushed.stderr
    assert hosted.git("ls-tree", "--name-only", "main", "locks/prod/") == "locks/prod/wine.json"
    assert hosted.checkout.launches() == 1


def test_a_plan_reads_the_lock_from_its_branch_and_says_when_the_clone_lacks_it(
    hosted: Hosted,
) -> None:
    hosted.checkout.write("environments/prod.yaml", PROD + "lock_branch: locks\n")
    hosted.checkout.commit("for prod")
    lacking = hosted.run("plan", "-e", "prod", "--offline")
    assert lacking.returncode == 0, lacking.stderr
    assert "does not have locks, where the lock is" in lacking.stderr
    hosted.checkout.git("branch", "locks")
    assert "where the lock is" not in hosted.run("plan", "-e", "prod", "--offline").stderr
