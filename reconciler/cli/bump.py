"""`reconciler bump`: raise the version of documents in place, comments and all else kept."""

from __future__ import annotations

import click

from reconciler.cli.console import Console
from reconciler.cli.options import Settings, Verb, common


@click.command(cls=Verb, short_help="Raise the version of jobs, which launches them.")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@common()
@click.pass_context
def bump(ctx: click.Context, names: tuple[str, ...]) -> None:
    """Raise the version of jobs, which launches them once it is merged.

    Only the number is written; every other byte of the document stays. Either all documents are
    written, or none.
    """
    from reconciler.cli.compose import Repository
    from reconciler.cli.edit import raised, replace_file
    from reconciler.core.documents import load_documents
    from reconciler.kinds import KINDS

    settings = Settings.of(ctx)
    console = Console.of(ctx, settings)
    repository = Repository.open(ctx, settings)
    documents = load_documents(repository.files, KINDS)
    edits = [raised(documents, name) for name in dict.fromkeys(names)]
    for edit in edits:
        replace_file(repository.workspace.root / edit.path, edit.text)
        arrow = console.theme.symbols.arrow
        console.result(f"{edit.name} {edit.before} {arrow} {edit.after}  {edit.path}\n")
