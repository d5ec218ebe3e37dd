"""A local SageMaker's folder with a bucket, in which the tests run jobs to their end."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from reconciler.local import layout, sandbox
from reconciler.local.job import Job
from reconciler.local.state import State
from reconciler.local.storage import Storage

BUCKET = "bucket"
PATIENCE = 20.0
HERE = Path(__file__).parents[3]


class Shop:
    """One engine folder: puts objects, accepts jobs, and starts their supervisors."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.state = State.open(root)
        self.storage = Storage.open(root)
        self.supervisors: list[subprocess.Popen[bytes]] = []
        self.environment = dict(os.environ, RECONCILER_LOCAL_GRACE="5")
        (root / "images.json").write_text(f'{{"python": "{sys.executable}"}}')

    def put(self, key: str, body: bytes | str) -> str:
        """Store an object and give its URI."""
        content = body.encode() if isinstance(body, str) else body
        self.storage.put(BUCKET, key, io.BytesIO(content))
        return f"s3://{BUCKET}/{key}"

    def read(self, key: str) -> bytes:
        return self.storage.get(BUCKET, key)

    def keys(self, prefix: str = "") -> list[str]:
        return [found.key for found in self.storage.list(BUCKET, prefix).objects]

    def archive(self, key: str) -> dict[str, bytes]:
        """The files of a tar.gz in S3."""
        with tarfile.open(fileobj=io.BytesIO(self.read(key))) as tar:
            files = {member.name: tar.extractfile(member) for member in tar}
            return {name: file.read() for name, file in files.items() if file is not None}

    def accept(
        self, script: str, *, name: str = "job", program: str = "train.py", **extra: Any
    ) -> None:
        """Accept a job that runs a script; `hyperparameters` and request members are extra."""
        files = {program: script, **extra.pop("files", {})}
        hyperparameters = {
            "sagemaker_program": f'"{program}"',
            "sagemaker_submit_directory": f'"{self.put(f"code/{name}.tar.gz", tar_of(files))}"',
            **extra.pop("hyperparameters", {}),
        }
        request = {
            "TrainingJobName": name,
            "AlgorithmSpecification": {
                "TrainingImage": "python",
                "TrainingInputMode": "File",
                "MetricDefinitions": extra.pop("metrics", []),
            },
            "HyperParameters": hyperparameters,
            "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/out"},
            "ResourceConfig": {
                "InstanceType": "ml.m5.large",
                "InstanceCount": extra.pop("hosts", 1),
            },
            "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
            **extra,
        }
        self.state.create(name, request, arn=f"arn:{name}", tags={})

    def supervise(self, name: str = "job") -> subprocess.Popen[bytes]:
        """Start a supervisor for a job."""
        process = subprocess.Popen(
            [sys.executable, "-m", "reconciler.local.supervisor", str(self.root), name],
            cwd=HERE,
            env=self.environment,
            start_new_session=True,
        )
        self.supervisors.append(process)
        return process

    def finished(self, name: str = "job") -> Job:
        """Run a job to its end."""
        assert self.supervise(name).wait(PATIENCE) == 0
        return self.state.job(name)

    def run(self, script: str, **extra: Any) -> Job:
        """Accept a job and run it to its end."""
        self.accept(script, **extra)
        return self.finished(extra.get("name", "job"))

    def log(self, name: str = "job", host: int = 1) -> str:
        path = layout.logs_folder(self.root, name) / f"algo-{host}.log"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def wait_for(self, condition: Callable[[], object]) -> None:
        """Wait until something is true; fails after a while."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, "it did not come to that"
            time.sleep(0.02)


def tar_of(files: dict[str, str | bytes]) -> bytes:
    """A tar.gz of files; all are executable."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, content in files.items():
            body = content.encode() if isinstance(content, str) else content
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(body), 0o755
            tar.addfile(info, io.BytesIO(body))
    return buffer.getvalue()


def works_here(tmp_path: Path) -> bool:
    return sandbox.find(tmp_path) is not None


@pytest.fixture(params=["bubblewrap", "plain"])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    """An engine folder, once with bubblewrap where it works and once without."""
    if request.param == "bubblewrap" and not works_here(tmp_path):
        pytest.skip("bubblewrap does not work on this machine")
    yield from _open(tmp_path, plain=request.param == "plain")


@pytest.fixture
def plain_shop(tmp_path: Path) -> Iterator[Shop]:
    """An engine folder without bubblewrap, for what does not depend on it."""
    yield from _open(tmp_path, plain=True)


def _open(root: Path, *, plain: bool) -> Iterator[Shop]:
    shop = Shop(root)
    if plain:
        shop.environment["RECONCILER_LOCAL_SANDBOX"] = "none"
    yield shop
    for process in shop.supervisors:
        process.kill()
        process.wait()
    shop.state.close()
    shop.storage.close()
