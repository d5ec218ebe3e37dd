"""Lazy commands: a table says which exist; a command's module is imported when it is used.

`reconciler --help` therefore costs no more than click itself.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass

import click

_TAKEN = frozenset({"help", "import"})
"""Names that Python has a meaning for."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the table of commands."""

    name: str
    module: str
    """Module that holds a click command of that name; `help` is `help_`, `import` is `import_`."""
    section: str
    short_help: str
    """Its line in `--help`; the command's own first line says the same."""

    def load(self) -> click.Command:
        """Import the command."""
        module = importlib.import_module(self.module)
        command = getattr(module, f"{self.name}_" if self.name in _TAKEN else self.name)
        assert isinstance(command, click.Command)
        return command


class LazyGroup(click.Group):
    """A group whose commands are imported on use and listed in sections."""

    entries: Sequence[Entry] = ()

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order of the table."""
        del ctx
        return [entry.name for entry in self.entries]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now; None if the table has none."""
        del ctx
        return next((entry.load() for entry in self.entries if entry.name == cmd_name), None)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command of the first word; a wrong word gets a suggestion."""
        name = args[0]
        if not name.startswith("-") and name not in self.list_commands(ctx):
            ctx.fail(self._unknown(name))
        return super().resolve_command(ctx, args)

    def _unknown(self, name: str) -> str:
        from reconciler.core.suggest import did_you_mean

        near = did_you_mean(name, [entry.name for entry in self.entries])
        hint = f"did you mean `{near}`?" if near else "`reconciler --help` lists them"
        return f"there is no command `{name}`; {hint}"

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write one list per section, from the table: nothing is imported."""
        del ctx
        widest = max(len(entry.name) for entry in self.entries)
        for section in dict.fromkeys(entry.section for entry in self.entries):
            rows = [
                (f"{entry.name:<{widest}}", entry.short_help)
                for entry in self.entries
                if entry.section == section
            ]
            with formatter.section(section):
                formatter.write_dl(rows)
