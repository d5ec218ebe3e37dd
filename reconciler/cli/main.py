"""The root of the command line: the table of commands, the common options, the entry point."""

from __future__ import annotations

import sys
from typing import Any

import click

from reconciler.cli.lazy import Entry, LazyGroup
from reconciler.cli.options import common, write_options

_EVERY_DAY, _LOOK, _CARE = "Every day", "Look", "Care"


def _entry(name: str, module: str, section: str, short_help: str) -> Entry:
    return Entry(name, f"reconciler.cli.{module}", section, short_help)


COMMANDS = (
    _entry("init", "init", _EVERY_DAY, "Write all that a new repository needs."),
    _entry("new", "new", _EVERY_DAY, "Write a commented document to start from."),
    _entry("validate", "validate", _EVERY_DAY, "Check documents; needs no network."),
    _entry("plan", "plan", _EVERY_DAY, "Show what apply would do; changes nothing."),
    _entry("apply", "apply", _EVERY_DAY, "Launch what the documents ask for, and record it."),
    _entry("status", "status", _EVERY_DAY, "Show how each resource stands."),
    _entry("logs", "logs", _EVERY_DAY, "Show the log of a job."),
    _entry("show", "show", _LOOK, "Show one document: as it resolves, or its API request."),
    _entry("cost", "cost", _LOOK, "Sum up what runs cost."),
    _entry("explain", "explain", _LOOK, "Explain an error number or a field."),
    _entry("refresh", "apply", _CARE, "Record what is live; launch nothing."),
    _entry("import", "import_", _CARE, "Write a document for a job that exists."),
    _entry("bump", "bump", _CARE, "Raise the version of jobs, which launches them."),
    _entry("rerun", "rerun", _CARE, "Ask for a run of the same content again."),
    _entry(
        "promote",
        "promote",
        _CARE,
        "Let an environment take a version that completed elsewhere.",
    ),
    _entry("stop", "stop", _CARE, "Stop a job that was launched from here."),
    _entry("audit", "audit", _CARE, "Hold the lock against its history, SageMaker and S3."),
    _entry("doctor", "doctor", _CARE, "Check the set-up: git, AWS, GitHub, this computer."),
    _entry("github", "github", _CARE, "Tell pull requests what happened; for workflows."),
    _entry("schema", "schema", _CARE, "Write or check the JSON Schema for editors."),
    _entry("local", "local", _CARE, "Look after the local engine."),
    _entry("version", "info", _CARE, "Print the version."),
    _entry("help", "info", _CARE, "Help on a command, or on `exit-codes`."),
)


class Root(LazyGroup):
    """The root group; every failure of a command is told here, once."""

    entries = COMMANDS

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command, and turn its failures into messages and exit statuses."""
        from reconciler.cli.failure import told

        with told(ctx):
            return super().invoke(ctx)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands in sections, then the options."""
        self.format_commands(ctx, formatter)
        write_options(self, ctx, formatter)


@click.group(
    cls=Root,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="AWS is reached as boto3 does: AWS_PROFILE, AWS_ENDPOINT_URL and the like are honoured.",
)
@common(formats=("see each command",))
def cli() -> None:
    """Keep SageMaker as the documents of a git repository say."""


def main() -> None:
    """Entry point of `reconciler` and `python -m reconciler`."""
    for stream in (sys.stdout, sys.stderr):
        # A name that the terminal's encoding lacks is shown escaped; it is no reason to fail.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    cli(prog_name="reconciler")
