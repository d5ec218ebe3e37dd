"""`reconciler plan`: what apply would do, and its digest."""

from __future__ import annotations

import click

from reconciler.cli.console import Console
from reconciler.cli.options import Settings, Verb, common

_FORMATS = ("text", "json")
_SOMETHING_TO_DO = 3


@click.command(cls=Verb, short_help="Show what apply would do; changes nothing.")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--exit-code", is_flag=True, help="Exit with 3 when there is something to do.")
@click.option("--offline", is_flag=True, help="Compare with the lock only; do not ask AWS.")
@common(formats=_FORMATS)
@click.pass_context
def plan(ctx: click.Context, names: tuple[str, ...], *, exit_code: bool, offline: bool) -> None:
    """Show what apply would do; changes nothing.

    With NAME only those resources are planned. The plan ends with its digest, which
    `apply --plan-digest` takes.
    """
    from reconciler.cli.compose import Repository, journey
    from reconciler.cli.names import require_known
    from reconciler.cli.problems import problems_text
    from reconciler.cli.progress import Narrator
    from reconciler.reconcile.planning import plan as make_plan
    from reconciler.render.json import dumps, plan_document
    from reconciler.render.plan import plan_text

    settings = Settings.of(ctx, formats=_FORMATS)
    console = Console.of(ctx, settings)
    repository = Repository.open(ctx, settings)
    environment = repository.environment(settings, acts=False)
    require_known(repository, environment, names)
    with journey(repository, environment, Narrator(console)) as context:
        made = make_plan(context, names=names, offline=offline)
    if repository.files.revision.dirty and not environment.local:
        console.say("Uncommitted changes are not in this plan: it is made from the commit.")
    if settings.output == "json":
        console.result(dumps(plan_document(made)))
    else:
        console.result(plan_text(made, console.theme, verbose=settings.verbose))
    if made.problems:
        console.complain(problems_text(made.problems, ctx, console.progress_theme))
        ctx.exit(1)
    ctx.exit(_SOMETHING_TO_DO if exit_code and made.changes else 0)
