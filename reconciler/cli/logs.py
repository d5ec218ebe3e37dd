"""`reconciler logs`: the log of a job, from CloudWatch or from the local engine."""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Iterator
from typing import Protocol

import click

from reconciler.cli.arguments import Duration, NameAtVersion
from reconciler.cli.console import Console
from reconciler.cli.options import Settings, Verb, common
from reconciler.core.ports import LogLine
from reconciler.errors import Interrupted


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
    from reconciler.reconcile.looking import logs as read_log
    from reconciler.render.log import log_line

    settings = Settings.of(ctx)
    console = Console.of(ctx, settings)
    pattern = _pattern(ctx, grep)
    repository = Repository.open(ctx, settings)
    environment = repository.environment(settings, acts=False)
    start = 0 if since is None else int((time.time() - since) * 1000)
    with journey(repository, environment, Narrator(console)) as context:

        def read(start: int, *, follow: bool) -> Iterator[LogLine]:
            lines = read_log(context, *job, follow=follow, since=start, host=host)
            return (line for line in lines if pattern is None or pattern.search(line.text))

        for line in _ending(read, start, follow=follow, tail=tail):
            console.result(log_line(line, console.theme) + "\n")
        ctx.exit(Interrupted.exit_status if context.clock.interrupted() else 0)


class _Read(Protocol):
    def __call__(self, start: int, *, follow: bool) -> Iterator[LogLine]: ...


def _ending(read: _Read, start: int, *, follow: bool, tail: int | None) -> Iterator[LogLine]:
    """The lines, or of those that are there now only the last `tail`; with `follow`, the rest."""
    if tail is None:
        yield from read(start, follow=follow)
        return
    last = deque(read(start, follow=False), maxlen=tail)
    yield from last
    if follow:
        newest = last[-1].at if last else start
        told = set(last)
        yield from (line for line in read(newest, follow=True) if line not in told)


def _pattern(ctx: click.Context, text: str | None) -> re.Pattern[str] | None:
    try:
        return re.compile(text) if text is not None else None
    except re.error as error:
        raise click.UsageError(f"--grep: {error}", ctx) from error
