"""The kind Endpoint as the core sees it: each question of `core.kind.Kind` and its answer.

Its runs are endpoint configurations, named by their content; the endpoint keeps its name.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from reconciler.core.call import Call
from reconciler.core.environment import Environment
from reconciler.core.fields import locate
from reconciler.core.images import Member
from reconciler.core.kind import Facts, Finding, Reference, Source, Spec
from reconciler.core.live import Observation
from reconciler.core.merge import Exclusive, MergeRules
from reconciler.errors import ServiceError
from reconciler.kinds.endpoint import deploying, observing, request, rules
from reconciler.kinds.endpoint.fields import AWS_NAMES, TABLE, shown
from reconciler.kinds.endpoint.rollout import STRATEGIES
from reconciler.kinds.endpoint.spec import EndpointSpec
from reconciler.kinds.endpoint.variants import CAPACITY, MODELS
from reconciler.kinds.followers import tags_of, update_tags

_VARIANTS = (("variants", "*"), ("shadow_variants", "*"))
_OF_THE_ENDPOINT = {
    "EndpointConfigName": ("name",),
    "EndpointName": ("name",),
    "DeploymentConfig": ("deployment",),
    "RetainAllVariantProperties": ("deployment", "retain_all_variant_properties"),
    "ExcludeRetainedVariantProperties": ("deployment", "exclude_retained_variant_properties"),
}
"""Members of the calls that bring a configuration into service, with their keys."""


class Endpoint:
    """An endpoint: it keeps its name and is brought from configuration to configuration."""

    name = "Endpoint"
    spec: type[Spec] = EndpointSpec
    merge_rules = MergeRules(
        exclusive=(
            *(Exclusive(where, frozenset(MODELS)) for where in _VARIANTS),
            *(Exclusive(where, frozenset(CAPACITY)) for where in _VARIANTS),
            Exclusive(("deployment",), frozenset(STRATEGIES)),
        ),
        null_is_value=(("api_overrides",),),
    )
    image_members: tuple[Member, ...] = ()
    in_place = frozenset({"tags", "owner", "description", "on_delete", "prune", "deployment"})
    aws_names = AWS_NAMES
    paid_runs = False
    makes_artifact = False
    stable = True

    def check(self, spec: EndpointSpec, environment: Environment) -> Iterable[Finding]:
        """Rules on a resolved spec."""
        return rules.check(spec, environment)

    def references(self, spec: EndpointSpec) -> tuple[Reference, ...]:
        """Models that it serves."""
        return request.references(spec)

    def sources(self, spec: EndpointSpec) -> tuple[Source, ...]:
        """Nothing goes up: its models bring all."""
        return ()

    def check_sources(
        self, spec: EndpointSpec, paths: Mapping[tuple[str, ...], Collection[str]]
    ) -> Iterable[Finding]:
        """Nothing goes up."""
        return ()

    def claims(self, spec: EndpointSpec) -> Mapping[str, str]:
        """It reads nothing itself."""
        return {}

    def request(self, spec: EndpointSpec, facts: Facts) -> Call:
        """The CreateEndpointConfig call."""
        return request.request(spec, facts)

    def deploy(
        self, spec: EndpointSpec, facts: Facts, seen: Observation | None
    ) -> tuple[Call, ...]:
        """Calls that bring the configuration into service."""
        return deploying.deploy(spec, facts, seen)

    def of_run(self, physical_name: str, seen: Observation) -> Observation:
        """What the endpoint says about one of its configurations."""
        return observing.of_run(physical_name, seen)

    def key_of(self, member: tuple[str | int, ...]) -> tuple[str, ...]:
        """Path in the document of a member of any of its calls."""
        return _OF_THE_ENDPOINT.get(str(member[0])) or locate(TABLE, member)

    def shown(self, key: str, value: Any) -> Any:
        """A value of the content as people write it."""
        return shown(key, value)

    def look(self, physical_name: str) -> Call:
        """The call that describes a configuration."""
        return Call("DescribeEndpointConfig", {"EndpointConfigName": physical_name})

    def look_live(self, name: str) -> Call:
        """The call that describes the endpoint."""
        return Call("DescribeEndpoint", {"EndpointName": name})

    def search(self, tags: Mapping[str, str], token: str | None) -> Call | None:
        """SageMaker searches no configurations, and an endpoint is looked at by its name."""
        return None

    def found(self, answer: Mapping[str, Any]) -> tuple[Observation, ...]:
        """Nothing is searched for."""
        return ()

    def observe(self, answer: Mapping[str, Any]) -> Observation:
        """Understand an answer about a configuration, or about the endpoint."""
        return observing.observe(answer)

    def is_missing(self, error: ServiceError) -> bool:
        """Whether the error says that there is no such endpoint or configuration."""
        return observing.is_missing(error)

    def same(self, call: Call, observation: Observation) -> tuple[str, ...]:
        """Variants in which the live configuration differs from the call."""
        return observing.same(call, observation)

    def in_place_values(self, spec: EndpointSpec) -> dict[str, Any]:
        """What the spec says of its tags."""
        return tags_of(spec)

    def update(
        self, spec: EndpointSpec, recorded: Mapping[str, Any], observation: Observation
    ) -> tuple[Call, ...] | str:
        """Calls that change the tags of the endpoint."""
        return update_tags(spec, recorded, observation)

    def stop(self, physical_name: str) -> Call:
        """An endpoint does not stop: what ends it deletes it."""
        return Call("DeleteEndpoint", {"EndpointName": physical_name})

    def delete(self, physical_name: str) -> tuple[Call, ...]:
        """The call that deletes a configuration."""
        return (Call("DeleteEndpointConfig", {"EndpointConfigName": physical_name}),)

    def delete_live(self, name: str) -> tuple[Call, ...]:
        """The call that deletes the endpoint."""
        return (Call("DeleteEndpoint", {"EndpointName": name}),)
