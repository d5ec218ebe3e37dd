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
from reconciler.core.header import API_VERSION, HEADER
from reconciler.core.reference import ITEM, NAME, SHARED, Schema, documents, keys, members
from reconciler.core.schema import schema
from reconciler.kinds import KINDS
from reconciler.kinds.endpoint import fields as endpoint
from reconciler.kinds.model import fields as model
from reconciler.kinds.readers import READERS
from reconciler.kinds.training_job import fields as training_job
from reconciler.render.explain import default_text, form

FOLDER = Path(__file__).parents[1] / "docs" / "reference"
WRITTEN_BY = "<!-- Written by tools/reference.py; do not edit. -->"
MODULES = {"TrainingJob": training_job, "Model": model, "Endpoint": endpoint}
TABLES = {reader.kind.name: reader.table for reader in READERS}
OPERATIONS = {reader.kind.name: reader.operation for reader in READERS}
FIELDS = (
    "Every key of every document, and AWS's member that it becomes. NAME is a name of your own;"
    " `[]` is an item of a list. A key is the member's name in snake_case, without `Enable`,"
    " `Config` and the unit, which the value carries (`6h`, `30GB`). Lists of named things are"
    " maps by their name. What has no key yet is said under `api_overrides`, by AWS's own names."
    " A key without a member is read by the reconciler alone. `reconciler explain KEY` tells the"
    " same about one key, with an example."
)
SHARING = {
    "Runtime": "A document under `runtimes/`. Beside these it has any key of the kinds above but"
    " `version`, `run` and `runtime`; a document that says `runtime: NAME` inherits them.",
    "Defaults": "A file `_defaults.yaml` below `jobs/`. Beside these it has any key of the kinds"
    " above but `name`, `version`, `run` and `runtime`; documents in its folder and below inherit"
    " those that their kind has.",
}
"""What the two documents hold that only pass keys on."""


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
    settings = cli.context_settings
    context = click.Context(cli, info_name="reconciler", terminal_width=100, **settings)
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
    """Every key that people may write, and AWS's member for it."""
    whole = schema(KINDS)
    yield "# Fields"
    yield FIELDS
    kinds = " or ".join(f"`{document}`" for document in documents(whole))
    yield f"Every document begins with `apiVersion: {API_VERSION}` and `kind:`, {kinds}."
    for document in documents(whole):
        operation = OPERATIONS.get(document)
        yield f"## {document}" + (f": {operation}" if operation else "")
        if document in SHARED:
            yield SHARING[document]
        yield _table(whole, document)
        if operation:
            yield from _names_of(MODULES[document])


def _table(whole: Schema, document: str) -> str:
    table = TABLES.get(document, ())
    lines = ["| key | value | meaning | AWS |", "|---|---|---|---|"]
    for key in keys(whole, document):
        names = members(table, key.path)
        if key.path in HEADER or (key.path.endswith((NAME, ITEM)) and not names):
            continue
        value = form(key.schema, names_keys=False)
        default = default_text(key.schema)
        value += f"; default {default}" if default else ""
        cells = (f"`{key.path}`", value, key.meaning, ", ".join(f"`{one}`" for one in names))
        lines.append(f"| {' | '.join(_in_a_cell(cell) for cell in cells)} |")
    return "\n".join(lines)


def _in_a_cell(text: str) -> str:
    """Text that neither ends a cell nor is taken for an HTML tag or an emphasis."""
    parts = text.replace("|", "\\|").split("`")
    plain = [part.replace("<", "&lt;").replace("*", "\\*") for part in parts[::2]]
    parts[::2] = plain
    return "`".join(parts)


def _names_of(kind: ModuleType) -> Iterator[str]:
    """Keys whose names do not follow the rule, and members without a key."""
    reasons = [f"- `{key}`: {reason}." for key, reason in kind.OTHER_NAMES.items()]
    yield "Keys that have another name than AWS's member:"
    yield "\n".join(reason.replace(".*", f".{NAME}") for reason in reasons)
    derived = ", ".join(f"`{member}`" for member in sorted(kind.DERIVED))
    yield f"Worked out from the name and the content: {derived}."
    if read_only := ", ".join(f"`{one}`" for one in sorted(getattr(kind, "READ_ONLY", ()))):
        yield f"Only in answers, refused in a request: {read_only}."


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
