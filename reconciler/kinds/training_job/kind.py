"""The kind TrainingJob as the core sees it: each question of `core.kind.Kind` and its answer."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from reconciler.core.call import Call
from reconciler.core.environment import Environment
from reconciler.core.fields import locate
from reconciler.core.kind import Facts, Finding, Reference, Source, Spec
from reconciler.core.live import Observation
from reconciler.core.merge import Exclusive, MergeRules, ShortForm
from reconciler.errors import ServiceError
from reconciler.kinds.training_job import code, inputs, observing, request, rules, updating
from reconciler.kinds.training_job.algorithm import ALGORITHMS
from reconciler.kinds.training_job.compute import ALTERNATIVES
from reconciler.kinds.training_job.data import INPUT_SOURCES
from reconciler.kinds.training_job.distributed import STRATEGIES
from reconciler.kinds.training_job.fields import AWS_NAMES, TABLE, shown
from reconciler.kinds.training_job.spec import TrainingJobSpec


class TrainingJob:
    """A training job: launched once for each content, never changed, watched until it ends."""

    name = "TrainingJob"
    spec: type[Spec] = TrainingJobSpec
    merge_rules = MergeRules(
        exclusive=(
            Exclusive((), frozenset(ALGORITHMS)),
            Exclusive(("inputs", "*"), frozenset(INPUT_SOURCES)),
            Exclusive(("distributed",), frozenset(STRATEGIES)),
            *(Exclusive(("compute",), frozenset(pair)) for pair in ALTERNATIVES),
        ),
        short_forms=(ShortForm(("inputs", "*"), "s3_uri"),),
        null_is_value=(("hyperparameters",), ("api_overrides",), ("inputs", "*")),
    )
    image_members = (("AlgorithmSpecification", "TrainingImage"),)
    in_place = updating.IN_PLACE
    aws_names = AWS_NAMES
    paid_runs = True
    makes_artifact = True
    stable = False

    def check(self, spec: TrainingJobSpec, environment: Environment) -> Iterable[Finding]:
        """Rules on a resolved spec."""
        return rules.check(spec, environment)

    def references(self, spec: TrainingJobSpec) -> tuple[Reference, ...]:
        """Artifacts of other jobs that are channels of this one."""
        return inputs.references(spec)

    def sources(self, spec: TrainingJobSpec) -> tuple[Source, ...]:
        """Code and data of the repository that go up."""
        return code.sources(spec)

    def check_sources(
        self, spec: TrainingJobSpec, paths: Mapping[tuple[str, ...], Collection[str]]
    ) -> Iterable[Finding]:
        """Rules on the files that go up."""
        return code.check_sources(spec, paths)

    def claims(self, spec: TrainingJobSpec) -> Mapping[str, str]:
        """A job says nothing of what its inputs hold."""
        return {}

    def request(self, spec: TrainingJobSpec, facts: Facts) -> Call:
        """The CreateTrainingJob call."""
        return request.request(spec, facts)

    def key_of(self, member: tuple[str | int, ...]) -> tuple[str, ...]:
        """Path in the document of a member of the request."""
        return ("name",) if member == ("TrainingJobName",) else locate(TABLE, member)

    def shown(self, key: str, value: Any) -> Any:
        """A value of the content as people write it."""
        return shown(key, value)

    def look(self, physical_name: str) -> Call:
        """The call that describes the job."""
        return Call("DescribeTrainingJob", {"TrainingJobName": physical_name})

    def search(self, tags: Mapping[str, str], token: str | None) -> Call | None:
        """The call that finds jobs by their tags."""
        return observing.search(tags, token)

    def found(self, answer: Mapping[str, Any]) -> tuple[Observation, ...]:
        """Understand a page of found jobs."""
        return observing.found(answer)

    def observe(self, answer: Mapping[str, Any]) -> Observation:
        """Understand the answer of DescribeTrainingJob."""
        return observing.observe(answer)

    def is_missing(self, error: ServiceError) -> bool:
        """Whether the error says that there is no such job."""
        return observing.is_missing(error)

    def same(self, call: Call, observation: Observation) -> tuple[str, ...]:
        """Members in which the live job differs from the call."""
        return observing.same(call, observation)

    def in_place_values(self, spec: TrainingJobSpec) -> dict[str, Any]:
        """What the spec says of the in-place keys that SageMaker holds."""
        return updating.in_place_values(spec)

    def update(
        self, spec: TrainingJobSpec, recorded: Mapping[str, Any], observation: Observation
    ) -> tuple[Call, ...] | str:
        """Calls that change the job in place, or why it no longer can be."""
        return updating.update(spec, recorded, observation)

    def stop(self, physical_name: str) -> Call:
        """The call that stops the job."""
        return Call("StopTrainingJob", {"TrainingJobName": physical_name})

    def deploy(
        self, spec: TrainingJobSpec, facts: Facts, seen: Observation | None
    ) -> tuple[Call, ...]:
        """A job runs as soon as it is created."""
        return ()

    def of_run(self, physical_name: str, seen: Observation) -> Observation:
        """A job stands for itself."""
        return seen

    def look_live(self, name: str) -> Call:
        """A job stands for itself."""
        return self.look(name)

    def delete(self, physical_name: str) -> tuple[Call, ...]:
        """A job is never deleted: its name would be free for a second launch."""
        return ()

    def delete_live(self, name: str) -> tuple[Call, ...]:
        """A job is never deleted."""
        return ()
