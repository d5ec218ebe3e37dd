"""`reconciler logs`: the log of a job, from CloudWatch or from the local engine."""

from __future__ import annotations

import re
import time
from itertools import islice

import click

from reconciler.cli.arguments import Duration, NameAtVersion
from reconciler.cli.console import Console
from reconciler.cli.options import Settings, Verb, common
from reconciler.errors import Interrupted

_BLOCK_LINES = 500


@click.command(cls=Verb, short_help="Show the log of a job.")
@click.argument("job", metavar="NAME[@VERSION]", type=NameAtVersion())
@click.option("-f", "--follow", is_flag=True, help="Go on until the job ends.")
@click.option("--since", type=Duration(), metavar="TIME", help="Only lines of the last 10m, 2h, …")
@click.option("--tail", type=click.IntRange(min=1), metavar="N", help="Only the last N lines.")
@click.option("--host", metavar="HOST", help="Only the lines of one host, such as algo-1.")
@click.option("--grep", metavar="RE", help="Only lines that match this regular expression.")
@common()
@click.pass_context
def logs(
    ctx: click.Context,
    job: tuple[str, int | None],
    *,
    follow: bool,
    since: int | None,
    tail: int | None,
    host: str | None,
    grep: str | None,
) -> None:
    """Show the log of a job: its last run, or the run that answers VERSION."""
    from reconciler.cli.compose import Repository, journey
    from reconciler.cli.progress import Narrator
    from reconciler.reconcile.logs import Asked
    from reconciler.reconcile.logs import logs as read_log
    from reconciler.reconcile.looking import run_of
    from reconciler.render.inert import inert
    from reconciler.render.log import log_line

    settings = Settings.of(ctx)
    console = Console.of(ctx, settings)
    pattern = _pattern(ctx, grep)
    repository = Repository.open(ctx, settings)
    environment = repository.environment(settings, acts=False)
    start = 0 if since is None else int((time.time() - since) * 1000)
    asked = Asked(start, tail, host, pattern.search if pattern else None)
    with journey(repository, environment, Narrator(console)) as context:
        lines = read_log(context, *job, asked=asked, follow=follow)
        shown = False
        # What is there already goes out in blocks: each write is flushed.
        size = 1 if follow else _BLOCK_LINES
        while not context.clock.interrupted() and (block := list(islice(lines, size))):
            shown = True
            console.result("".join(log_line(line, console.theme) + "\n" for line in block))
        if not shown:
            _, _, run = run_of(context, *job)
            told = f"no such line is in the log of {job[0]}@{run.version} ({run.end})"
            console.complain(inert(told) + "\n")
        ctx.exit(Interrupted.exit_status if context.clock.interrupted() else 0)


def _pattern(ctx: click.Context, text: str | None) -> re.Pattern[str] | None:
    try:
        return re.compile(text) if text is not None else None
    except re.error as error:
        raise click.UsageError(f"--grep: {error}", ctx) from error
