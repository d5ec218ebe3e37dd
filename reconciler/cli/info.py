"""`reconciler version` and `reconciler help`."""

from __future__ import annotations

import click

from reconciler import __version__
from reconciler.cli.console import Console
from reconciler.cli.failure import EXIT_STATUSES
from reconciler.cli.options import Settings, Verb, common

_FORMATS = ("text", "json")


@click.command(cls=Verb, short_help="Print the version.")
@common(formats=_FORMATS)
@click.pass_context
def version(ctx: click.Context) -> None:
    """Print the version."""
    settings = Settings.of(ctx, formats=_FORMATS)
    console = Console.of(ctx, settings)
    if settings.output == "json":
        from reconciler.render.json import dumps

        console.result(dumps({"format": "reconciler/version/v1", "version": __version__}))
    else:
        console.result(f"reconciler {__version__}\n")


@click.command("help", cls=Verb, short_help="Help on a command, or on `exit-codes`.")
@click.argument("topic", nargs=-1)
@common()
@click.pass_context
def help_(ctx: click.Context, topic: tuple[str, ...]) -> None:
    """Help on a command, or on `exit-codes`."""
    console = Console.of(ctx, Settings.of(ctx))
    if topic == ("exit-codes",):
        console.result("".join(f"{status:>4}  {says}\n" for status, says in EXIT_STATUSES))
        return
    root = ctx.find_root()
    command, inner = root.command, root
    for word in topic:
        if not isinstance(command, click.Group):
            raise click.UsageError(f"`{inner.command_path}` has no commands of its own", ctx)
        _, found, _ = command.resolve_command(inner, [word])
        assert found is not None
        command, inner = found, click.Context(found, info_name=word, parent=inner)
    console.result(command.get_help(inner) + "\n")
