"""`reconciler schema`: the JSON Schema that editors use."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli.console import Console
from reconciler.cli.options import Settings, Verb, common
from reconciler.errors import ReconcilerError

_COMMITTED = Path("schemas") / "spec.v1.json"


class StaleSchema(ReconcilerError):
    """The committed schema is not what this version writes."""


@click.command(cls=Verb, short_help="Write or check the JSON Schema for editors.")
@click.option(
    "-o",
    "--output",
    "target",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write it to this file; `-` (the default) is stdout.",
)
@click.option(
    "--check",
    is_flag=True,
    help=f"Fail when the file (default: {_COMMITTED.as_posix()}) is not up to date.",
)
@common(output=False)
@click.pass_context
def schema(ctx: click.Context, target: Path | None, *, check: bool) -> None:
    """Write or check the JSON Schema for editors."""
    from reconciler.core.schema import schema_text
    from reconciler.kinds import KINDS

    settings = Settings.of(ctx)
    console = Console.of(ctx, settings)
    text = schema_text(KINDS)
    if check:
        _check(settings.directory / (target or _COMMITTED), text)
        console.say("The schema is up to date.")
    elif target is None or str(target) == "-":
        console.result(text)
    else:
        (settings.directory / target).write_text(text, encoding="utf-8", newline="\n")
        console.say(f"Wrote {target}.")


def _check(path: Path, text: str) -> None:
    if not path.is_file():
        raise StaleSchema(f"there is no {path}", advice=f"reconciler schema -o {path}")
    if path.read_text(encoding="utf-8") != text:
        raise StaleSchema(
            f"{path} is not what this version writes", advice=f"reconciler schema -o {path}"
        )
