"""`reconciler plan`: what apply would do, and its digest."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.console import Console
from reconciler.cli.options import Settings, Verb, common

if TYPE_CHECKING:
    from reconciler.cli.compose import Repository
    from reconciler.core.plan import Plan

_FORMATS = ("text", "json", "md")
_SUMMARY_LIMIT = 1_000_000
"""Bytes; GitHub takes 1 MiB of a step's summary."""

_BETWEEN = 100
"""Characters that may stand between the comment and its hidden lines."""

_LEAST = 8_000
"""Bytes without which a comment says nothing; then the rows do not fit, and it says so."""

_SOMETHING_TO_DO = 3


@click.command(cls=Verb, short_help="Show what apply would do; changes nothing.")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--exit-code", is_flag=True, help="Exit with 3 when there is something to do.")
@click.option("--offline", is_flag=True, help="Compare with the lock only; do not ask AWS.")
@click.option(
    "--save",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Also write comment.md, summary.md and plan.json of this very plan there.",
)
@common(formats=_FORMATS)
@click.pass_context
def plan(
    ctx: click.Context, names: tuple[str, ...], *, exit_code: bool, offline: bool, save: Path | None
) -> None:
    """Show what apply would do; changes nothing.

    With NAME only those resources are planned. The plan ends with its digest, which
    `apply --plan-digest` takes. `-o md` is the comment on a pull request, in at most 60,000
    bytes.
    """
    from reconciler.cli.compose import Repository, journey
    from reconciler.cli.names import not_committed, require_known
    from reconciler.cli.problems import problems_text
    from reconciler.cli.progress import Narrator
    from reconciler.reconcile.planning import plan as make_plan

    settings = Settings.of(ctx, formats=_FORMATS)
    console = Console.of(ctx, settings)
    repository = Repository.open(ctx, settings)
    environment = repository.environment(settings, acts=False)
    require_known(repository, environment, names)
    with journey(repository, environment, Narrator(console)) as context:
        made = make_plan(context, names=names, offline=offline, looks_ahead=True)
    if save is not None:
        _save(_of_pull_request(made, repository), save)
    if repository.files.revision.dirty and not environment.local:
        console.say("Uncommitted changes are not in this plan: it is made from the commit.")
        for name in not_committed(repository, names):
            console.say(f"{name} is not in it: its document is not committed yet.")
    if not environment.local and repository.lacks_lock_of(environment):
        branch = environment.lock_branch
        console.say(
            f"This clone does not have {branch}, where the lock is: the plan is made as if nothing"
            f" were recorded. git fetch origin {branch}:refs/remotes/origin/{branch}"
        )
    console.result(_shown(made, console))
    if made.problems:
        console.complain(problems_text(made.problems, ctx, console.progress_theme))
        ctx.exit(1)
    ctx.exit(_SOMETHING_TO_DO if exit_code and made.changes else 0)


def _shown(plan: Plan, console: Console) -> str:
    """The plan in the form that was asked for."""
    from reconciler.render.json import dumps, plan_document
    from reconciler.render.markdown_plan import plan_markdown
    from reconciler.render.plan import plan_text

    if console.settings.output == "json":
        return dumps(plan_document(plan))
    if console.settings.output == "md":
        return plan_markdown(plan)
    return plan_text(plan, console.theme, verbose=console.settings.verbose)


def _of_pull_request(plan: Plan, repository: Repository) -> Plan:
    """The plan, with the commits of the pull request if it was made from their trial merge; the
    author is that of the head."""
    from reconciler.cli.compose import is_trial_merge
    from reconciler.reconcile.asking import about

    commit = plan.revision.commit
    if commit is None or not is_trial_merge():
        return plan
    parents = repository.workspace.parents(commit)
    if len(parents) != 2:
        return plan
    base, head = parents
    author = repository.workspace.commit_files(head).revision.author
    revision = replace(plan.revision, merged=(base, head), author=author)
    touched = repository.workspace.changed_since(base) or ()
    return about(replace(plan, revision=revision), touched)


def _save(plan: Plan, folder: Path) -> None:
    """The forms that a workflow hands on, all of one plan: a second one might see other things."""
    from reconciler.adapters.github_words import LONGEST
    from reconciler.cli.compose import workflow_run
    from reconciler.reconcile.approval_block import approval_block
    from reconciler.reconcile.basis_block import basis_block
    from reconciler.render.json import dumps, plan_document
    from reconciler.render.markdown_banners import ROOM
    from reconciler.render.markdown_plan import LIMIT, plan_markdown

    folder.mkdir(parents=True, exist_ok=True)
    document, url, now = plan_document(plan), workflow_run(), datetime.now(UTC)
    hidden = len(approval_block(document, "0" * 40, now)) + len(basis_block(document) or "")
    limit = max(_LEAST, min(LIMIT, LONGEST - hidden - ROOM - _BETWEEN))
    texts = {
        "comment.md": plan_markdown(plan, limit=limit, run_url=url, now=now),
        "summary.md": plan_markdown(plan, limit=_SUMMARY_LIMIT, now=now),
        "plan.json": dumps(document),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
