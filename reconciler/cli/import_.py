"""`reconciler import`: a job that runs on SageMaker, or a request for one, becomes a document."""

from __future__ import annotations

from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.console import Console
from reconciler.cli.options import Settings, Verb, common
from reconciler.cli.push import Push, push_options

if TYPE_CHECKING:
    from reconciler.cli.compose import Repository
    from reconciler.cli.imported import Draft, Origin
    from reconciler.core.environment import Environment


@click.command("import", cls=Verb, short_help="Write a document for a job that exists.")
@click.argument("jobs", nargs=-1, metavar="TRAINING_JOB_NAME...")
@click.option(
    "--from-json",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A request for a training job, a model or an endpoint, or an answer of"
    " DescribeTrainingJob.",
)
@click.option("--name", help="Name of the document. Default: from the name of the job.")
@click.option(
    "--to",
    "folder",
    default="jobs",
    metavar="DIR",
    show_default=True,
    help="Folder of the document, from the root of the repository.",
)
@click.option(
    "--adopt",
    is_flag=True,
    help="Take the jobs over: tag them as ours and record them as the runs of their documents,"
    " so that those launch nothing.",
)
@push_options("Needed on SageMaker with --adopt. Keep the lock on the remote")
@common()
@click.pass_context
def import_(
    ctx: click.Context,
    jobs: tuple[str, ...],
    *,
    file: Path | None,
    name: str | None,
    folder: str,
    adopt: bool,
    push: Push | None,
) -> None:
    """Write a document for a job that runs on SageMaker, or for a request.

    The document is the shortest one that gives the same request in the environment; that is
    proved before it is written. Nothing is launched, and no file is overwritten.
    """
    from reconciler.cli.compose import Repository
    from reconciler.cli.imported import Workshop

    _check_usage(ctx, jobs, file, name, adopt=adopt)
    settings = Settings.of(ctx)
    console = Console.of(ctx, settings)
    repository = Repository.open(ctx, settings)
    environment = repository.environment(settings, acts=False)
    if adopt and push is None and not environment.local:
        raise click.UsageError("--adopt writes the lock on the remote: pass --push", ctx)
    workshop = Workshop.open(repository, environment, folder)
    drafts: list[Draft] = []
    for origin in _origins(repository, environment, jobs, file):
        drafts.append(workshop.draft(origin, name, taken={draft.name for draft in drafts}))
    for job, draft in zip_longest(jobs if adopt else (), drafts):
        # A document without its run would be launched: it is written once the job is taken over.
        if job is not None:
            _take_over(console, repository, environment, draft, job, push=push)
        draft.write(repository.workspace.root)
        console.result(f"{draft.name}  {draft.path}  from {draft.origin}\n")
        for line in draft.remarks:
            console.say(line)


def _check_usage(
    ctx: click.Context,
    jobs: tuple[str, ...],
    file: Path | None,
    name: str | None,
    *,
    adopt: bool,
) -> None:
    if bool(jobs) == bool(file):
        raise click.UsageError("give names of training jobs, or --from-json FILE", ctx)
    if name and len(jobs) > 1:
        raise click.UsageError("--name goes with one job", ctx)
    if adopt and file:
        raise click.UsageError("--adopt takes over a job that runs; a file has none", ctx)
    if adopt and len(set(jobs)) < len(jobs):
        raise click.UsageError("a job is named twice", ctx)


def _take_over(
    console: Console,
    repository: Repository,
    environment: Environment,
    draft: Draft,
    job: str,
    *,
    push: Push | None,
) -> None:
    """Record a job as the run of the document that is to be written for it."""
    from reconciler.cli.compose import journey
    from reconciler.core.desired import load
    from reconciler.core.settle import settle
    from reconciler.errors import InvalidDocuments
    from reconciler.kinds import KINDS
    from reconciler.reconcile.taking_over import take_over

    name = draft.name
    files = repository.workspace.proposed_files(draft.path, draft.text.encode())
    desired = load(files, environment.name, KINDS, tried=(name,))
    settled = settle(desired, repository.records(environment))
    if name not in settled.targets:
        raise InvalidDocuments((*desired.problems, *settled.problems))
    target = settled.targets[name]
    with journey(repository, environment, lambda _: None, push=push) as context:
        report = take_over(context, target, job, desired.revision)
    console.result(f"{name}  taken over: {job}  recorded in {', '.join(report.recorded)}\n")


def _origins(
    repository: Repository, environment: Environment, jobs: tuple[str, ...], file: Path | None
) -> list[Origin]:
    from reconciler.cli.imported import from_file, from_sagemaker

    if file is not None:
        return [from_file(file)]
    return from_sagemaker(repository, environment, jobs)
