"""Options that every command has, before the command's name or after it.

`reconciler -e local plan` and `reconciler plan -e local` mean the same. What was said last on the
command line wins, then what came earlier on it, then the environment variable.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

_META = "reconciler.settings"


class CommonOption(click.Option):
    """An option of every command; help lists it apart."""


class Verb(click.Command):
    """A command whose help lists its own options first."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the command's own options, then the common ones."""
        write_options(self, ctx, formatter)


def write_options(
    command: click.Command, ctx: click.Context, formatter: click.HelpFormatter
) -> None:
    """Two lists of options: the command's own, and those of every command."""
    own: list[tuple[str, str]] = []
    common: list[tuple[str, str]] = []
    for param in command.get_params(ctx):
        record = param.get_help_record(ctx)
        if record is not None:
            (common if isinstance(param, CommonOption) else own).append(record)
    for title, records in (("Options", own), ("Options of every command", common)):
        if records:
            with formatter.section(title):
                formatter.write_dl(records)


def _remember(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    """Keep a value for `Settings.of`; a variable never beats what was typed."""
    given = ctx.meta.setdefault(_META, {})
    source = ctx.get_parameter_source(str(param.name))
    if source is ParameterSource.COMMANDLINE or (
        source is ParameterSource.ENVIRONMENT and param.name not in given
    ):
        given[param.name] = (value, source is ParameterSource.COMMANDLINE)


def common(*, formats: Sequence[str] = ("text",), output: bool = True) -> Callable[..., Any]:
    """Give a command the common options; `formats` are what its `-o` knows, the default first.

    `output=False` leaves `-o` to the command.
    """
    options = [
        click.option(
            "-C",
            "start_folder",
            cls=CommonOption,
            metavar="DIR",
            type=click.Path(exists=True, file_okay=False),
            envvar="RECONCILER_DIRECTORY",
            show_envvar=True,
            expose_value=False,
            callback=_remember,
            help="Work as if started in this folder.",
        ),
        _option("--environment", "-e", metavar="ENV", help="Environment to work on."),
        _option("--output", "-o", metavar="FORMAT", help=f"Form: {', '.join(formats)}."),
        _option(
            "--color",
            type=click.Choice(["auto", "always", "never"]),
            help="Colours; auto: on a terminal, unless NO_COLOR says otherwise.",
        ),
        _option("--quiet", "-q", is_flag=True, help="Results and errors only."),
        _option("--verbose", "-v", is_flag=True, help="Also what is in sync."),
        _option("--debug", is_flag=True, help="Show the traceback of a bug."),
    ]

    if not output:
        del options[2]

    def decorate(command: Any) -> Any:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def debugging(ctx: click.Context) -> bool:
    """Whether `--debug` was given, before the command or after it."""
    return bool(ctx.meta.get(_META, {}).get("debug", (False, False))[0])


def _option(*names: str, **attributes: Any) -> Callable[..., Any]:
    long = next(name for name in names if name.startswith("--"))
    return click.option(
        *names,
        cls=CommonOption,
        envvar=f"RECONCILER_{long[2:].upper()}",
        show_envvar=True,
        expose_value=False,
        callback=_remember,
        **attributes,
    )


@dataclass(frozen=True, slots=True)
class Settings:
    """What the common options came to."""

    directory: Path
    environment: str | None
    output: str
    """Form of the output; one of those that the command knows."""
    color: str
    quiet: bool
    verbose: bool

    @classmethod
    def of(cls, ctx: click.Context, *, formats: Sequence[str] = ("text",)) -> Settings:
        """Read what was given; a form that the command does not know is wrong usage.

        A form from RECONCILER_OUTPUT is for the commands that know it; the others keep theirs.
        """
        given = ctx.meta.get(_META, {})
        output, typed = given.get("output", (formats[0], False))
        if output not in formats and typed:
            known = ", ".join(formats)
            raise click.BadParameter(
                f"{ctx.info_name} has no form {output!r}; it has: {known}",
                ctx=ctx,
                param_hint="-o",
            )
        return cls(
            directory=Path(given.get("start_folder", (".", False))[0]),
            environment=given.get("environment", (None, False))[0],
            output=output if output in formats else formats[0],
            color=given.get("color", ("auto", False))[0],
            quiet=given.get("quiet", (False, False))[0],
            verbose=given.get("verbose", (False, False))[0],
        )
