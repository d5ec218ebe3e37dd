"""Collisions: what keeps one name on SageMaker and is wanted by two environments of one place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reconciler.core.desired import Desired
from reconciler.core.environment import Environment
from reconciler.core.nodes import place_of
from reconciler.core.resource import Resource, live_name
from reconciler.errors import Problem


def collisions(all_desired: Iterable[Desired]) -> Iterator[tuple[Problem, str]]:
    """E253 for each resource whose live name another environment has in the same account and
    region, with the path of its document. Jobs and models are named by their content instead."""
    owners: dict[tuple[bool, str, str, str], Environment] = {}
    for desired in all_desired:
        environment = desired.environment
        for resource in desired.resources.values():
            if not resource.kind.stable:
                continue
            name = live_name(resource.kind, environment, resource.name, "")
            place = (environment.local, environment.account, environment.aws_region, name)
            owner = owners.setdefault(place, environment)
            if owner is not environment:
                yield _collision(resource, owner, name), resource.document


def _collision(resource: Resource, owner: Environment, name: str) -> Problem:
    here = resource.environment
    where = "on this computer" if here.local else f"in {here.account} {here.aws_region}"
    return Problem(
        "E253",
        f"`{owner.name}` and `{here.name}` would share {name} {where}",
        place_of(resource.merged, ("name",)),
        "set another `name_prefix` in one of the two environments, or leave one of them",
    )
