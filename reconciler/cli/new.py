"""`reconciler new`: a commented document to start from."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.console import Console
from reconciler.cli.options import Settings, Verb, common
from reconciler.errors import ReconcilerError

if TYPE_CHECKING:
    from reconciler.cli.compose import Repository
    from reconciler.core.documents import Documents
    from reconciler.core.environment import Environment

_ALGORITHMS = ("script", "container", "builtin")
_NAME = re.compile(r"[a-z0-9](-?[a-z0-9])*")
_LONGEST = 40


class CannotWrite(ReconcilerError):
    """The document cannot be written there, or under that name."""


@click.command(cls=Verb, short_help="Write a commented document to start from.")
@click.argument("name")
@click.option("--kind", default="TrainingJob", show_default=True, help="Kind of the resource.")
@click.option("--from", "source", metavar="JOB", help="Copy that document, as version 1.")
@click.option(
    "--algorithm",
    type=click.Choice(_ALGORITHMS),
    help="What a training job runs: a script of this repository on an image of AWS (default), an"
    " own image, or a built-in algorithm.",
)
@click.option(
    "--to",
    "folder",
    metavar="DIR",
    help="Folder of the document, from the root of the repository. Default: where JOB lies, else"
    " the current folder if it is below jobs/, else jobs.",
)
@common()
@click.pass_context
def new(
    ctx: click.Context,
    name: str,
    *,
    kind: str,
    source: str | None,
    algorithm: str | None,
    folder: str | None,
) -> None:
    """Write a commented document to start from; no file is overwritten.

    What is left to fill in is told, and `reconciler validate` tells it again.
    """
    from reconciler.cli.compose import Repository
    from reconciler.cli.scaffold import filled, schema_line
    from reconciler.core.documents import load_documents
    from reconciler.kinds import KINDS

    _check_usage(ctx, name, kind, source, algorithm)
    settings = Settings.of(ctx)
    console = Console.of(ctx, settings)
    repository = Repository.open(ctx, settings)
    documents = load_documents(repository.files, KINDS)
    if name in {*documents.resources, *documents.refused}:
        raise CannotWrite(f"there is a document with the name `{name}` already")
    if source:
        path, text = _copy(documents, source, name, folder)
    else:
        path = f"{_folder(folder, repository, settings)}/{name}.yaml"
        file = f"{kind}.{algorithm or _ALGORITHMS[0]}" if kind == "TrainingJob" else kind
        values = _values(name, _environment(repository, settings), documents)
        text = schema_line(path) + filled(f"new/{file}.yaml", values)
    _write(ctx, console, repository, path, text)


def _check_usage(
    ctx: click.Context, name: str, kind: str, source: str | None, algorithm: str | None
) -> None:
    from reconciler.kinds import KINDS

    if source and algorithm:
        raise click.UsageError("--from copies a document; --algorithm does not go with it", ctx)
    if algorithm and kind != "TrainingJob":
        raise click.UsageError("--algorithm is for training jobs", ctx)
    if kind not in KINDS:
        raise click.UsageError(f"there is no kind {kind!r}; there is: {', '.join(KINDS)}", ctx)
    if not _NAME.fullmatch(name) or len(name) > _LONGEST:
        raise click.UsageError(
            "a name has lower case letters, digits and single hyphens, at most 40 of them", ctx
        )


def _write(
    ctx: click.Context, console: Console, repository: Repository, path: str, text: str
) -> None:
    from reconciler.cli.problems import problems_text, remember_files
    from reconciler.cli.scaffold import written
    from reconciler.core.validate import validate
    from reconciler.kinds import KINDS

    if not written(repository.workspace.root, path, text):
        raise CannotWrite(f"{path} exists already", advice="pass another folder with --to")
    console.result(f"{path}\n")
    files = repository.workspace.worktree_files()
    remember_files(ctx, files)
    found = validate(files, KINDS, {})
    left = [problem for problem in found if problem.place and problem.place.path == path]
    if left:
        console.say("To fill in:\n")
        console.say(problems_text(left, ctx, console.progress_theme).rstrip("\n"))
    else:
        console.say(f"It is valid. Next: edit it, then reconciler plan {Path(path).stem}")


def _environment(repository: Repository, settings: Settings) -> Environment | None:
    """The environment whose account and bucket the comments show; None where there is none."""
    known = repository.environments.environments
    return repository.environment(settings, acts=False) if known or settings.environment else None


def _values(name: str, environment: Environment | None, documents: Documents) -> dict[str, str]:
    """What stands in the holes of a template."""
    from reconciler.render.yaml import scalar_text

    values = {
        "name": name,
        "quoted_name": scalar_text(name),
        "environments": "",
        "bucket": "BUCKET",
        "account": "111122223333",
        "region": "eu-west-1",
    }
    if environment is not None:
        values |= {
            "bucket": environment.bucket,
            "account": environment.account,
            "region": environment.aws_region,
        }
        if not _is_home(environment, documents):
            values["environments"] = f"environments: {{{environment.name}: {{}}}}\n"
    return values


def _is_home(environment: Environment, documents: Documents) -> bool:
    """Whether a document that names no environment belongs to this one."""
    paid = [found for found in documents.environments.values() if not found.local]
    return len(paid) < 2 and documents.default_environment == environment.name


def _folder(folder: str | None, repository: Repository, settings: Settings) -> str:
    """Where a new document lies. Raises CannotWrite for a folder outside `jobs/`."""
    if folder is None:
        root = repository.workspace.root.resolve()
        here = settings.directory.resolve()
        within = here.relative_to(root).as_posix() if here.is_relative_to(root) else ""
        return within if within.split("/")[0] == "jobs" else "jobs"
    clean = folder.strip("/")
    steps = clean.split("/")
    if steps[0] != "jobs" or not set(steps).isdisjoint({"", ".", ".."}):
        raise CannotWrite(
            f"resources lie below `jobs/`, not in `{folder}`", advice="write `--to jobs/FOLDER`"
        )
    return clean


def _copy(documents: Documents, source: str, name: str, folder: str | None) -> tuple[str, str]:
    """Path and text of a copy: another name, version 1, everything else as it is."""
    from reconciler.cli.copying import copied

    document, text = copied(documents, source, name)
    home = document.path.rpartition("/")[0]
    if folder is not None and folder.strip("/") != home:
        raise CannotWrite(
            f"a copy of `{source}` inherits what is in {home}/, and would not elsewhere",
            advice="leave --to out, and move the file afterwards",
        )
    return f"{home}/{name}.yaml", text
