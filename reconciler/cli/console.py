"""Console: results to stdout, everything else to stderr, colours and signs that fit the stream."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import Any, TextIO

import click

from reconciler.cli.options import Settings
from reconciler.render.theme import ASCII, Role, Symbols, Theme

_COLORS: dict[Role, dict[str, Any]] = {
    "good": {"fg": "green"},
    "bad": {"fg": "red"},
    "warn": {"fg": "yellow"},
    "change": {"fg": "cyan"},
    "dim": {"dim": True},
    "strong": {"bold": True},
}
_NARROWEST = 80
_WIDEST = 140


def color_choice(setting: str, environ: dict[str, str]) -> bool | None:
    """Whether to colour: `--color`, then NO_COLOR, then FORCE_COLOR, then (None) the terminal."""
    if setting != "auto":
        return setting == "always"
    if environ.get("NO_COLOR"):
        return False
    return True if environ.get("FORCE_COLOR") else None


@dataclass(frozen=True, slots=True)
class Console:
    """The two streams of one run of the command."""

    settings: Settings
    color: bool | None
    """True or False: decided; None: each stream by whether it is a terminal."""

    @classmethod
    def of(cls, ctx: click.Context, settings: Settings) -> Console:
        """The console of a command; click learns the choice of colour too."""
        color = color_choice(settings.color, dict(os.environ))
        ctx.color = color
        return cls(settings, color)

    @property
    def theme(self) -> Theme:
        """Signs and colours for stdout; click takes the colours out where they do not belong."""
        return theme_for(sys.stdout)

    @property
    def progress_theme(self) -> Theme:
        """Signs and colours for stderr."""
        return theme_for(sys.stderr)

    @property
    def interactive(self) -> bool:
        """Whether somebody is there to answer a question."""
        return sys.stdin.isatty() and sys.stderr.isatty()

    @property
    def live(self) -> bool:
        """Whether stderr can show rows that move."""
        return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"

    def result(self, text: str) -> None:
        """Write a result to stdout; `text` ends with its own newline."""
        click.echo(text, nl=False, color=self.color)

    def say(self, text: str) -> None:
        """Write a line about what happens to stderr, unless `--quiet`."""
        if not self.settings.quiet:
            click.echo(text, err=True, color=self.color)

    def complain(self, text: str) -> None:
        """Write what went wrong to stderr, `--quiet` or not; `text` ends with a newline."""
        click.echo(text, err=True, nl=False, color=self.color)

    def confirm(self, question: str, *, option: str) -> bool:
        """Ask on stderr; without a terminal refuse and name the option that answers."""
        if not self.interactive:
            raise click.UsageError(f"there is no terminal to ask on; pass {option}")
        return click.confirm(question, err=True)


def theme_for(stream: TextIO) -> Theme:
    """Signs that the stream's encoding has, and colours."""
    from shutil import get_terminal_size

    columns = get_terminal_size((100, 24)).columns
    return Theme(
        paint=_paint,
        symbols=_symbols(stream),
        width=max(_NARROWEST, min(_WIDEST, columns)),
    )


def _paint(text: str, role: Role) -> str:
    return click.style(text, **_COLORS[role]) if text else text


def _symbols(stream: TextIO) -> Symbols:
    encoding = (stream.encoding or "").lower().replace("-", "")
    return Symbols() if encoding == "utf8" else ASCII
