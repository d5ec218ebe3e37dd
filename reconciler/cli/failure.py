"""Failures as people see them: a numbered message, what to do, and the exit status."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import click

from reconciler.cli.console import theme_for
from reconciler.cli.options import debugging
from reconciler.errors import InvalidDocuments, ReconcilerError
from reconciler.render.inert import inert

EXIT_STATUSES = (
    (0, "done; plan also when there are changes"),
    (1, "failed: an invalid document, a job that failed, AWS refused"),
    (2, "wrong usage of the command line"),
    (3, "with --exit-code: there is something to do"),
    (4, "credentials are missing or refused, or belong elsewhere"),
    (5, "the plan is no longer the approved one, or the lock cannot be written"),
    (8, "--timeout passed; the jobs go on"),
    (70, "a bug in the reconciler"),
    (130, "interrupted; the jobs go on"),
)
"""Exit statuses and what they say; `reconciler help exit-codes` prints them."""

_BUG = 70
_INTERRUPTED = 130
_CLOSED_PIPE = 141


@contextmanager
def told(ctx: click.Context) -> Iterator[None]:
    """Turn every failure inside into a message on stderr and an exit status.

    What click raises itself passes: click tells wrong usage.
    """
    try:
        yield
    except (click.ClickException, click.Abort, click.exceptions.Exit):
        raise
    except InvalidDocuments as error:
        _tell_documents(error, ctx)
        raise click.exceptions.Exit(error.exit_status) from error
    except ReconcilerError as error:
        _tell(str(error), code=error.code, advice=error.advice)
        raise click.exceptions.Exit(error.exit_status) from error
    except KeyboardInterrupt as error:
        _tell("interrupted", advice="jobs that were launched go on; the same command resumes")
        raise click.exceptions.Exit(_INTERRUPTED) from error
    except BrokenPipeError as error:
        _close_quietly()
        raise click.exceptions.Exit(_CLOSED_PIPE) from error
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        _tell(f"{where}{error.strerror or error}")
        _trace(debug=debugging(ctx))
        raise click.exceptions.Exit(1) from error
    except Exception as error:
        from reconciler.cli.engine import is_state_error

        if is_state_error(error):
            _tell(str(error))
            raise click.exceptions.Exit(1) from error
        _tell(
            f"this is a bug in the reconciler ({type(error).__name__}: {error})",
            advice=None if debugging(ctx) else "--debug shows where; please report it",
        )
        _trace(debug=debugging(ctx))
        raise click.exceptions.Exit(_BUG) from error


def _tell(message: str, *, code: str | None = None, advice: str | None = None) -> None:
    number = f"[{code}]" if code else ""
    click.echo(f"{click.style(f'error{number}', fg='red', bold=True)}: {inert(message)}", err=True)
    if advice:
        click.echo(f"   = help: {inert(advice)}", err=True)


def _tell_documents(error: InvalidDocuments, ctx: click.Context) -> None:
    from reconciler.cli.problems import problems_text

    click.echo(problems_text(error.problems, ctx, theme_for(sys.stderr)), err=True, nl=False)


def _trace(*, debug: bool) -> None:
    if debug:
        click.echo(traceback.format_exc(), err=True)


def _close_quietly() -> None:
    """Nobody reads any more; keep the interpreter from saying so when it flushes at the end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(nowhere, stream.fileno())
