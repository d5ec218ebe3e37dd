"""The local engine, plugged in: the one place that knows `reconciler.local`.

The engine answers below boto3, at botocore's `before-send`: everything above speaks to it as it
speaks to AWS. With AWS_ENDPOINT_URL set, no hook is installed and requests really go there.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconciler.core.environment import LOCAL_ACCOUNT, Environment
from reconciler.errors import ReconcilerError

if TYPE_CHECKING:
    from reconciler.local.job import Job
    from reconciler.local.serving.endpoint import Endpoint
    from reconciler.local.serving.hosting import Resource
    from reconciler.local.storage import Storage
    from reconciler.local.store.objects import ObjectInfo

_ENDPOINT = "AWS_ENDPOINT_URL"


def engine_root(repository: Path) -> Path:
    """Where the engine of a repository keeps its state; git ignores it."""
    return repository / ".reconciler" / "local"


def redirected() -> bool:
    """Whether the user sends AWS requests to an endpoint of their own."""
    return any(name.startswith(_ENDPOINT) and value for name, value in os.environ.items())


def local_session(repository: Path, environment: Environment) -> Any:
    """A boto3 session whose requests the engine answers in this process."""
    from reconciler.adapters.aws_clients import fixed_session

    session = fixed_session(environment.aws_region)
    if not redirected():
        from reconciler.local.attach import attach

        root = prepared_root(repository, environment)
        attach(session, root, account_id=LOCAL_ACCOUNT, region=environment.aws_region)
    return session


def prepared_root(repository: Path, environment: Environment) -> Path:
    """The engine's folder, with the images that the environment maps to interpreters."""
    from reconciler.local.layout import images_file

    root = engine_root(repository)
    root.mkdir(parents=True, exist_ok=True)
    text = json.dumps(environment.images or {}, indent=2, sort_keys=True) + "\n"
    images = images_file(root)
    if not images.exists() or images.read_text() != text:
        staging = images.with_name(f"{images.name}.{os.getpid()}.new")
        staging.write_text(text)
        staging.replace(images)
    return root


def serve(root: Path, *, port: int, region: str, ready: Callable[[int], None]) -> None:
    """Serve the engine over HTTP on this computer until interrupted; `ready` gets the port."""
    from reconciler.local.serve import serve as start

    server = start(root, port=port, region=region)
    try:
        ready(server.port)
        server.serve_forever()
    finally:
        server.close()


@dataclass(frozen=True, slots=True)
class Contents:
    """What an engine holds."""

    launches: int
    """How many jobs it ever accepted."""
    jobs: tuple[Job, ...]
    models: tuple[Resource, ...]
    endpoints: tuple[Endpoint, ...]
    objects: tuple[ObjectInfo, ...]


def contents(root: Path) -> Contents:
    """What an engine holds; nothing is made when there is none."""
    from reconciler.local.serving.hosting import Hosting
    from reconciler.local.state import State
    from reconciler.local.storage import Storage

    if not root.exists():
        return Contents(0, (), (), (), ())
    with closing(State.open(root)) as state, closing(Storage.open(root)) as storage:
        hosting = Hosting(state.database)
        return Contents(
            launches=state.launch_count(),
            jobs=tuple(state.jobs()),
            models=tuple(hosting.resources("model")),
            endpoints=tuple(hosting.endpoints()),
            objects=tuple(_objects(storage)),
        )


def invoke(root: Path, name: str, body: bytes, *, content_type: str, region: str) -> bytes:
    """What an endpoint of the engine answers; raises ReconcilerError when it does not."""
    from reconciler.local.engine import Engine
    from reconciler.local.errors import EngineError, NoAnswer

    params = {"EndpointName": name, "Body": body, "ContentType": content_type}
    with closing(Engine(root, account_id=LOCAL_ACCOUNT, region=region)) as engine:
        try:
            answer: bytes = engine.handle("sagemaker-runtime", "InvokeEndpoint", params)["Body"]
        except (EngineError, NoAnswer) as error:
            raise ReconcilerError(
                f"endpoint {name}: {error}", advice="see what there is: reconciler local ls"
            ) from error
    return answer


def put(root: Path, file: Path, bucket: str, key: str) -> ObjectInfo:
    """Store a file in the engine's S3."""
    from reconciler.local.errors import EngineError
    from reconciler.local.storage import Storage

    with closing(Storage.open(root)) as storage:
        try:
            return storage.upload_file(file, bucket, key)
        except EngineError as error:
            raise ReconcilerError(f"s3://{bucket}/{key}: {error}") from error


def reset(root: Path) -> None:
    """Forget everything, and end the processes of endpoints.

    Raises ReconcilerError while jobs run: they would write into the void.
    """
    from reconciler.local.serving.keeping import stop_all

    moving = [job.name for job in contents(root).jobs if job.status in ("InProgress", "Stopping")]
    if moving:
        raise ReconcilerError(
            f"still running: {', '.join(moving)}",
            advice="wait for them, or stop them: reconciler stop NAME",
        )
    if root.exists():
        stop_all(root)
        # Renamed first: whoever opens the engine meanwhile finds all of it, or nothing.
        gone = root.with_name(f"{root.name}.{os.getpid()}.gone")
        root.rename(gone)
        shutil.rmtree(gone, ignore_errors=True)


def is_state_error(error: Exception) -> bool:
    """Whether the engine said that its folder or its faults cannot be used."""
    from reconciler.local.errors import StateError

    return isinstance(error, StateError)


def _objects(storage: Storage) -> Iterator[ObjectInfo]:
    for bucket in storage.index.buckets():
        start = ""
        while True:
            page = storage.list(bucket.name, start_at=start)
            yield from page.objects
            if page.next_start is None:
                break
            start = page.next_start
