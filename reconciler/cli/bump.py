"""`reconciler bump`: raise the version of documents in place, comments and all else kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.console import Console
from reconciler.cli.options import Settings, Verb, common

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.cli.compose import Repository
    from reconciler.core.documents import Documents
    from reconciler.core.plan import Note


@click.command(cls=Verb, short_help="Raise the version of jobs, which launches them.")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--stale", is_flag=True, help="Raise every job that a plan calls stale.")
@click.option(
    "--cause",
    metavar="FILE",
    help="With --stale: only jobs that went stale because this file or folder moved, or the input"
    " of this name.",
)
@common()
@click.pass_context
def bump(ctx: click.Context, names: tuple[str, ...], *, stale: bool, cause: str | None) -> None:
    """Raise the version of jobs, which launches them once it is merged.

    Only the number is written; every other byte of the document stays. It is the next one, also
    after the highest version that any lock has. Either all documents are written, or none. Whether
    a job is stale is found by the working tree and the lock, offline.
    """
    from reconciler.cli.compose import Repository
    from reconciler.cli.edit import raised, steps_text, write_all
    from reconciler.core.documents import load_documents
    from reconciler.kinds import KINDS

    if stale == bool(names):
        raise click.UsageError("name the jobs, or pass --stale", ctx)
    if cause is not None and not stale:
        raise click.UsageError("--cause chooses among stale jobs: pass --stale too", ctx)
    settings = Settings.of(ctx)
    console = Console.of(ctx, settings)
    repository = Repository.open(ctx, settings)
    documents = load_documents(repository.files, KINDS)
    notes: dict[str, Note] = {}
    if stale:
        notes = _stale(ctx, console, repository, documents, cause)
    recorded = repository.recorded_versions(console)
    chosen = dict.fromkeys([*names, *notes])
    edits = [raised(documents, name, recorded.get(name, 0)) for name in chosen]
    write_all(repository.workspace.root, edits)
    for edit in edits:
        console.result(steps_text(edit, console.theme))
        if edit.name in notes:
            console.result(_because(notes[edit.name]))


def _stale(
    ctx: click.Context,
    console: Console,
    repository: Repository,
    documents: Documents,
    cause: str | None,
) -> dict[str, Note]:
    """Notes on the stale jobs that are meant, by name; ends the command when there is none."""
    from reconciler.cli.problems import problems_text
    from reconciler.cli.stale import names_cause, stale_notes
    from reconciler.render.inert import inert

    environment = repository.environment(console.settings, acts=False)
    records = repository.records(environment)
    notes, problems = stale_notes(documents, repository.files, environment.name, records)
    if problems:
        console.complain(problems_text(problems, ctx, console.progress_theme))
        ctx.exit(1)
    chosen = {note.name: note for note in notes if cause is None or names_cause(note, cause)}
    if not chosen:
        because = f" because of {inert(cause)}" if cause else ""
        console.result(f"Nothing is stale in {environment.name}{because}.\n")
        _tell_others(console, notes)
        ctx.exit(0)
    return chosen


def _tell_others(console: Console, notes: Sequence[Note]) -> None:
    """What is stale for other causes than the one that was named: perhaps it was a slip."""
    for note in notes:
        console.say(f"{note.name} {note.version} is stale:\n{_because(note)}".rstrip("\n"))


def _because(note: Note) -> str:
    from reconciler.render.inert import inert

    return "".join(f"  {inert(cause)}\n" for cause in note.causes)
