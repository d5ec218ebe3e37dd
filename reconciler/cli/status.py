"""`reconciler status`: how each resource stands, by the lock and by what is live."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from reconciler.cli.console import Console
from reconciler.cli.options import Settings, Verb, common

if TYPE_CHECKING:
    from reconciler.core.environment import Environment
    from reconciler.reconcile.looking import StatusLine

_FORMATS = ("text", "json")
_FAILED = 1
_SOMETHING_TO_DO = 3
_WATCH_SECONDS = 5.0


@click.command(cls=Verb, short_help="Show how each resource stands.")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--all", "every", is_flag=True, help="Every run in the lock, not the last ones only.")
@click.option("--watch", is_flag=True, help="Show it again and again until nothing moves.")
@click.option(
    "--exit-code",
    is_flag=True,
    help="Exit with 1 when a run or its gates failed, with 3 when something still moves.",
)
@click.option("--offline", is_flag=True, help="Read the lock only; do not ask AWS.")
@common(formats=_FORMATS)
@click.pass_context
def status(
    ctx: click.Context,
    names: tuple[str, ...],
    *,
    every: bool,
    watch: bool,
    exit_code: bool,
    offline: bool,
) -> None:
    """Show how each resource stands: its last run by the lock, and what is live now."""
    from reconciler.cli.compose import Repository, journey
    from reconciler.cli.names import require_known
    from reconciler.cli.progress import Narrator
    from reconciler.reconcile.looking import status as look

    settings = Settings.of(ctx, formats=_FORMATS)
    console = Console.of(ctx, settings)
    if watch and settings.output != "text":
        raise click.UsageError("--watch is for people; leave -o out", ctx)
    repository = Repository.open(ctx, settings)
    environment = repository.environment(settings, acts=False)
    require_known(repository, environment, names)
    with journey(repository, environment, Narrator(console)) as context:
        while True:
            rows = look(context, names=names, every=every, offline=offline)
            _show(console, environment, rows)
            moving = any(_moves(row) for row in rows)
            if not watch or not moving or context.clock.interrupted():
                break
            context.clock.sleep(_WATCH_SECONDS)
    ctx.exit(_exit_status(rows) if exit_code else 0)


def _show(console: Console, environment: Environment, rows: Sequence[StatusLine]) -> None:
    from reconciler.render.json import dumps, status_document
    from reconciler.render.status import status_text

    if console.settings.output == "json":
        console.result(dumps(status_document(environment.name, rows)))
    else:
        console.result(status_text(rows, console.theme, environment=environment.name))


def _moves(row: StatusLine) -> bool:
    from reconciler.core.record import State

    return row.state in (State.INTENT, State.LAUNCHED)


def _exit_status(rows: Sequence[StatusLine]) -> int:
    from reconciler.core.gates import failed
    from reconciler.core.record import State

    bad = (State.FAILED, State.CONFLICT, State.REFUSED)
    if any(row.state in bad or failed(row.gates) for row in rows):
        return _FAILED
    return _SOMETHING_TO_DO if any(_moves(row) for row in rows) else 0
