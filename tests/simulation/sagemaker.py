"""SageMaker and S3 as they are, whoever looks: jobs, how they go, and what they leave behind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from reconciler.core.ports import StoredObject
from tests.simulation.documents import ACCOUNT, REGION

STOPPING_SECONDS = 120.0
LATE_ARTIFACT_SECONDS = 300.0
INDEX_SECONDS = 20.0
"""How far Search lags behind Describe."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a job goes when nobody meddles."""

    status: str
    stage: str
    reason: str | None = None
    artifact: str = "there"
    """`there`, `late`, `gone` (the URI points at nothing), `null` (there is no URI)."""
    retryable: bool = False


DONE = Ending("Completed", "Completed")
STOPPED = Ending("Stopped", "Stopped", artifact="null")
FLAKY = (
    Ending("Completed", "Completed", artifact="late"),
    Ending("Completed", "Completed", artifact="gone"),
    Ending("Completed", "Completed", artifact="null"),
    Ending("Failed", "Failed", "AlgorithmError: exit code 1", "null"),
    Ending("Failed", "Failed", "ClientError: no data", "null"),
    Ending("Failed", "Failed", "CapacityError: no instances", "null", retryable=True),
    Ending("Failed", "Failed", "InternalServerError: try again", "null", retryable=True),
    Ending("Stopped", "MaxRuntimeExceeded", artifact="there"),
    Ending("Stopped", "MaxWaitTimeExceeded", artifact="null", retryable=True),
)


@dataclass(slots=True)
class Job:
    """One accepted CreateTrainingJob, or a job of somebody else."""

    name: str
    request: Mapping[str, Any]
    tags: dict[str, str]
    created: float
    order: int
    by: str
    ending: Ending
    seconds: float
    """How long it runs."""
    visible: float
    """Describe knows it from then on."""
    ours: bool = True
    """Whether a reconciler created it."""
    stopped: float | None = None
    """When somebody asked to stop it."""

    @property
    def arn(self) -> str:
        """Its Amazon resource name."""
        return f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:training-job/{self.name}"

    @property
    def uri(self) -> str:
        """Where its artifact belongs."""
        return f"{self.request['OutputDataConfig']['S3OutputPath']}{self.name}/model.tar.gz"

    def ends(self) -> float:
        """When it ends."""
        natural = self.created + self.seconds
        return natural if self.stopped is None else min(natural, self.stopped + STOPPING_SECONDS)

    def final(self) -> Ending:
        """How it ends."""
        cut = self.stopped is not None and self.ends() < self.created + self.seconds
        return STOPPED if cut else self.ending

    def live(self, now: float) -> bool:
        """Whether it still runs."""
        return now < self.ends()

    def status(self, now: float) -> tuple[str, str]:
        """TrainingJobStatus and SecondaryStatus."""
        if not self.live(now):
            return self.final().status, self.final().stage
        if self.stopped is not None:
            return "Stopping", "Stopping"
        age = now - self.created
        stages = ("Starting", "Pending", "Downloading", "Training", "Interrupted", "Training")
        return "InProgress", stages[min(int(age / self.seconds * len(stages)), len(stages) - 1)]

    def describe(self, now: float) -> dict[str, Any]:
        """The answer of DescribeTrainingJob."""
        status, stage = self.status(now)
        answer = {key: value for key, value in self.request.items() if key != "Tags"}
        answer |= {
            "TrainingJobArn": self.arn,
            "TrainingJobStatus": status,
            "SecondaryStatus": stage,
            "CreationTime": self.created,
        }
        if not self.live(now):
            answer |= {"TrainingEndTime": self.ends(), "TrainingTimeInSeconds": int(self.seconds)}
            if self.final().reason:
                answer["FailureReason"] = self.final().reason
            if self.final().artifact != "null":
                answer["ModelArtifacts"] = {"S3ModelArtifacts": self.uri}
        return answer

    def artifact(self, now: float) -> StoredObject | None:
        """What S3 holds of it."""
        delay = {"there": 0.0, "late": LATE_ARTIFACT_SECONDS}.get(self.final().artifact)
        if delay is None or now < self.ends() + delay:
            return None
        return StoredObject(self.uri, size=10, etag=f"etag-{self.order}")


@dataclass(frozen=True, slots=True)
class Arrival:
    """A Create on its way to the service."""

    at: float
    name: str
    params: Mapping[str, Any]
    by: str


@dataclass(slots=True)
class SageMaker:
    """The account."""

    draw: Random
    flaky: float
    lag: float
    shortest: float = 20.0
    longest: float = 600.0
    """Seconds that a job runs."""
    jobs: dict[str, Job] = field(default_factory=dict)
    launches: list[Job] = field(default_factory=list)
    """Every Create of ours that was ever accepted."""
    on_the_way: list[Arrival] = field(default_factory=list)
    image: int = 1
    """What the image tag points at now."""

    def accept(self, arrival: Arrival, now: float, order: int) -> str:
        """Create a job unless its name is taken or its request is invalid: `accepted`, `taken`
        or `refused`."""
        if arrival.name in self.jobs:
            return "taken"
        if arrival.params.get("HyperParameters", {}).get("refused") == "true":
            return "refused"
        flaky = self.draw.random() < self.flaky
        lagging = self.draw.random() < self.lag
        job = Job(
            name=arrival.name,
            request=arrival.params,
            tags={tag["Key"]: tag["Value"] for tag in arrival.params.get("Tags", [])},
            created=now,
            order=order,
            by=arrival.by,
            ending=self.draw.choice(FLAKY) if flaky else DONE,
            seconds=self.draw.uniform(self.shortest, self.longest),
            visible=now + (self.draw.uniform(0, 30) if lagging else 0.0),
        )
        self.jobs[job.name] = job
        self.launches.append(job)
        return "accepted"

    def arrivals(self, now: float) -> Iterator[Arrival]:
        """Creates that arrive by now, oldest first; they are no longer on the way."""
        while self.on_the_way and self.on_the_way[0].at <= now:
            yield self.on_the_way.pop(0)

    def visible(self, name: str, now: float) -> Job | None:
        """What Describe knows under a name."""
        job = self.jobs.get(name)
        return job if job is not None and job.visible <= now else None

    def indexed(self, now: float) -> Iterator[Job]:
        """What Search knows: its index lags behind Describe."""
        return (job for job in self.jobs.values() if job.visible + INDEX_SECONDS <= now)

    def head(self, uri: str, now: float) -> StoredObject | None:
        """What S3 holds under the URI of an artifact."""
        job = next((job for job in self.jobs.values() if job.uri == uri), None)
        return job.artifact(now) if job else None
