"""`reconciler promote`: let an environment take a version that completed elsewhere."""

from __future__ import annotations

from dataclasses import replace

import click

from reconciler.cli.console import Console
from reconciler.cli.options import Settings, Verb, common


@click.command(cls=Verb, short_help="Let an environment take a version that completed elsewhere.")
@click.argument("name", metavar="NAME")
@click.option("--to", "target", required=True, metavar="ENV", help="Environment that takes it.")
@click.option(
    "--version",
    type=click.IntRange(min=1),
    metavar="N",
    help="Version to take. Default: the document's. An older one must have completed in ENV.",
)
@common()
@click.pass_context
def promote(ctx: click.Context, name: str, *, target: str, version: int | None) -> None:
    """Let an environment take a version that completed elsewhere, once it is merged.

    Writes `environments.ENV.version` into the document; every other byte stays. Refused unless
    the lock of another environment says that the version completed there, gates passed, with what
    the documents still ask for.
    """
    from reconciler.cli.compose import Repository
    from reconciler.cli.edit import find, steps_text, version_of, write_all
    from reconciler.cli.edit_pin import pinned
    from reconciler.cli.proof import Candidate, require_proof
    from reconciler.core.documents import load_documents
    from reconciler.kinds import KINDS

    settings = Settings.of(ctx)
    console = Console.of(ctx, settings)
    repository = Repository.open(ctx, settings)
    environment = repository.environment(replace(settings, environment=target), acts=True)
    documents = load_documents(repository.files, KINDS)
    document = find(documents, name)
    current = version_of(document)[0]
    candidate = Candidate(repository, documents, document, version or current)
    require_proof(candidate, environment, current)
    members = [member.name for member in candidate.members]
    edit = pinned(documents, document, target, candidate.version, members)
    if edit is None:
        console.result(f"{name}: {target} has {candidate.version} already  {document.path}\n")
        return
    write_all(repository.workspace.root, [edit])
    console.result(steps_text(edit, console.theme))
