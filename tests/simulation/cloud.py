"""The cloud as a process sees it: calls that are throttled, lost, lied about, or answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from reconciler.core.call import Call
from reconciler.core.ports import LogLine, StoredObject
from reconciler.errors import (
    AccessDenied,
    NameTaken,
    NotReady,
    QuotaExceeded,
    Refused,
    ServiceError,
    Throttled,
    Unanswered,
)
from tests.simulation.documents import ACCOUNT, REGION
from tests.simulation.sagemaker import Arrival, Job

if TYPE_CHECKING:
    from tests.simulation.process import Process

LONGEST_WAY = 120.0
"""Seconds after which a Create that got lost has arrived, if it arrives at all."""

_TAKEN = "Training job names must be unique within an AWS account and region"


def pairs(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags as SageMaker gives them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


class SimulatedCloud:
    """`core.ports.Cloud` of one process."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._world = process.world
        self._service = process.world.sagemaker
        self._answers = {
            "DescribeTrainingJob": self._describe,
            "ListTags": self._list_tags,
            "Search": self._search,
            "CreateTrainingJob": self._create,
            "StopTrainingJob": self._stop,
            "UpdateTrainingJob": self._update,
            "AddTags": self._update,
            "DeleteTags": self._update,
        }

    @property
    def mutating_calls(self) -> int:
        """Calls of this process that could change something."""
        return self._process.mutating_calls

    def identity(self) -> tuple[str, str]:
        """The right account."""
        self._process.step("GetCallerIdentity")
        return ACCOUNT, REGION

    def login_ends_within(self, seconds: int) -> bool:
        """Whether the login ends soon."""
        return self._world.happens(self._world.weather.expiring)

    def send(self, call: Call) -> Mapping[str, Any]:
        """Send one call."""
        return self._answers[call.operation](call)

    def put(
        self, uri: str, body: bytes, *, sha256: str, kms_key_id: str | None = None
    ) -> StoredObject:
        """Store an object; its key says what it holds."""
        self._process.step("PutObject")
        self._process.mutating_calls += 1
        return StoredObject(uri, len(body), sha256, sha256=sha256)

    def head(self, uri: str) -> StoredObject | None:
        """The object, if it is there by now."""
        self._read("HeadObject", uri)
        return self._service.head(uri, self._world.now)

    def image_digest(self, image: str) -> str | None:
        """What the tag points at now."""
        self._read("DescribeImages", image)
        return f"sha256:{self._service.image:064x}"

    def log(self, physical_name: str, *, since: int = 0) -> Iterator[LogLine]:
        """Nobody reads logs here."""
        return iter(())

    def _read(self, operation: str, what: str) -> None:
        """A call that changes nothing: a step, then perhaps no answer."""
        weather = self._world.weather
        self._process.step(f"{operation} {what}")
        if self._world.happens(weather.throttled):
            raise self._refused(Throttled, operation, "ThrottlingException")
        if self._world.happens(weather.unanswered):
            raise self._refused(Unanswered, operation, "ReadTimeout")

    def _refused(
        self, kind: type[ServiceError], operation: str, code: str, detail: str = ""
    ) -> ServiceError:
        self._process.note(f"  {operation}: {kind.__name__} {code}")
        return kind(operation, code, detail or code)

    def _describe(self, call: Call) -> Mapping[str, Any]:
        name = call.params["TrainingJobName"]
        self._read(call.operation, name)
        return self._visible(call.operation, name).describe(self._world.now)

    def _visible(self, operation: str, name: str) -> Job:
        job = self._service.visible(name, self._world.now)
        if job is None or self._process.blind:
            missing = "Requested resource not found."
            raise self._refused(Refused, operation, "ValidationException", missing)
        return job

    def _list_tags(self, call: Call) -> Mapping[str, Any]:
        name = call.params["ResourceArn"].rpartition("/")[2]
        self._read(call.operation, name)
        job = self._visible(call.operation, name)
        self._process.looked[name] = dict(job.tags)
        return {"Tags": pairs(job.tags)}

    def _search(self, call: Call) -> Mapping[str, Any]:
        """A page with all jobs that carry the tags, as far as the index has them."""
        self._read(call.operation, "TrainingJob")
        filters = call.params["SearchExpression"]["Filters"]
        wanted = {f["Name"].removeprefix("Tags."): f["Value"] for f in filters}
        found = [
            job.describe(self._world.now) | {"Tags": pairs(job.tags)}
            for job in self._service.indexed(self._world.now)
            if wanted.items() <= job.tags.items() and not self._process.blind
        ]
        return {"Results": [{"TrainingJob": answer} for answer in found]}

    def _begin(self, call: Call, name: str) -> None:
        """Note a call that changes something, as it leaves the process; then a step, then the
        faults that keep any call from having an effect."""
        world, process, operation = self._world, self._process, call.operation
        process.mutating_calls += 1
        process.sent(operation, name, dict(call.params))
        process.step(f"{operation} {name}")
        if world.happens(world.weather.throttled):
            raise self._refused(Throttled, operation, "ThrottlingException")
        if world.happens(world.weather.denied):
            raise self._refused(AccessDenied, operation, "AccessDeniedException")
        if world.happens(world.weather.not_ready):
            detail = "Could not assume role arn:aws:iam::1:role/new"
            raise self._refused(NotReady, operation, "ValidationException", detail)
        if world.happens(world.weather.lost):
            raise self._refused(Unanswered, operation, "ReadTimeout")

    def _create(self, call: Call) -> Mapping[str, Any]:
        world, process = self._world, self._process
        name = call.params["TrainingJobName"]
        self._begin(call, name)
        if world.happens(world.weather.quota):
            raise self._refused(QuotaExceeded, call.operation, "ResourceLimitExceeded")
        arrival = Arrival(world.now, name, call.params, process.name)
        if world.happens(world.weather.late):
            self._send_late(arrival)
            raise self._refused(Unanswered, call.operation, "ReadTimeout")
        outcome = self._service.accept(arrival, world.now, world.order())
        process.note(f"  Create {name}: {outcome}")
        if outcome == "taken":
            raise NameTaken(call.operation, "ResourceInUse", _TAKEN)
        if outcome == "refused":
            raise Refused(call.operation, "ValidationException", "the request is invalid")
        process.step(f"accepted {name}")
        if world.happens(world.weather.lied):
            if world.happens(0.5):
                raise self._refused(NameTaken, call.operation, "ResourceInUse", _TAKEN)
            raise self._refused(Unanswered, call.operation, "ReadTimeout")
        return {"TrainingJobArn": self._service.jobs[name].arn}

    def _send_late(self, arrival: Arrival) -> None:
        late = Arrival(
            arrival.at + self._world.draw.uniform(0, LONGEST_WAY),
            arrival.name,
            arrival.params,
            arrival.by,
        )
        self._service.on_the_way.append(late)
        self._service.on_the_way.sort(key=lambda found: found.at)

    def _stop(self, call: Call) -> Mapping[str, Any]:
        name = call.params["TrainingJobName"]
        self._begin(call, name)
        job = self._visible(call.operation, name)
        if not job.live(self._world.now) or job.stopped is not None:
            detail = "The request was rejected because the training job is in status"
            raise self._refused(Refused, call.operation, "ValidationException", detail)
        job.stopped = self._world.now
        self._process.step(f"stopping {name}")
        return {}

    def _update(self, call: Call) -> Mapping[str, Any]:
        arn = call.params.get("ResourceArn") or call.params["TrainingJobName"]
        name = arn.rpartition("/")[2]
        self._begin(call, name)
        job = self._visible(call.operation, name)
        job.tags |= {tag["Key"]: tag["Value"] for tag in call.params.get("Tags", [])}
        for key in call.params.get("TagKeys", []):
            job.tags.pop(key, None)
        self._process.step(f"updated {name}")
        return {}
