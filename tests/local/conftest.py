"""A local SageMaker to ask: its engine, and real boto3 clients in front of it."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.loaders import create_loader
from botocore.session import Session

from reconciler.local import engine as engine_module
from reconciler.local.attach import attach
from reconciler.local.engine import Engine
from reconciler.local.serve import serve
from reconciler.local.services import training

LOADER = create_loader()
"""Shared, since each loader reads the service models anew."""
ROLE = "arn:aws:iam::000000000000:role/training"


def job_request(name: str = "job-1", **changes: Any) -> dict[str, Any]:
    """A CreateTrainingJob request that runs `true`; None takes a member out."""
    fitting = {
        "TrainingJobName": name,
        "RoleArn": ROLE,
        "AlgorithmSpecification": {
            "TrainingImage": "tools/run:1",
            "TrainingInputMode": "File",
            "ContainerEntrypoint": ["true"],
        },
        "OutputDataConfig": {"S3OutputPath": "s3://bucket/out"},
        "ResourceConfig": {
            "InstanceType": "ml.m5.large",
            "InstanceCount": 1,
            "VolumeSizeInGB": 1,
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
    }
    return {member: value for member, value in (fitting | changes).items() if value is not None}


@dataclass
class Spawned:
    """The jobs for which a supervisor would have been started."""

    names: list[str] = field(default_factory=list)


@pytest.fixture
def new_job() -> Callable[..., dict[str, Any]]:
    """Makes CreateTrainingJob requests."""
    return job_request


@pytest.fixture
def local_root(tmp_path: Path) -> Path:
    """The folder of an engine in which every image is run by this Python."""
    root = tmp_path / "engine"
    root.mkdir()
    (root / "images.json").write_text(json.dumps({"*": sys.executable}))
    return root


@pytest.fixture
def spawned(monkeypatch: pytest.MonkeyPatch) -> Spawned:
    """Lets no supervisor start; jobs then stay as the test leaves them."""
    record = Spawned()

    def note(_root: Path, name: str) -> None:
        record.names.append(name)

    monkeypatch.setattr(training, "spawn", note)
    monkeypatch.setattr(engine_module, "spawn", note)
    return record


@pytest.fixture
def engine(local_root: Path, spawned: Spawned) -> Iterator[Engine]:
    """An engine that runs no jobs."""
    opened = Engine(local_root)
    yield opened
    opened.close()


class Front:
    """Makes boto3 clients that a local SageMaker answers, and other services' clients too."""

    def __init__(self, session: boto3.Session, endpoint: str | None) -> None:
        self._session = session
        self.endpoint = endpoint

    def client(self, service: str, **config: Any) -> Any:
        """A client that tries once; `config` is botocore's."""
        once = Config(retries={"total_max_attempts": 1}).merge(Config(**config))
        return self._session.client(service, endpoint_url=self.endpoint, config=once)


@pytest.fixture(params=["in process", "http"])
def front(request: pytest.FixtureRequest, local_root: Path, spawned: Spawned) -> Iterator[Front]:
    """Each way to a local SageMaker."""
    core = Session()
    core.register_component("data_loader", LOADER)
    core.set_credentials("local", "local")
    session = boto3.Session(botocore_session=core, region_name="us-east-1")
    if request.param == "in process":
        attach(session, local_root)
        yield Front(session, None)
        return
    server = serve(local_root)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Front(session, f"http://127.0.0.1:{server.port}")
    server.close()
    thread.join()
