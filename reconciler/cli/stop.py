"""`reconciler stop`: stop a job that was launched from here."""

from __future__ import annotations

import click

from reconciler.cli.apply import conclude, teller
from reconciler.cli.arguments import NameAtVersion
from reconciler.cli.console import Console
from reconciler.cli.options import Settings, Verb, common
from reconciler.cli.push import Push, push_options

_FORMATS = ("text", "jsonl")


@click.command(cls=Verb, short_help="Stop a job that was launched from here.")
@click.argument("job", metavar="NAME[@VERSION]", type=NameAtVersion())
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@push_options("Take the run from the lock on the remote and record there who stopped it")
@common(formats=_FORMATS)
@click.pass_context
def stop(ctx: click.Context, job: tuple[str, int | None], *, yes: bool, push: Push | None) -> None:
    """Stop a job that was launched from here: its last run, or the one that answers VERSION.

    What it saved so far is kept as a partial artifact. The record says who stopped it, by the
    name that git has for you; on SageMaker it does so with --push.
    """
    from reconciler.cli.compose import Repository, journey
    from reconciler.reconcile.stopping import stop as stop_run

    settings = Settings.of(ctx, formats=_FORMATS)
    console = Console.of(ctx, settings)
    repository = Repository.open(ctx, settings)
    environment = repository.environment(settings, acts=True)
    name, version = job
    shown = name if version is None else f"{name} version {version}"
    question = f"Stop {shown} in {environment.name}?"
    if not yes and not console.confirm(question, option="--yes"):
        ctx.exit(0)
    writes = environment.local or push is not None
    by = repository.workspace.user() if writes else None
    with teller(console) as tell, journey(repository, environment, tell, push=push) as context:
        report = stop_run(context, name, version, by=by)
    if by is None:
        lacks = "a name in git (user.name, user.email)" if writes else "--push"
        console.say(f"Who stopped it is not recorded: that takes {lacks}.")
    conclude(ctx, console, report, {})
