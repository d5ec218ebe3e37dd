"""The kind Model as the core sees it: each question of `core.kind.Kind` and its answer."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from reconciler.core.call import Call
from reconciler.core.environment import Environment
from reconciler.core.fields import locate
from reconciler.core.kind import Facts, Finding, Reference, Source, Spec
from reconciler.core.live import Observation
from reconciler.core.merge import Exclusive, MergeRules
from reconciler.errors import ServiceError
from reconciler.kinds.code import check_files
from reconciler.kinds.followers import tags_of, update_tags
from reconciler.kinds.model import observing, request, rules
from reconciler.kinds.model.container import IMAGES, ORIGINS
from reconciler.kinds.model.fields import AWS_NAMES, PRIMARY, TABLE, shown
from reconciler.kinds.model.parts import parts_of
from reconciler.kinds.model.spec import ModelSpec
from reconciler.kinds.observing import search


class Model:
    """A model: named by its content, never changed, deleted only by `prune`."""

    name = "Model"
    spec: type[Spec] = ModelSpec
    merge_rules = MergeRules(
        exclusive=(
            Exclusive(("artifact",), frozenset(ORIGINS)),
            Exclusive(("container",), frozenset(IMAGES)),
        ),
        null_is_value=(("api_overrides",),),
    )
    image_members = ((PRIMARY, "Image"), ("Containers", "[]", "Image"))
    in_place = frozenset(
        {
            "tags",
            "owner",
            "description",
            "on_delete",
            "prune",
            # A model has no such member, but inherits the group from its environment.
            "networking.inter_container_traffic_encryption",
        }
    )
    aws_names = AWS_NAMES
    paid_runs = False
    makes_artifact = False
    stable = False

    def check(self, spec: ModelSpec, environment: Environment) -> Iterable[Finding]:
        """Rules on a resolved spec."""
        return rules.check(spec, environment)

    def references(self, spec: ModelSpec) -> tuple[Reference, ...]:
        """Artifacts of jobs that it serves."""
        return request.references(spec)

    def sources(self, spec: ModelSpec) -> tuple[Source, ...]:
        """Code of the repository that its containers run."""
        return request.sources(spec)

    def check_sources(
        self, spec: ModelSpec, paths: Mapping[tuple[str, ...], Collection[str]]
    ) -> Iterable[Finding]:
        """Rules on the files that go up."""
        for part in parts_of(spec):
            if part.path in paths:
                yield from check_files(part.path, part.container, paths[part.path])

    def claims(self, spec: ModelSpec) -> Mapping[str, str]:
        """Artifacts that were trained elsewhere, as far as the document says what they are."""
        return request.claims(spec)

    def request(self, spec: ModelSpec, facts: Facts) -> Call:
        """The CreateModel call."""
        return request.request(spec, facts)

    def key_of(self, member: tuple[str | int, ...]) -> tuple[str, ...]:
        """Path in the document of a member of the request."""
        return ("name",) if member == ("ModelName",) else locate(TABLE, member)

    def shown(self, key: str, value: Any) -> Any:
        """A value of the content as people write it."""
        return shown(key, value)

    def look(self, physical_name: str) -> Call:
        """The call that describes the model."""
        return Call("DescribeModel", {"ModelName": physical_name})

    def search(self, tags: Mapping[str, str], token: str | None) -> Call | None:
        """The call that finds models by their tags."""
        return search("Model", tags, token)

    def found(self, answer: Mapping[str, Any]) -> tuple[Observation, ...]:
        """Understand a page of found models."""
        return observing.found(answer)

    def observe(self, answer: Mapping[str, Any]) -> Observation:
        """Understand the answer of DescribeModel."""
        return observing.observe(answer)

    def is_missing(self, error: ServiceError) -> bool:
        """Whether the error says that there is no such model."""
        return observing.is_missing(error)

    def same(self, call: Call, observation: Observation) -> tuple[str, ...]:
        """Members in which the live model differs from the call."""
        return observing.same(call, observation)

    def in_place_values(self, spec: ModelSpec) -> dict[str, Any]:
        """What the spec says of its tags."""
        return tags_of(spec)

    def update(
        self, spec: ModelSpec, recorded: Mapping[str, Any], observation: Observation
    ) -> tuple[Call, ...] | str:
        """Calls that change its tags."""
        return update_tags(spec, recorded, observation)

    def stop(self, physical_name: str) -> Call:
        """Nothing of a model runs: what ends it deletes it."""
        return Call("DeleteModel", {"ModelName": physical_name})

    def deploy(self, spec: ModelSpec, facts: Facts, seen: Observation | None) -> tuple[Call, ...]:
        """A model is there as soon as it is created."""
        return ()

    def of_run(self, physical_name: str, seen: Observation) -> Observation:
        """A model stands for itself."""
        return seen

    def look_live(self, name: str) -> Call:
        """A model stands for itself."""
        return self.look(name)

    def delete(self, physical_name: str) -> tuple[Call, ...]:
        """The call that deletes the model; its artifact stays."""
        return (Call("DeleteModel", {"ModelName": physical_name}),)

    def delete_live(self, name: str) -> tuple[Call, ...]:
        """A model has no name beside that of its content."""
        return ()
