"""`reconciler validate`: every document checked, without a network."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import click

from reconciler.cli.console import Console
from reconciler.cli.options import Settings, Verb, common
from reconciler.core.record import LockError

if TYPE_CHECKING:
    from reconciler.cli.compose import Repository
    from reconciler.core.ports import Records
    from reconciler.core.validate import Found

_FORMATS = ("text", "json", "github", "sarif")


@click.command(cls=Verb, short_help="Check documents; needs no network.")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@common(formats=_FORMATS)
@click.pass_context
def validate(ctx: click.Context, paths: tuple[str, ...]) -> None:
    """Check documents; needs no network.

    All documents are read, since they refer to each other; PATH chooses whose problems are shown,
    also those that stand in what its documents inherit. Exit status 1 when there are any.
    `-o github` annotates a pull request from a workflow; `-o sarif` is for code scanning.
    """
    from reconciler.cli.compose import Repository
    from reconciler.cli.problems import problems_text
    from reconciler.core.validate import find_problems
    from reconciler.kinds import KINDS
    from reconciler.render.annotations import github_text, sarif_document
    from reconciler.render.json import dumps, problems_document

    settings = Settings.of(ctx, formats=_FORMATS)
    console = Console.of(ctx, settings)
    repository = Repository.open(ctx, settings)
    chosen = tuple(_chosen(settings.directory / path, repository.workspace.root) for path in paths)
    locks, unreadable = _locks(repository)
    found = [*unreadable, *find_problems(repository.files, KINDS, locks)]
    problems = tuple(
        dict.fromkeys(one.problem for one in found if not chosen or _concerns(one, chosen))
    )
    if settings.output == "json":
        console.result(dumps(problems_document(problems)))
    elif settings.output == "sarif":
        console.result(dumps(sarif_document(problems)))
    elif problems and settings.output == "github":
        console.result(github_text(problems))
    elif problems:
        console.result(problems_text(problems, ctx, console.theme))
    else:
        console.result(console.theme.paint("All documents are valid.", "good") + "\n")
    ctx.exit(1 if problems else 0)


def _chosen(path: Path, root: Path) -> PurePosixPath:
    """A file or folder that was named, as a path from the root of the repository."""
    if not path.exists():
        raise click.UsageError(f"there is no {path}")
    try:
        return PurePosixPath(path.resolve().relative_to(root.resolve()))
    except ValueError as error:
        raise click.UsageError(f"{path} is not in the repository {root}") from error


def _locks(repository: Repository) -> tuple[dict[str, Records], list[Found]]:
    """The locks of all environments. One that cannot be read is a problem and guards nothing."""
    from reconciler.core.validate import Found, of_lock

    locks: dict[str, Records] = {}
    unreadable: list[Found] = []
    for environment in repository.environments.environments.values():
        try:
            locks[environment.name] = repository.records(environment)
        except LockError as error:
            unreadable.append(Found(of_lock(error), frozenset()))
    return locks, unreadable


def _concerns(found: Found, chosen: tuple[PurePosixPath, ...]) -> bool:
    """Whether a problem, its notes or the documents that it was found for are in one of the chosen
    files or folders; one without a place always is."""
    place = found.problem.place
    if place is None:
        return True
    related = {place.path for _, place in found.problem.related}
    paths = map(PurePosixPath, {place.path, *related, *found.documents})
    return any(path.is_relative_to(choice) for path in paths for choice in chosen)
