"""`reconciler cost`: what the recorded runs cost, summed up; the lock is read, nobody is asked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from reconciler.cli.arguments import Duration
from reconciler.cli.console import Console
from reconciler.cli.options import Settings, Verb, common

if TYPE_CHECKING:
    from reconciler.cli.compose import Repository
    from reconciler.core.environment import Environment
    from reconciler.core.record import Record, Run

_FORMATS = ("text", "json")
_TAG = "tag:"
_GROUPS = ("job", "owner", "environment")


class _Group(click.ParamType[str]):
    """What runs are summed up by."""

    name = "group"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        """Check the word; any key of a tag will do."""
        word = str(value)
        if word not in _GROUPS and word.removeprefix(_TAG) in (word, ""):
            self.fail(f"{word!r} is not one of {', '.join(_GROUPS)}, tag:KEY", param, ctx)
        return word


@click.command(cls=Verb, short_help="Sum up what runs cost.")
@click.option("--since", type=Duration(), metavar="TIME", help="Only what ended in the last 30d, …")
@click.option(
    "--by",
    type=_Group(),
    default=_GROUPS[0],
    metavar="GROUP",
    help="Sum up by job, owner, environment or tag:KEY. Default: job.",
)
@common(formats=_FORMATS)
@click.pass_context
def cost(ctx: click.Context, *, since: int | None, by: str) -> None:
    """Sum up what runs cost, in US dollars.

    The amount of a run is recorded when it ends: the time that SageMaker bills, for every instance,
    at the price that the environment lists under `prices`. Where that is not known it is `unknown`
    and in no sum. Storage, traffic, warm pools after a job, instances of rules and endpoints are
    not in it. Owner and tags are those that a run was launched with. Without -e it looks at every
    environment.
    """
    from reconciler.cli.compose import Repository
    from reconciler.core.spending import spent, spent_by_group
    from reconciler.render.cost import Costs, cost_document, cost_text
    from reconciler.render.json import dumps

    settings = Settings.of(ctx, formats=_FORMATS)
    console = Console.of(ctx, settings)
    repository = Repository.open(ctx, settings)
    environments = _environments(repository, settings)
    begin = None if since is None else _begin(since)
    found = [
        (_group(by, record, run), run)
        for environment in environments
        for record, run in _runs(repository, environment, begin)
    ]
    costs = Costs(
        by=by,
        environments=tuple(environment.name for environment in environments),
        since=begin,
        groups=spent_by_group(found),
        together=spent(run for _, run in found),
    )
    if settings.output == "json":
        console.result(dumps(cost_document(costs)))
    else:
        console.result(cost_text(costs, console.theme))


def _begin(since: int) -> str | None:
    """When it was so many seconds ago; None where that is before all dates."""
    try:
        begin = datetime.now(UTC) - timedelta(seconds=since)
    except OverflowError:
        return None
    return begin.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def _environments(repository: Repository, settings: Settings) -> list[Environment]:
    from reconciler.errors import InvalidDocuments

    if settings.environment is not None:
        return [repository.environment(settings, acts=False)]
    if repository.environments.problems:
        raise InvalidDocuments(repository.environments.problems)
    known = repository.environments.environments
    return [known[name] for name in sorted(known)]


def _runs(
    repository: Repository, environment: Environment, since: str | None
) -> Iterator[tuple[Record, Run]]:
    """Runs that cost money. Raises ReconcilerError for a lock that this clone does not have: a
    sum without it would be wrong."""
    from reconciler.core.spending import moved_since
    from reconciler.errors import ReconcilerError
    from reconciler.kinds import KINDS

    if not environment.local and repository.lacks_lock_of(environment):
        branch = environment.lock_branch
        raise ReconcilerError(
            f"this clone does not have {branch}, where the lock of {environment.name} is",
            advice=f"git fetch origin {branch}:refs/remotes/origin/{branch}",
        )
    for record in repository.records(environment).values():
        if record.kind in KINDS and KINDS[record.kind].paid_runs:
            yield from ((record, run) for run in record.runs.values() if moved_since(run, since))


def _group(by: str, record: Record, run: Run) -> str | None:
    from reconciler.core.spending import launch_tag

    names = {"job": record.name, "environment": record.environment}
    return names[by] if by in names else launch_tag(run, by.removeprefix(_TAG))
