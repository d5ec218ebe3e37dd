"""`reconciler rerun`: ask for the same content again, by writing `run` into documents."""

from __future__ import annotations

import click

from reconciler.cli.console import Console
from reconciler.cli.options import Settings, Verb, common


@click.command(cls=Verb, short_help="Ask for a run of the same content again.")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option("--label", metavar="TEXT", help="Name the new run, such as 2026-12.")
@common()
@click.pass_context
def rerun(ctx: click.Context, names: tuple[str, ...], *, label: str | None) -> None:
    """Ask for a run of the same content again, which is launched once it is merged.

    Writes `run: 2` into the documents, or the next number, or the label; where an environment
    launches by version it raises `version` too. Every other byte stays. Either all documents are
    written, or none.
    """
    from reconciler.cli.compose import Repository
    from reconciler.cli.edit import steps_text, write_all
    from reconciler.cli.edit_run import asked_again
    from reconciler.core.documents import load_documents
    from reconciler.kinds import KINDS

    settings = Settings.of(ctx)
    console = Console.of(ctx, settings)
    if label is not None and not label.strip():
        raise click.BadParameter("a label is not empty", ctx=ctx, param_hint="--label")
    repository = Repository.open(ctx, settings)
    documents = load_documents(repository.files, KINDS)
    recorded = repository.recorded_versions(console)
    edits = [
        asked_again(documents, name, label, recorded.get(name, 0)) for name in dict.fromkeys(names)
    ]
    write_all(repository.workspace.root, edits)
    for edit in edits:
        console.result(steps_text(edit, console.theme))
