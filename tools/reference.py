"""Write docs/reference/ from the code: errors, commands, fields.

python tools/reference.py            write the pages
python tools/reference.py --check    exit 1 if a committed page is not what the code says
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import click

from reconciler.cli.failure import EXIT_STATUSES
from reconciler.cli.main import cli
from reconciler.core.catalogue import CATALOGUE
from reconciler.core.fields import rows
from reconciler.kinds.endpoint import fields as endpoint
from reconciler.kinds.model import fields as model
from reconciler.kinds.training_job import fields as training_job

FOLDER = Path(__file__).parents[1] / "docs" / "reference"
WRITTEN_BY = "<!-- Written by tools/reference.py; do not edit. -->"


def errors() -> Iterator[str]:
    """Every number, with its reason and its cure."""
    yield "# Errors"
    yield "`reconciler explain E103` prints one of these."
    for code, rule in sorted(CATALOGUE.items()):
        yield f"## {code}: {rule.title}"
        yield rule.why
        yield rule.cure
        if rule.example:
            language = "" if rule.example.startswith("reconciler ") else "yaml"
            yield f"```{language}\n{rule.example.strip()}\n```"


def commands() -> Iterator[str]:
    """Every command with its help, and the exit statuses."""
    yield "# Commands"
    context = click.Context(cli, info_name="reconciler", max_content_width=100, terminal_width=100)
    yield f"```\n{cli.get_help(context)}\n```"
    yield from _commands_of(cli, context)
    yield "## Exit statuses"
    yield "\n".join(f"- {status}: {says}" for status, says in EXIT_STATUSES)


def _commands_of(group: click.Group, context: click.Context) -> Iterator[str]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        inner = click.Context(command, info_name=name, parent=context, terminal_width=100)
        yield f"## {inner.command_path}"
        yield f"```\n{command.get_help(inner)}\n```"
        if isinstance(command, click.Group):
            yield from _commands_of(command, inner)


def fields() -> Iterator[str]:
    """Every member of the requests that launch something, and the key it has in a document."""
    yield "# Fields"
    yield (
        "Every member of AWS's requests and the key of a document that says it. A key is the"
        " member's name in snake_case, without `Enable`, `Config` and the unit, which the value"
        " carries (`6h`, `30GB`). Lists of named things are maps by their name. What has no key yet"
        " is said under `api_overrides`, by AWS's own names. `reconciler explain KEY` has more."
    )
    yield from _members("A training job: CreateTrainingJob", training_job)
    read_only = ", ".join(f"`{member}`" for member in sorted(training_job.READ_ONLY))
    yield f"Only in answers, refused in a request: {read_only}."
    yield from _members("A model: CreateModel", model)
    yield from _members("An endpoint: CreateEndpointConfig", endpoint)


def _members(title: str, kind: ModuleType) -> Iterator[str]:
    yield f"## {title}"
    table = [
        f"| `{member}` | `{key}` | {kind.OTHER_NAMES.get(key, '')} |"
        for key, member in sorted(rows(kind.TABLE), key=_member)
    ]
    head = ["| member | key | why the key has another name |", "|---|---|---|"]
    yield "\n".join([*head, *table])
    derived = ", ".join(f"`{member}`" for member in sorted(kind.DERIVED))
    yield f"Worked out from the name and the content: {derived}."


def _member(row: tuple[str, str]) -> str:
    return row[1]


PAGES = {"errors.md": errors, "commands.md": commands, "fields.md": fields}


def page(name: str) -> str:
    """The text of one page."""
    return "\n\n".join([WRITTEN_BY, *PAGES[name]()]) + "\n"


def main() -> int:
    """Write the pages, or compare them."""
    check = "--check" in sys.argv[1:]
    stale = [n for n in PAGES if not _is_fresh(n)]
    for name in stale:
        if not check:
            (FOLDER / name).write_text(page(name), encoding="utf-8")
        print(f"docs/reference/{name} {'is stale' if check else 'written'}")
    return int(check and bool(stale))


def _is_fresh(name: str) -> bool:
    path = FOLDER / name
    return path.exists() and path.read_text(encoding="utf-8") == page(name)


if __name__ == "__main__":
    sys.exit(main())
