"""The whole way, from pull request to record: act, the reconciler, a fake GitHub, an engine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.core.record import Record, State
from tests.adapters.fake_remote import Host
from tests.github.act_runs import ROOT, Runner, jobs_of
from tests.github.events import reconcile_event
from tests.github.fake_host import FakeHost
from tests.support.checkout import Checkout
from tests.support.serving import INFERENCE

pytestmark = [pytest.mark.usefixtures("_needs_act"), pytest.mark.nightly]

PROD = """\
apiVersion: sagemaker-gitops/v1
kind: Environment
name: prod
account_id: "000000000000"
region: us-east-1
bucket: local-artifacts
role_arn: arn:aws:iam::000000000000:role/ml
repository: github.com/acme/ml
prices: {ml.m5.large: 0.128}
"""
JOB = """\
apiVersion: sagemaker-gitops/v1
kind: TrainingJob
name: NAME
version: 1
environments: [prod]
script: {framework: sklearn, framework_version: 1.2-1, python_version: py3,
         source_dir: training, entry_script: train.py}
hyperparameters: {depth: DEPTH}
compute: {instance_type: ml.m5.large, instance_count: 1}
stopping_condition: {max_runtime: 1h}
metrics: {depth: 'depth=([0-9]+)'}
"""
MODEL = """\
apiVersion: sagemaker-gitops/v1
kind: Model
name: wine-model
environments: [prod]
artifact: {job: wine}
container: {framework: sklearn, framework_version: 1.2-1, source_dir: serving,
            entry_script: inference.py}
"""
MARK = "<!-- reconciler:plan:prod -->"


def job(name: str, depth: int = 3) -> dict[str, str | None]:
    return {f"jobs/{name}.yaml": JOB.replace("NAME", name).replace("DEPTH", str(depth))}


def shown(markdown: str) -> str:
    """A comment with its escapes taken away."""
    return markdown.replace("\\", "").replace("&#36;", "$")


class Hosted:
    """A repository on the fake GitHub, people, a runner, and SageMaker as the engine plays it."""

    def __init__(self, folder: Path, engine: Checkout, endpoint: dict[str, str]) -> None:
        self.host = Host.create(folder / "host")
        self.engine = engine
        self.github = FakeHost(self.host.bare)
        first = {
            "environments/prod.yaml": PROD,
            "action.yml": (ROOT / "action.yml").read_text(),
            "training/train.py": (engine.root / "training/train.py").read_text(),
            "serving/inference.py": INFERENCE,
            "jobs/churn.yaml": None,
        }
        self.host.commit(first, "set up")
        command = f'#!/bin/sh\nexec "{sys.executable}" -P -m reconciler "$@"\n'
        self.runner = Runner.create(
            folder / "runner",
            self.host.bare,
            {"reconciler": command},
            settings={
                "RECONCILER_ENVIRONMENTS": '["prod"]',
                "AWS_ROLE_ARN": "arn:aws:iam::000000000000:role/ci",
                "AWS_REGION": "us-east-1",
            },
            variables={
                **self.github.variables,
                **endpoint,
                "PYTHONPATH": os.fspath(ROOT),
                "GITHUB_RUN_ID": "42",
            },
        )

    def propose(self, number: int, files: dict[str, str | None], *, fork: bool = False) -> str:
        """Open a pull request or push to it again, and let the workflow of the plan run."""
        branch = f"change-{number}"
        self.host.git("fetch", "--quiet", "origin", at=self.host.ada)
        self.host.git("checkout", "--quiet", "-B", "main", "origin/main", at=self.host.ada)
        head = self.host.commit(files, f"change {number}", branch=branch)
        event = self.github.propose(number, head, fork=fork)
        merge = self.github.git("rev-parse", f"refs/pull/{number}/merge")
        done = self.runner.run("plan", "pull_request", event, merge)
        assert done.returncode == 0, done.stdout
        return ", ".join(jobs_of(done))

    def merge(self, number: int, files: dict[str, str | None]) -> subprocess.CompletedProcess[str]:
        """Squash a pull request, and let the push start a reconcile."""
        commit = self.host.commit(files, f"change {number} (#{number})")
        return self.reconcile("push", self.github.merged(number, commit))

    def reconcile(
        self, event: str = "workflow_dispatch", payload: dict[str, object] | None = None
    ) -> subprocess.CompletedProcess[str]:
        tip = self.host.history()[-1]
        return self.runner.run("reconcile", event, payload or reconcile_event(event, tip), tip)

    def until(self, state: State, name: str) -> Record:
        """Dispatch as the event of SageMaker does, until a job's record says so."""
        for _ in range(20):
            done = self.reconcile()
            assert done.returncode == 0, done.stdout
            record = self.host.record(name)
            if record.last_run()[1].state is state:  # type: ignore[index]
                return record
            time.sleep(0.5)
        raise AssertionError(record)

    def launches(self) -> int:
        return self.engine.launches()


@pytest.fixture
def hosted(tmp_path: Path) -> Iterator[Hosted]:
    engine = Checkout.create(tmp_path / "engine")
    engine.commit()
    server = subprocess.Popen(
        [sys.executable, "-m", "reconciler", "local", "serve"],
        cwd=engine.root,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    endpoint = dict(word.split("=", 1) for word in server.stdout.readline().split()[1:])
    hosted = Hosted(tmp_path, engine, endpoint)
    yield hosted
    server.send_signal(signal.SIGINT)
    server.communicate(timeout=30)
    hosted.github.close()


def test_from_pull_request_to_record(hosted: Hosted) -> None:
    github, host = hosted.github, hosted.host

    assert hosted.propose(7, job("wine")) == "validate, plan prod, comment prod"
    (first,) = github.said_on(7)
    assert first.startswith(MARK) and "1 launch" in first and "at most $0.13" in first

    hosted.propose(7, job("wine", depth=5))
    (second,) = github.said_on(7)
    assert second != first and second.startswith(MARK)

    assert hosted.propose(8, job("spam"), fork=True) == "validate"
    assert github.said_on(8) == [] and hosted.launches() == 0

    hosted.propose(9, job("beer"))
    assert "beer" in github.said_on(9)[0] and "wine" not in github.said_on(9)[0]

    done = hosted.merge(7, job("wine", depth=5))
    assert done.returncode == 0, done.stdout
    assert hosted.launches() == 1
    subjects = host.git("log", "--reverse", "--format=%an: %s", "main").splitlines()[-2:]
    assert [line.partition(" launch")[0] for line in subjects] == [
        "github-actions[bot]: Intend",
        "github-actions[bot]: Record",
    ]
    (outcome,) = github.said_on(7)
    assert outcome.startswith(f"{MARK}\n\n### Outcome for `prod`") and "1 running" in outcome

    record = hosted.until(State.COMPLETED, "wine")
    (run,) = record.runs.values()
    assert run.who == {
        "author": "Ada <ada@acme.example>",
        "commit": host.git("log", "-1", "--format=%H", "--", "jobs/wine.yaml"),
        "pull_request": 7,
        "approvers": ["grace"],
        "merger": "grace",
    }
    assert run.recorded is not None and run.recorded["workflow_run"].endswith("/actions/runs/42")
    (told,) = github.said_on(7)
    assert run.artifact is not None and run.artifact["uri"] in told
    assert "1 completed" in told and "depth 5" in told and "at most $0.13" in shown(told)

    tip, written = host.history()[-1], [c for c in github.calls if "graphql" not in c]
    assert hosted.reconcile("schedule").returncode == 0
    assert host.history()[-1] == tip
    assert [call for call in github.calls if "graphql" not in call] == written

    assert hosted.merge(9, job("beer")).returncode == 0
    hosted.until(State.COMPLETED, "beer")
    assert hosted.launches() == 2 and list(host.lost()) == []
    assert "1 completed" in github.said_on(9)[0] and len(github.comments) == 2
    assert github.statuses[-1]["context"] == "reconciler/prod"
    assert {row["state"] for row in github.statuses} == {"success"}


def test_what_no_pull_request_showed_is_held_and_told(hosted: Hosted) -> None:
    hosted.propose(7, job("wine"))
    hosted.host.commit({"environments/prod.yaml": PROD.replace("0.128", "0.256")}, "prices")
    hosted.host.commit(job("cider"), "straight to main")
    done = hosted.merge(7, job("wine"))
    assert done.returncode == 1 and jobs_of(done)["report prod"] == "succeeded"
    assert hosted.launches() == 0
    assert "no approved plan showed this launch" in done.stdout
    (told,) = hosted.github.said_on(7)
    assert "1 held" in told and "E309" in told
    assert "it may cost $0.26 now, $0.13 was approved" in shown(told)
    assert hosted.github.statuses[-1]["state"] == "failure"

    hosted.propose(10, job("beer"))
    done = hosted.merge(10, job("beer", depth=4))
    assert done.returncode == 1 and hosted.launches() == 0
    assert "this launch is not the one that the approved plan showed" in done.stdout

    hosted.propose(11, job("mead"))
    assert hosted.merge(11, job("mead")).returncode == 1
    assert hosted.launches() == 1 and "1 running" in hosted.github.said_on(11)[0]


def test_an_open_pull_request_is_told_when_main_moved_under_it(hosted: Hosted) -> None:
    hosted.propose(7, job("wine"))
    hosted.merge(7, job("wine"))
    deeper = job("wine", depth=5)["jobs/wine.yaml"]
    assert deeper is not None
    hosted.propose(9, {"jobs/wine.yaml": deeper.replace(": 1\n", ": 2\n")})
    (body,) = hosted.github.said_on(9)
    base, head = (hosted.github.pulls[9][side]["sha"][:12] for side in ("base", "head"))
    assert f"Commit `{head}` on top of `{base}` by Ada" in body and " UTC · [workflow run](" in body

    hosted.host.commit({"training/note.txt": "moved"}, "moved")
    hosted.until(State.COMPLETED, "wine")
    (body,) = hosted.github.said_on(9)
    assert "**Outdated.** Since this was planned, `training/note.txt` changed" in body
    assert "Outdated" not in hosted.github.said_on(7)[0]

    again = {"jobs/wine.yaml": deeper.replace(": 1\n", ": 3\n")}
    hosted.propose(9, again)
    assert "Outdated" not in hosted.github.said_on(9)[0]
    assert hosted.merge(9, again).returncode == 0 and hosted.launches() == 2


def test_a_model_follows_its_job_with_the_approval_of_whoever_changed_the_job(
    hosted: Hosted,
) -> None:
    wine = job("wine")
    hosted.propose(7, {**wine, "jobs/wine-model.yaml": MODEL})
    assert "follows" not in hosted.github.said_on(7)[0]
    assert hosted.merge(7, {**wine, "jobs/wine-model.yaml": MODEL}).returncode == 0
    hosted.until(State.COMPLETED, "wine-model")

    deeper = {
        "jobs/wine.yaml": str(job("wine", depth=5)["jobs/wine.yaml"]).replace(": 1\n", ": 2\n")
    }
    hosted.propose(9, deeper)
    assert "follows wine" in shown(hosted.github.said_on(9)[0])
    assert hosted.merge(9, deeper).returncode == 0
    for _ in range(20):
        done = hosted.reconcile()
        assert done.returncode == 0, done.stdout
        models = hosted.host.record("wine-model").runs
        if len(models) == 2:
            break
        time.sleep(0.5)
    artifacts = [run.artifact for run in hosted.host.record("wine").runs.values()]
    sent = {str((run.request or {})["PrimaryContainer"]["ModelDataUrl"]) for run in models.values()}
    assert sent == {artifact["uri"] for artifact in artifacts if artifact}
    assert hosted.launches() == 2


def test_a_branch_that_is_protected_takes_no_lock_and_nothing_is_launched(hosted: Hosted) -> None:
    hosted.propose(7, job("wine"))
    hosted.github.rules["main"] = ["pull_request"]
    done = hosted.merge(7, job("wine"))
    assert done.returncode == 1 and hosted.launches() == 0
    assert "exit status 5" in done.stdout or "exit code 5" in done.stdout, done.stdout[-6000:]
    assert "error[E308]" in done.stdout and "bypass list" in done.stdout
    assert hosted.github.statuses[-1]["state"] == "error"

    hosted.github.tokens["ghs_app"] = "acme-reconciler[bot]"
    hosted.github.bypass.add("acme-reconciler[bot]")
    hosted.runner.settings["RECONCILER_APP_CLIENT_ID"] = "Iv1"  # type: ignore[index]
    hosted.runner.variables["STUB_APP_TOKEN"] = "ghs_app"  # type: ignore[index]
    done = hosted.reconcile()
    assert done.returncode == 0, done.stdout
    assert hosted.launches() == 1
    assert "acme-reconciler[bot]" in hosted.host.git("log", "--format=%an", "main")


def test_a_lock_with_a_branch_of_its_own_leaves_a_protected_main_alone(hosted: Hosted) -> None:
    hosted.host.commit({"environments/prod.yaml": f"{PROD}lock_branch: locks\n"}, "apart")
    hosted.propose(7, job("wine"))
    hosted.github.rules["main"] = ["pull_request"]
    done = hosted.merge(7, job("wine"))
    assert done.returncode == 0, done.stdout
    tip = hosted.host.history()[-1]
    assert hosted.launches() == 1
    assert hosted.host.git("rev-parse", "main") == tip
    assert hosted.host.record("wine", "locks").last_run() is not None
    assert "running" in hosted.github.said_on(7)[0]
