"""The socket of kinds: what TrainingJob, Model, Endpoint, … each have to answer.

A kind is pure. It turns a resource into calls (data) and an answer into an observation;
`adapters/` sends the calls. The table of kinds is `reconciler.kinds.KINDS`.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from pydantic import Field

from reconciler.core.call import Call
from reconciler.core.environment import Environment
from reconciler.core.images import Member
from reconciler.core.live import Observation
from reconciler.core.merge import MergeRules
from reconciler.core.model import Model, Name, Text
from reconciler.errors import ServiceError


class Spec(Model):
    """What every resource document may say. A kind's own spec adds its keys.

    Everything is optional here because a value may be inherited; a kind's `check` asks for
    what is missing after resolution.
    """

    name: Name | None = None
    """Name of the resource, unique over the repository: lower case, digits, single hyphens."""
    version: int | None = Field(None, ge=1)
    """Version of the job, a whole number from 1. Raising it launches the job."""
    run: int | str | None = None
    """Asks for the same content again: `2`, or a label such as `2026-12`."""
    description: Text | None = None
    """For people; never sent to AWS and never a reason to launch."""
    owner: Text | None = None
    """Team or person that answers for the resource; becomes the tag `owner`."""
    tags: dict[str, Text] | None = None
    """Tags of the resource on AWS."""
    on_delete: Literal["leave", "stop", "delete"] | None = None
    """What happens on SageMaker when the document goes: left alone (default), stopped, or deleted
    (endpoints only)."""
    runtime: Text | None = None
    """Name of a document under `runtimes/` that this one builds on."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that a resolved spec breaks, with the path of the value in the document."""

    code: str
    message: str
    path: tuple[str | int, ...] = ()
    help: str | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """The output of another resource that this one takes as input."""

    path: tuple[str, ...]
    """Where it stands in the spec, such as `("inputs", "tokenizer")`."""
    name: str
    version: int | None = None
    """None: the run that the document resolves to now, or the newest good one (`newest`)."""
    environment: str | None = None
    """None: the same environment."""
    kind: str = "TrainingJob"
    newest: bool = False
    """Follow the newest completed run whose gates did not fail."""
    output: Literal["artifact", "name"] = "artifact"
    """What is taken from it: the URI of its artifact, or its physical name."""

    @property
    def key(self) -> str:
        """The key under which documents write the name."""
        return "job" if self.kind == "TrainingJob" else "model"


@dataclass(frozen=True, slots=True)
class Source:
    """Files of the repository that a resource uploads."""

    path: tuple[str, ...]
    """Where it stands in the spec: `("script",)`, `("inputs", "train")`."""
    folders: tuple[str, ...]
    """Folders or files of the repository; the content of the first one goes to the root of the
    upload, each further one (a dependency) under its base name."""
    form: Literal["tar", "files"]
    """`tar`: one reproducible `sourcedir.tar.gz`; `files`: each file as an object."""
    ignore: tuple[str, ...] = ()
    """Patterns in the manner of .gitignore."""
    keys: tuple[tuple[str | int, ...], ...] = field(default=(), compare=False)
    """Where each of the folders is written, below `path`; empty where all are `path` itself. For
    messages only: what uploads the same is the same."""

    def place_of(self, index: int) -> tuple[str | int, ...]:
        """Path in the spec of the folder at an index."""
        return (*self.path, *self.keys[index]) if self.keys else self.path


@dataclass(frozen=True, slots=True)
class Facts:
    """What a request needs beside the spec, known when the plan is made."""

    physical_name: str
    environment: Environment
    uploads: Mapping[tuple[str, ...], str]
    """S3 URI of each `Source`, by its path in the spec."""
    outputs: Mapping[tuple[str, ...], str]
    """Output of each `Reference`, by its path in the spec."""
    tags: Mapping[str, str]
    """All tags to send: the document's own, and ours (repository, version, digest, …)."""
    live_name: str = ""
    """The name that stays over all runs, for a kind that is stable."""


class Kind(Protocol):
    """One kind of resource."""

    @property
    def name(self) -> str:
        """As documents write it: `TrainingJob`."""

    @property
    def spec(self) -> type[Spec]:
        """The model of its documents."""

    @property
    def merge_rules(self) -> MergeRules:
        """How layers of its documents are merged."""

    @property
    def in_place(self) -> frozenset[str]:
        """Dotted spec keys that can change without a new launch; never part of the digest."""

    @property
    def aws_names(self) -> Mapping[str, str]:
        """AWS's own member names to our keys, for `did you mean`: `MaxWaitTimeInSeconds` →
        `max_wait_time`."""

    @property
    def paid_runs(self) -> bool:
        """Whether it is launched by version (a training job), or simply follows its digest."""

    @property
    def makes_artifact(self) -> bool:
        """Whether a completed run leaves an artifact in S3."""

    @property
    def stable(self) -> bool:
        """Whether it keeps its name on SageMaker while its configuration changes (an endpoint):
        then its runs are the configurations, and `deploy` brings one into service."""

    def check(self, spec: Any, environment: Environment) -> Iterable[Finding]:
        """Rules on a resolved spec: what is missing, what excludes what, what AWS would refuse."""

    def references(self, spec: Any) -> tuple[Reference, ...]:
        """Outputs of other resources that this one needs."""

    def sources(self, spec: Any) -> tuple[Source, ...]:
        """Files of the repository that it uploads."""

    def check_sources(
        self, spec: Any, paths: Mapping[tuple[str, ...], Collection[str]]
    ) -> Iterable[Finding]:
        """Rules on the files that go up, by the path of their `Source` in the spec."""

    def claims(self, spec: Any) -> Mapping[str, str]:
        """Objects in S3 that it takes from elsewhere: URI → the sha256 (hex) that the document
        says of each."""

    def request(self, spec: Any, facts: Facts) -> Call:
        """The call that launches it."""

    def deploy(self, spec: Any, facts: Facts, seen: Observation | None) -> tuple[Call, ...]:
        """Calls that bring a configuration into service, once `request` was sent; `seen` is what
        is there now. Empty for kinds that are not stable."""

    def of_run(self, physical_name: str, seen: Observation) -> Observation:
        """What a look at the live name says about one run."""

    def key_of(self, member: tuple[str | int, ...]) -> tuple[str, ...]:
        """Path in the document of a member of the request; its nearest known parent."""

    def shown(self, key: str, value: Any) -> Any:
        """A value of the content as people write it: 3600 under `max_runtime` is `1h`."""

    @property
    def image_members(self) -> tuple[Member, ...]:
        """Members of its request that name container images."""

    def look(self, physical_name: str) -> Call:
        """The call that describes it."""

    def search(self, tags: Mapping[str, str], token: str | None) -> Call | None:
        """The call that finds everything with these tags, page by page; None if SageMaker cannot
        search for this kind."""

    def found(self, answer: Mapping[str, Any]) -> tuple[Observation, ...]:
        """Understand a page of `search`; its observations have tags."""

    def observe(self, answer: Mapping[str, Any]) -> Observation:
        """Understand the answer to `look`. Tags are None: the caller adds them."""

    def is_missing(self, error: ServiceError) -> bool:
        """Whether the error says, by this kind's own code and message, that it does not exist."""

    def same(self, call: Call, observation: Observation) -> tuple[str, ...]:
        """Member paths of the fixed list in which the live thing differs from the call."""

    def in_place_values(self, spec: Any) -> dict[str, Any]:
        """What the spec says now of the keys in `in_place` that SageMaker holds; plain values."""

    def update(
        self, spec: Any, recorded: Mapping[str, Any], observation: Observation
    ) -> tuple[Call, ...] | str:
        """Calls that bring the in-place keys from `recorded` to the spec's values, or the reason
        why the state of the thing no longer allows it."""

    def stop(self, physical_name: str) -> Call:
        """The call that stops it."""

    def look_live(self, name: str) -> Call:
        """The call that describes what has a stable name; `look` for other kinds."""

    def delete(self, physical_name: str) -> tuple[Call, ...]:
        """Calls that delete a run that nothing uses any more; none for a kind that keeps all."""

    def delete_live(self, name: str) -> tuple[Call, ...]:
        """Calls that delete what has a stable name; none for other kinds."""
