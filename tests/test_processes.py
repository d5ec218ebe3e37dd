"""The real command in real processes: killed, beside each other, and over HTTP."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.core.record import State
from tests.support.checkout import Checkout

RECONCILER = (sys.executable, "-m", "reconciler")
JOBS = ("wine", "beer", "tea")


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    made = Checkout.create(tmp_path / "repository")
    for depth, name in enumerate(JOBS):
        made.job(name, depth=depth)
    made.commit()
    return made


def start(checkout: Checkout, *words: str, **env: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*RECONCILER, *words],
        cwd=checkout.root,
        env=os.environ | env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(checkout: Checkout, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    process = start(checkout, *words, **env)
    stdout, stderr = process.communicate(timeout=90)
    return subprocess.CompletedProcess(words, process.returncode, stdout, stderr)


def all_completed(checkout: Checkout) -> bool:
    runs = [run for name in JOBS for run in checkout.record(name).runs.values()]
    return len(runs) == len(JOBS) and all(r.state is State.COMPLETED and r.artifact for r in runs)


@pytest.mark.parametrize("seed", range(4))  # more: test_races.py
def test_killed_at_any_moment_the_next_apply_finishes_and_nothing_is_launched_twice(
    checkout: Checkout, seed: int
) -> None:
    moments = random.Random(seed)
    for _ in range(3):
        process = start(checkout, "apply", "-e", "local")
        time.sleep(moments.uniform(0.2, 1.6))
        process.kill()
        process.communicate()
    done = run(checkout, "apply", "-e", "local")
    assert done.returncode == 0, done.stderr
    assert all_completed(checkout)
    assert checkout.launches() == len(JOBS)


def test_several_at_once_launch_each_job_once(checkout: Checkout) -> None:
    processes = [start(checkout, "apply", "-e", "local") for _ in range(4)]
    for process in processes:
        _, stderr = process.communicate(timeout=90)
        assert process.returncode == 0, stderr
    assert all_completed(checkout)
    assert checkout.launches() == len(JOBS)


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_ends_it_soon_and_the_jobs_go_on(checkout: Checkout, name: str) -> None:
    checkout.write(
        "training/train.py",
        "import os, time\ntime.sleep(4)\n"
        "open(os.path.join(os.environ['SM_MODEL_DIR'], 'm'), 'w').close()\n",
    )
    process = start(checkout, "apply", "-e", "local")
    assert process.stderr is not None
    for line in process.stderr:
        if "recorded" in line:
            break
    sent = time.monotonic()
    process.send_signal(getattr(signal, name))
    process.communicate(timeout=30)
    assert time.monotonic() - sent < 5
    assert process.returncode == 130
    assert checkout.record("wine").last_run()[1].state is State.LAUNCHED  # type: ignore[index]
    assert run(checkout, "apply", "-e", "local").returncode == 0
    assert all_completed(checkout)
    assert checkout.launches() == len(JOBS)


@pytest.fixture
def endpoint(checkout: Checkout) -> Iterator[str]:
    """`reconciler local serve` of the checkout's engine, in a process of its own."""
    server = start(checkout, "local", "serve")
    assert server.stdout is not None
    found = None
    for line in server.stdout:
        found = re.search(r"http://127\.0\.0\.1:\d+", line)
        if found:
            break
    assert found is not None, server.stderr.read() if server.stderr else ""
    yield found[0]
    server.terminate()
    server.communicate(timeout=30)


def test_over_http_plan_and_apply_are_the_same(checkout: Checkout, endpoint: str) -> None:
    here = json.loads(run(checkout, "plan", "-e", "local", "-o", "json").stdout)
    over = run(checkout, "plan", "-e", "local", "-o", "json", AWS_ENDPOINT_URL=endpoint)
    assert json.loads(over.stdout) == here
    done = run(checkout, "apply", "-e", "local", AWS_ENDPOINT_URL=endpoint)
    assert done.returncode == 0, done.stderr
    assert all_completed(checkout)
    again = run(checkout, "apply", "-e", "local")
    assert "0 mutating calls" in again.stdout
    assert checkout.launches() == len(JOBS)


@pytest.mark.skipif(shutil.which("aws") is None, reason="the aws command is not installed")
def test_the_aws_command_lists_the_jobs(checkout: Checkout, endpoint: str) -> None:
    assert run(checkout, "apply", "-e", "local").returncode == 0
    listed = subprocess.run(
        ["aws", "sagemaker", "list-training-jobs", "--endpoint-url", endpoint,
         "--region", "us-east-1", "--output", "json"],
        env=os.environ | {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"},
        capture_output=True,
        text=True,
        check=True,
    )  # fmt: skip
    summaries = json.loads(listed.stdout)["TrainingJobSummaries"]
    assert sorted(s["TrainingJobName"].rsplit("-", 1)[0] for s in summaries) == sorted(JOBS)
    assert {s["TrainingJobStatus"] for s in summaries} == {"Completed"}
