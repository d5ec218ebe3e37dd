"""The containers of one deployment of an endpoint.

A variant runs once, however many instances it asks for. Shadow variants do not run.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from reconciler.local import sandbox
from reconciler.local.container import ImageNotRunnable, serving_interpreter
from reconciler.local.failure import JobFailed
from reconciler.local.images import read_images
from reconciler.local.serving.endpoint import Deployment, Variant
from reconciler.local.serving.hosting import Address
from reconciler.local.serving.place import Place
from reconciler.local.serving.worker import START_SECONDS, Worker
from reconciler.local.storage import Storage


@dataclass(frozen=True, slots=True)
class Fleet:
    """All workers of a deployment, by variant and by place in the variant's model."""

    folder: Path
    """Where the files of all containers lie."""
    workers: dict[tuple[str, int], Worker]

    @property
    def is_ready(self) -> bool:
        """Whether all containers passed a health check since they were started."""
        return all(worker.is_ready for worker in self.workers.values())

    @property
    def addresses(self) -> dict[tuple[str, int], Address]:
        """Where the containers answer."""
        return {key: worker.address for key, worker in self.workers.items()}

    @property
    def groups(self) -> list[int]:
        """The process groups of the containers that run."""
        found = (worker.group for worker in self.workers.values())
        return [group for group in found if group is not None]

    def start(self) -> None:
        """Start all containers; raises JobFailed for the first that cannot be started."""
        for worker in self.workers.values():
            worker.start()

    def check(self) -> None:
        """Raise JobFailed with the reason when a container is ill."""
        for worker in self.workers.values():
            worker.check()

    def keep(self) -> None:
        """Start again the containers that are ill."""
        for worker in self.workers.values():
            worker.keep()

    def close(self) -> None:
        """End all processes and close their sockets."""
        for worker in self.workers.values():
            worker.close()

    def remove(self) -> None:
        """End all processes and remove their files; only the logs stay."""
        self.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def assemble(root: Path, folder: Path, deployment: Deployment, storage: Storage) -> Fleet:
    """The workers of a deployment below an endpoint's folder, none of them started.

    Raises JobFailed when an image cannot run here any more.
    """
    workers = {}
    own = folder / str(deployment.number)
    for variant in deployment.variants:
        for index, place in enumerate(_places(root, own, variant)):
            subject = (
                f"The {variant.container_name(index)} container for production variant "
                f"{variant.name}"
            )
            workers[variant.name, index] = Worker(
                place,
                storage,
                log=folder / "logs" / f"{deployment.number}-{variant.name}-{index}.log",
                subject=subject,
                start_seconds=variant.request.get(
                    "ContainerStartupHealthCheckTimeoutInSeconds", START_SECONDS
                ),
            )
    return Fleet(own, workers)


def _places(root: Path, folder: Path, variant: Variant) -> Iterator[Place]:
    images, bwrap = read_images(root), sandbox.find(root)
    for index, definition in enumerate(variant.containers):
        try:
            interpreter = serving_interpreter(definition, images)
        except ImageNotRunnable as refusal:
            raise JobFailed(refusal.message) from refusal
        yield Place(
            folder=folder / f"{variant.name}-{index}",
            definition=definition,
            interpreter=interpreter,
            bwrap=bwrap,
            isolated=bool(variant.model.get("EnableNetworkIsolation")),
        )
