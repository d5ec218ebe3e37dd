"""`reconciler show`: one document as it resolves in an environment, or its API request."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from reconciler.cli.console import Console
from reconciler.cli.options import Settings, Verb, common
from reconciler.errors import InvalidDocuments, ReconcilerError

if TYPE_CHECKING:
    from reconciler.cli.compose import Repository
    from reconciler.core.call import Call
    from reconciler.core.resource import Revision, Target

_FORMATS = ("yaml", "json")


class ElsewhereOnly(ReconcilerError):
    """The resource does not belong to the environment."""


@click.command(cls=Verb, short_help="Show one document: as it resolves, or its API request.")
@click.argument("name")
@click.option("--resolved", is_flag=True, help="The document with all it inherits (the default).")
@click.option("--origin", is_flag=True, help="Also the file and line that each value comes from.")
@click.option("--request", is_flag=True, help="The request that launches it, as JSON.")
@common(formats=_FORMATS)
@click.pass_context
def show(ctx: click.Context, name: str, *, resolved: bool, origin: bool, request: bool) -> None:
    """Show one document: as it resolves, or its API request. Needs no network.

    One that lacks something is shown as far as it goes, with its problems.
    Values of the container's environment are shown as fingerprints.
    """
    from reconciler.cli.compose import Repository

    if request and (resolved or origin):
        raise click.UsageError("--request goes with neither --resolved nor --origin", ctx)
    settings = Settings.of(ctx, formats=_FORMATS)
    console = Console.of(ctx, settings)
    repository = Repository.open(ctx, settings)
    try:
        target = _target(repository, settings, name)
    except InvalidDocuments:
        if not request and settings.output != "json":
            console.result(_unchecked_text(repository, settings, name, origins=origin))
        raise
    if request:
        console.result(_request_text(_requests(target, repository.files.revision)))
    elif settings.output == "json":
        console.result(_json_text(target, origins=origin))
    else:
        console.result(_yaml_text(target, origins=origin))


def _target(repository: Repository, settings: Settings, name: str) -> Target:
    """The named resource with its digest. Raises what keeps it from having one."""
    from reconciler.cli.names import unknown_name
    from reconciler.core.desired import load
    from reconciler.core.settle import settle
    from reconciler.kinds import KINDS

    environment = repository.environment(settings, acts=False)
    desired = load(repository.files, environment.name, KINDS, tried=(name,))
    settled = settle(desired, repository.records(environment))
    if name in settled.targets:
        return settled.targets[name]
    problems = (*desired.problems, *settled.problems)
    if problems and (name in settled.unsound or desired.unreadable):
        raise InvalidDocuments(problems)
    if name in desired.elsewhere:
        raise ElsewhereOnly(f"`{name}` does not belong to environment {environment.name}")
    raise unknown_name(name, settled.targets)


def _requests(target: Target, revision: Revision) -> tuple[Call, ...]:
    """The calls of a launch; what is not known yet is said in words where it would stand."""
    from reconciler.core.launching import facts_of

    upstreams = tuple(
        upstream
        if upstream.output
        else replace(
            upstream, output=f"<the {upstream.reference.output} of {upstream.reference.name}>"
        )
        for upstream in target.upstreams
    )
    facts = facts_of(replace(target, upstreams=upstreams), target.physical_name(), revision)
    kind, spec = target.resource.kind, target.resource.spec
    return (kind.request(spec, facts), *kind.deploy(spec, facts, None))


def _request_text(calls: tuple[Call, ...]) -> str:
    """The parameters of one call; of several, each under the name of its operation."""
    from reconciler.core.redact import without_environment
    from reconciler.render.json import dumps

    shown = {call.operation: without_environment(call.params) for call in calls}
    return dumps(shown if len(shown) > 1 else next(iter(shown.values())))


def _yaml_text(target: Target, *, origins: bool) -> str:
    from reconciler.render.yaml import yaml_text

    resource = target.resource
    head = (
        f"# {resource.document} in environment {resource.environment.name}\n"
        f"# {target.physical_name()} · digest {target.digest}\n"
    )
    return head + yaml_text(resource.merged, origins=origins)


def _unchecked_text(repository: Repository, settings: Settings, name: str, *, origins: bool) -> str:
    """A document that a rule refuses; nothing if it cannot be read."""
    from reconciler.core.building import unchecked
    from reconciler.core.documents import load_documents
    from reconciler.kinds import KINDS
    from reconciler.render.yaml import yaml_text

    documents = load_documents(repository.files, KINDS)
    document = documents.resources.get(name)
    if document is None:
        return ""
    environment = repository.environment(settings, acts=False)
    try:
        node = unchecked(document, documents, environment, KINDS[document.kind])
    except InvalidDocuments:
        return ""
    head = f"# {document.path} in environment {environment.name}: not valid yet\n"
    return head + yaml_text(node, origins=origins)


def _json_text(target: Target, *, origins: bool) -> str:
    from reconciler.core.merge import origins as places_of
    from reconciler.core.nodes import plain
    from reconciler.render.json import dumps
    from reconciler.render.yaml import hidden

    resource = target.resource
    document = {
        "format": "reconciler/show/v1",
        "kind": resource.kind.name,
        "name": resource.name,
        "version": resource.version,
        "environment": resource.environment.name,
        "document": resource.document,
        "digest": target.digest,
        "physical_name": target.physical_name(),
        "resolved": plain(hidden(resource.merged)),
    }
    if origins:
        places = places_of(resource.merged)
        document["origins"] = {path: f"{at.path}:{at.line}" for path, at in places.items()}
    return dumps(document)
