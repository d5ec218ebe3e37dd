"""`reconciler validate`: every document checked, without a network."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import click

from reconciler.cli.console import Console
from reconciler.cli.options import Settings, Verb, common
from reconciler.errors import Problem

_FORMATS = ("text", "json", "github", "sarif")


@click.command(cls=Verb, short_help="Check documents; needs no network.")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@common(formats=_FORMATS)
@click.pass_context
def validate(ctx: click.Context, paths: tuple[str, ...]) -> None:
    """Check documents; needs no network.

    All documents are read, since they refer to each other; PATH chooses whose problems are shown.
    Exit status 1 when there are any. `-o github` annotates a pull request from a workflow; `-o
    sarif` is for code scanning.
    """
    from reconciler.cli.compose import Repository
    from reconciler.cli.problems import problems_text
    from reconciler.core.validate import validate as find_problems
    from reconciler.kinds import KINDS
    from reconciler.render.annotations import github_text, sarif_document
    from reconciler.render.json import dumps, problems_document

    settings = Settings.of(ctx, formats=_FORMATS)
    console = Console.of(ctx, settings)
    repository = Repository.open(ctx, settings)
    chosen = tuple(_chosen(settings.directory / path, repository.workspace.root) for path in paths)
    locks = {
        environment.name: repository.records(environment)
        for environment in repository.environments.environments.values()
    }
    problems = tuple(
        problem
        for problem in find_problems(repository.files, KINDS, locks)
        if not chosen or _concerns(problem, chosen)
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


def _concerns(problem: Problem, chosen: tuple[PurePosixPath, ...]) -> bool:
    """Whether a problem is in one of the chosen files or folders; one without a place always."""
    if problem.place is None:
        return True
    return any(PurePosixPath(problem.place.path).is_relative_to(choice) for choice in chosen)
