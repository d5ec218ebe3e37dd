"""`reconciler apply` and `refresh`: carry out a plan, record what is live."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.arguments import Duration, PlanDigest
from reconciler.cli.console import Console
from reconciler.cli.options import Settings, Verb, common
from reconciler.cli.push import Push, push_options
from reconciler.errors import Interrupted, ServiceError, StillRunning

if TYPE_CHECKING:
    from reconciler.cli.compose import Repository
    from reconciler.core.environment import Environment
    from reconciler.core.plan import Plan
    from reconciler.reconcile.context import Context, Report
    from reconciler.reconcile.events import Event

_FORMATS = ("text", "jsonl")
_LOG_LINES = 10


@click.command(cls=Verb, short_help="Launch what the documents ask for, and record it.")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option(
    "--plan-digest",
    type=PlanDigest(),
    metavar="DIGEST",
    help="Apply only if the plan still has this digest (8 digits or more).",
)
@click.option("--yes", "-y", is_flag=True, help="Do not ask before launching on SageMaker.")
@click.option(
    "--wait/--no-wait",
    default=None,
    help="Follow the jobs to their end, and launch what waits for them."
    " Default: wait on the local engine only.",
)
@click.option(
    "--timeout",
    type=Duration(),
    metavar="TIME",
    help="Stop waiting after this time, such as 6h; the jobs go on. Exit status 8.",
)
@click.option(
    "--approved",
    metavar="PLAN",
    help="Launch, stop and delete only what this plan showed: a plan.json of `plan --save`, or"
    " `from-pr` for the plans on the merged pull requests. The rest is held (E309).",
)
@click.option(
    "--report",
    "report_path",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also write what was done as JSON, for `reconciler github report`.",
)
@push_options("Needed on SageMaker. Apply the newest commit of the remote, and keep the lock there")
@common(formats=_FORMATS)
@click.pass_context
def apply(
    ctx: click.Context,
    names: tuple[str, ...],
    *,
    plan_digest: str | None,
    yes: bool,
    wait: bool | None,
    timeout: int | None,
    approved: str | None,
    report_path: Path | None,
    push: Push | None,
) -> None:
    """Launch what the documents ask for, and record it.

    Intents are recorded first, then each change is carried out in the order of its inputs. Doing
    it again is harmless: the same content is never launched twice.
    """
    from reconciler.cli.compose import Repository, journey
    from reconciler.cli.names import require_known
    from reconciler.cli.reviewing import reviewed
    from reconciler.reconcile.applying import apply as carry_out

    settings = Settings.of(ctx, formats=_FORMATS)
    console = Console.of(ctx, settings)
    repository = Repository.open(ctx, settings)
    environment = repository.environment(settings, acts=True)
    require_known(repository, environment, names)
    waits = environment.local if wait is None else wait
    if timeout is not None and not waits:
        raise click.UsageError("--timeout says how long to wait: pass --wait too", ctx)
    digest = plan_digest
    if digest is None and approved is None and not environment.local and not yes:
        digest = _approval(ctx, console, repository, environment, names, push=push)
    with teller(console) as tell, journey(repository, environment, tell, push=push) as opened:
        context = reviewed(opened, repository.workspace, push=push, approved=approved)
        report = carry_out(context, names=names, wait=waits, timeout=timeout, approved=digest)
        logs = last_lines(context, report)
    _save(report, report_path)
    conclude(ctx, console, report, logs)


def _save(report: Report, path: Path | None) -> None:
    """Write a report as JSON, where it is wanted."""
    from reconciler.render.json import dumps
    from reconciler.render.report import report_document

    if path is not None:
        path.write_text(dumps(report_document(report)), "utf-8")


def _approval(
    ctx: click.Context,
    console: Console,
    repository: Repository,
    environment: Environment,
    names: tuple[str, ...],
    *,
    push: Push | None,
) -> str:
    """Show the plan, ask, and give the digest that was agreed to."""
    from reconciler.cli.compose import journey
    from reconciler.cli.progress import Narrator
    from reconciler.reconcile.planning import plan as make_plan
    from reconciler.render.plan import plan_text

    if not console.interactive:
        raise click.UsageError(
            "there is no terminal to ask on; pass --plan-digest with the digest of a plan,"
            " or --yes",
            ctx,
        )
    with journey(repository, environment, Narrator(console), push=push) as context:
        made: Plan = make_plan(context, names=names)
    console.complain(plan_text(made, console.progress_theme))
    if made.changes and not console.confirm("Apply this?", option="--yes"):
        ctx.exit(0)
    return made.digest


@click.command(cls=Verb, short_help="Record what is live; launch nothing.")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@push_options(
    "Needed on SageMaker. Look by the newest commit of the remote, and keep the lock there"
)
@common(formats=_FORMATS)
@click.pass_context
def refresh(ctx: click.Context, names: tuple[str, ...], *, push: Push | None) -> None:
    """Record what is live; launch nothing.

    Looks at every run that can still move and writes its status and artifact to the lock.
    """
    from reconciler.cli.compose import Repository, journey
    from reconciler.cli.names import require_known
    from reconciler.reconcile.applying import refresh as look

    settings = Settings.of(ctx, formats=_FORMATS)
    console = Console.of(ctx, settings)
    repository = Repository.open(ctx, settings)
    environment = repository.environment(settings, acts=True)
    require_known(repository, environment, names)
    with teller(console) as tell, journey(repository, environment, tell, push=push) as context:
        report = look(context, names=names)
        logs = last_lines(context, report)
    conclude(ctx, console, report, logs)


@contextmanager
def teller(console: Console) -> Iterator[Callable[[Event], None]]:
    """Who tells the events: JSON lines on stdout, moving rows on a terminal, or plain lines."""
    from reconciler.cli.progress import Narrator, Recorder

    if console.settings.output == "jsonl":
        yield Recorder(console)
    elif console.live and not console.settings.quiet:
        from reconciler.cli.live import LiveRows

        with LiveRows(console) as rows:
            yield rows
    else:
        yield Narrator(console)


def last_lines(context: Context, report: Report) -> dict[str, list[str]]:
    """The end of the log of each run that failed, by name of the resource."""
    from reconciler.reconcile.logs import last_lines as end_of_log

    cloud = context.cloud(report.environment)
    logs: dict[str, list[str]] = {}
    for row in report.outcomes:
        if row.ok or row.run is None or not row.run.state.ended:
            continue
        try:
            lines = end_of_log(context, cloud, row.physical_name, row.run, _LOG_LINES)
        except ServiceError:
            continue
        logs[row.name] = [line.text for line in lines]
    return logs


def conclude(
    ctx: click.Context, console: Console, report: Report, logs: Mapping[str, Sequence[str]]
) -> None:
    """Write the report and choose the exit status."""
    from reconciler.cli.problems import problems_text
    from reconciler.render.inert import inert
    from reconciler.render.outcomes import report_text

    if console.settings.output != "jsonl":
        console.result(report_text(report, console.theme, logs=logs))
    problems = report.plan.problems if report.plan else ()
    if problems:
        console.complain(problems_text(problems, ctx, console.progress_theme))
    if report.repaired:
        lines = "".join(f"  {inert(finding)}\n" for finding in report.repaired)
        console.complain(f"others had changed the lock; it was put right:\n{lines}")
    if report.interrupted or report.timed_out:
        ended = "interrupted" if report.interrupted else "the time is up"
        console.complain(f"{ended}: jobs go on; the same command takes up where this one was\n")
    ctx.exit(_exit_status(report))


def _exit_status(report: Report) -> int:
    if report.interrupted:
        return Interrupted.exit_status
    if report.failed:
        return 1
    return StillRunning.exit_status if report.timed_out else 0
