"""A local SageMaker whose endpoints really serve, behind boto3 clients."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import tarfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.loaders import create_loader
from botocore.session import Session

from reconciler.local import sandbox
from reconciler.local.attach import attach
from reconciler.local.serving import keeping
from reconciler.local.serving.hosting import Hosting
from reconciler.local.state import State

LOADER = create_loader()
PATIENCE = 20.0

SCRIPT = """
import json, os

def model_fn(model_dir):
    with open(os.path.join(model_dir, "factor.json")) as file:
        return json.load(file)

def input_fn(body, content_type):
    return json.loads(body)

def predict_fn(numbers, factor):
    return [factor * number for number in numbers]

def output_fn(prediction, accept):
    return json.dumps(prediction), accept
"""
"""Multiplies numbers by the factor that is the model."""


class House:
    """One engine with its clients; everything is made by calls, as a user would."""

    def __init__(self, root: Path) -> None:
        core = Session()
        core.register_component("data_loader", LOADER)
        core.set_credentials("local", "local")
        session = boto3.Session(botocore_session=core, region_name="us-east-1")
        attach(session, root)
        once = Config(retries={"total_max_attempts": 1})
        self.root = root
        self.s3 = session.client("s3", config=once)
        self.sagemaker = session.client("sagemaker", config=once)
        self.runtime = session.client("sagemaker-runtime", config=once)

    def artifact(self, key: str, files: Mapping[str, str]) -> str:
        """Store a tar.gz and give its URI."""
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w:gz") as tar:
            for name, text in files.items():
                content = text.encode()
                info = tarfile.TarInfo(name)
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
        self.s3.put_object(Bucket="bucket", Key=key, Body=packed.getvalue())
        return f"s3://bucket/{key}"

    def model(self, name: str, factor: int = 1, *, script: str = SCRIPT, **members: Any) -> None:
        """Make a model that multiplies by a factor, with its script beside it."""
        files = {"factor.json": json.dumps(factor), "code/inference.py": script}
        container = {"Image": "tools/serve:1", "ModelDataUrl": self.artifact(f"{name}.tgz", files)}
        self.sagemaker.create_model(ModelName=name, PrimaryContainer=container, **members)

    def config(self, name: str, *models: str, weights: tuple[float, ...] = ()) -> None:
        """Make a config with a variant per model, of the model's name."""
        variants = [
            {
                "VariantName": model,
                "ModelName": model,
                "InitialInstanceCount": 1,
                "InstanceType": "ml.m5.large",
                "InitialVariantWeight": dict(enumerate(weights)).get(place, 1.0),
            }
            for place, model in enumerate(models)
        ]
        self.sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=variants)

    def endpoint(self, *models: str, **members: Any) -> dict[str, Any]:
        """Make the endpoint `e` with its config `c`, and wait until it serves or has failed."""
        self.config("c", *models)
        self.sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="c", **members)
        return self.settled()

    def update(self, config: str, **members: Any) -> None:
        self.sagemaker.update_endpoint(EndpointName="e", EndpointConfigName=config, **members)

    def describe(self) -> dict[str, Any]:
        found: dict[str, Any] = self.sagemaker.describe_endpoint(EndpointName="e")
        return found

    def settled(self) -> dict[str, Any]:
        """Wait until nothing moves any more."""
        moving = ("Creating", "Updating", "RollingBack")
        self.wait_for(lambda: self.describe()["EndpointStatus"] not in moving)
        return self.describe()

    def ask(self, numbers: list[int], **members: Any) -> tuple[list[int], str]:
        """The prediction, and the variant that made it."""
        answer = self.runtime.invoke_endpoint(
            EndpointName="e",
            Body=json.dumps(numbers),
            ContentType="application/json",
            **members,
        )
        return json.loads(answer["Body"].read()), answer["InvokedProductionVariant"]

    def groups(self) -> list[int]:
        """The process groups of the containers, as the supervisors note them."""
        notes = self.root.glob("endpoints/*/pids.json")
        return [group for note in notes for group, _ in json.loads(note.read_text())]

    def comes_to_rest(self) -> bool:
        """Whether no container is left, within 10 seconds: the status is told before the last one
        is gone."""
        deadline = time.monotonic() + 10
        while self.groups() and time.monotonic() < deadline:
            time.sleep(0.05)
        return self.groups() == []

    def kill_containers(self) -> int:
        """Kill all containers; says how many there were."""
        groups = self.groups()
        for group in groups:
            os.killpg(group, signal.SIGKILL)
        return len(groups)

    def kill_supervisors(self) -> int:
        """Kill the processes that keep endpoints; says how many there were."""
        pids = self.supervisors()
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return len(pids)

    def supervisors(self) -> list[int]:
        ps = ["ps", "-e", "-ww", "-o", "pid=,args="]
        found = subprocess.run(ps, capture_output=True, text=True, check=True).stdout.splitlines()
        word = f"-m reconciler.local.serving.supervisor {self.root} "
        return [int(line.split()[0]) for line in found if word in line]

    def log(self) -> str:
        """What the containers and the supervisors of all endpoints printed."""
        return "\n".join(log.read_text() for log in self.root.glob("endpoints/*/**/*.log"))

    def wait_for(self, condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, f"it did not come to that: {self.log()}"
            time.sleep(0.02)


@pytest.fixture
def house(local_root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """An engine without a sandbox; no process is left of it afterwards."""
    monkeypatch.setenv("RECONCILER_LOCAL_SANDBOX", "none")
    yield from _opened(local_root)


@pytest.fixture
def sandboxed(local_root: Path) -> Iterator[House]:
    """An engine with a sandbox."""
    if sandbox.find(local_root) is None:
        pytest.skip("bubblewrap does not work on this machine")
    yield from _opened(local_root)


def _opened(root: Path) -> Iterator[House]:
    opened = House(root)
    yield opened
    groups = opened.groups()
    keeping.stop_all(root)
    with closing(State.open(root)) as state:
        assert Hosting(state.database).endpoints() == []
    # The kernel takes a moment to end what is inside a sandbox.
    opened.wait_for(lambda: not [group for group in groups if is_alive(group)])
    opened.wait_for(lambda: not opened.supervisors())


def is_alive(group: int) -> bool:
    """Whether a process group has a process."""
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):  # macOS: a group of zombies may not be asked
        return False
    return True
