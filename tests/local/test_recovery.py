"""A kill of any process at any time tears no object and loses no accepted job."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from reconciler.local import engine as engine_module
from reconciler.local.engine import Engine
from reconciler.local.errors import StateError
from reconciler.local.job import Job
from reconciler.local.spawn import is_supervised
from reconciler.local.storage import Storage

PUT_FOR_EVER = """
import hashlib, itertools, sys
from reconciler.local.storage import Storage
storage = Storage.open(sys.argv[1])
for number in itertools.count():
    body = str(number).encode() * 50_000
    digest = hashlib.md5(body).hexdigest()
    storage.put("bucket", "same", body, metadata={"md5": digest})
    storage.put("bucket", f"new/{number}", body, metadata={"md5": digest}, if_none_match=True)
    print(number, flush=True)
"""

DIE_BEFORE_THE_SUPERVISOR = """
import json, os, signal, sys
from reconciler.local.engine import Engine
from reconciler.local.errors import StateError
from reconciler.local.services import training
training.spawn = lambda root, name: os.kill(os.getpid(), signal.SIGKILL)
Engine(sys.argv[1]).handle("sagemaker", "CreateTrainingJob", json.loads(sys.argv[2]))
"""


@pytest.fixture
def runner(local_root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """An engine that runs jobs, and looks after them at once."""
    monkeypatch.setattr(engine_module, "_START_PAUSE", 0.2)
    opened = Engine(local_root)
    yield opened
    opened.close()


def wait(engine: Engine, name: str, until: Callable[[Job], bool], seconds: float = 30) -> Job:
    deadline = time.monotonic() + seconds
    while True:
        job = engine.context.state.job(name)
        if until(job):
            return job
        assert time.monotonic() < deadline, job
        time.sleep(0.02)
        engine.recover()


def kill_supervisors(root: Path, name: str) -> int:
    """Kill the process that runs a job, and one that waits to do so; says how many there were."""
    ps = ["ps", "-e", "-ww", "-o", "pid=,args="]
    found = subprocess.run(ps, capture_output=True, text=True, check=True).stdout.splitlines()
    command = f"-m reconciler.local.supervisor {root} {name}"
    pids = [int(line.split()[0]) for line in found if line.endswith(command)]
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return len(pids)


def test_a_kill_in_the_middle_of_puts_leaves_every_object_whole(tmp_path: Path) -> None:
    acknowledged = -1
    for _ in range(4):
        program = PUT_FOR_EVER.replace("count()", f"count({acknowledged + 1})")
        writer = subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert writer.stdout is not None and writer.stderr is not None
        first = writer.stdout.readline()
        time.sleep(random.uniform(0.0, 0.1))
        writer.send_signal(signal.SIGKILL)
        rest = writer.stdout.read().split()
        # The put after the last acknowledged one may be there: the next writer starts behind it.
        acknowledged = int((rest or [first])[-1]) + 1
        assert "Traceback" not in writer.stderr.read()
        writer.wait()
        storage = Storage.open(tmp_path)
        objects = [storage.head("bucket", "same"), *storage.list("bucket", "new/").objects]
        assert len(objects) > 1
        for info in objects:
            body = storage.get("bucket", info.key)
            assert hashlib.md5(body).hexdigest() == info.etag == info.metadata["md5"]
            assert len(body) == info.size
        keys = {info.key for info in objects}
        assert f"new/{acknowledged - 1}" in keys
        storage.close()


def test_a_job_whose_acceptor_was_killed_before_it_had_a_supervisor_still_runs(
    runner: Engine, local_root: Path, new_job: Callable[..., dict[str, Any]]
) -> None:
    request = json.dumps(new_job())
    killed = subprocess.run(
        [sys.executable, "-c", DIE_BEFORE_THE_SUPERVISOR, str(local_root), request], check=False
    )
    assert killed.returncode == -signal.SIGKILL
    job = wait(runner, "job-1", lambda job: job.is_terminal)
    assert job.status == "Completed"
    assert runner.context.state.launch_count() == 1


def test_a_job_whose_supervisor_was_killed_gets_another_and_ends_once(
    runner: Engine, local_root: Path, new_job: Callable[..., dict[str, Any]]
) -> None:
    algorithm = {
        "TrainingImage": "tools/run:1",
        "TrainingInputMode": "File",
        "ContainerEntrypoint": ["sleep", "0.5"],
    }
    request = new_job(AlgorithmSpecification=algorithm)
    runner.handle("sagemaker", "CreateTrainingJob", request)
    wait(runner, "job-1", lambda job: job.secondary == "Training")
    assert is_supervised(local_root, "job-1")
    assert kill_supervisors(local_root, "job-1") >= 1
    job = wait(runner, "job-1", lambda job: job.is_terminal)
    assert job.status == "Completed"
    assert [stage.status for stage in job.transitions].count("Completed") == 1
    deadline = time.monotonic() + 10
    while is_supervised(local_root, "job-1"):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_living_supervisor_is_left_alone(
    runner: Engine,
    local_root: Path,
    new_job: Callable[..., dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    runner.context.state.create("held", new_job("held"), arn="x", tags={})
    lock = local_root / "jobs" / "held" / "supervisor.lock"
    lock.parent.mkdir(parents=True)
    started: list[str] = []
    monkeypatch.setattr(engine_module, "spawn", lambda _root, name: started.append(name))
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        time.sleep(0.25)
        runner.recover()
        assert started == []
    runner.recover()
    assert started == ["held"]
    runner.recover()
    assert started == ["held"]


def test_a_system_without_file_locks_is_refused_with_what_to_do(
    local_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "fcntl", None)
    with pytest.raises(StateError, match="Linux or macOS"):
        is_supervised(local_root, "job-1")
