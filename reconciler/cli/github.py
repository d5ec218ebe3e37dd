"""`reconciler github`: what workflows tell on GitHub, in comments, an issue and a commit status."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reconciler.cli.console import Console
from reconciler.cli.options import Settings, Verb, common
from reconciler.errors import ReconcilerError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.adapters.github_pulls import Pulls
    from reconciler.adapters.github_words import Words

_ENVIRONMENT = re.compile(r"[a-z0-9](-?[a-z0-9])*")


@click.group(short_help="Tell pull requests what happened; for workflows.")
def github() -> None:
    """Tell pull requests what happened; for workflows.

    The token is GITHUB_TOKEN, the repository GITHUB_REPOSITORY.
    """


@github.command("comment", cls=Verb, short_help="Put a plan on its pull request.")
@click.argument("number", type=click.IntRange(min=1))
@click.option(
    "--plan",
    "folder",
    required=True,
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="What `plan --save DIR` wrote; without it the comment says that there is no plan.",
)
@click.option(
    "--head", required=True, metavar="SHA", help="Last commit of the pull request's branch."
)
@common()
@click.pass_context
def comment(ctx: click.Context, number: int, *, folder: Path, head: str) -> None:
    """Put a plan on pull request NUMBER.

    There is one comment for each environment, edited in place. Where nothing is to be told, none
    is written, and one that is there says that nothing is left. What an apply may do after the
    merge (`--approved from-pr`) is in it, hidden.
    """
    from reconciler.adapters.github import GitHub
    from reconciler.adapters.github_branch import Branches
    from reconciler.adapters.github_pulls import Pulls
    from reconciler.adapters.github_words import Words
    from reconciler.render.markdown_outcome import unchanged_markdown
    from reconciler.render.markdown_plan import marker

    settings = Settings.of(ctx)
    console = Console.of(ctx, settings)
    environment = _environment(ctx, settings)
    github = GitHub.of(os.environ, remote=None)
    words, pulls = Words(github), Pulls(github, Branches(github).default_branch())
    pull = pulls.pull(number)
    if not pull.open or pull.head != head:
        console.result(f"Pull request {number} has moved on: its comment stays as it is.\n")
        return
    document = _document(folder / "plan.json", "reconciler/plan/v1")
    others = _others(document, number, environment, pulls, words) if document else {}
    before = words.comment(number, marker(environment))
    body = _comment(document, folder, environment, head=head, before=before or "", others=others)
    if body is None:
        if before is None:
            console.result(f"Nothing to tell about {environment}.\n")
            return
        body = unchanged_markdown(environment)
    done = words.say(number, marker(environment), body)
    told = "Told" if done else "Already told"
    console.result(f"{told} on pull request {number}, for {environment}.\n")


@github.command("report", cls=Verb, short_help="Tell what an apply did.")
@click.option(
    "--report",
    "path",
    required=True,
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="What `apply --report FILE` wrote; without it the apply counts as failed.",
)
@click.option("--branch", metavar="NAME", help="Branch that was applied. Default: the default one.")
@common()
@click.pass_context
def report(ctx: click.Context, *, path: Path, branch: str | None) -> None:
    """Tell what an apply did.

    Comments of merged pull requests turn into their outcome: what was launched, held, recorded.
    One issue for each environment is open while something drifts. A commit status tells that the
    apply ran. Doing it again writes only what differs.
    """
    from reconciler.cli.compose import Repository
    from reconciler.cli.reporting import Reporter

    settings = Settings.of(ctx)
    console = Console.of(ctx, settings)
    repository = Repository.open(ctx, settings)
    environment = repository.environment(settings, acts=True)
    document = _document(path, "reconciler/report/v1")
    reporter = Reporter.of(repository, environment, branch, document)
    for line in reporter.tell():
        console.result(f"{line}\n")


def _environment(ctx: click.Context, settings: Settings) -> str:
    name = settings.environment
    if name is None or not _ENVIRONMENT.fullmatch(name):
        raise click.UsageError("which environment? pass -e with its name", ctx)
    return name


def _others(
    document: Mapping[str, Any], number: int, environment: str, pulls: Pulls, words: Words
) -> Mapping[int, Sequence[str]]:
    """The other open pull requests that change the same; none where GitHub does not tell."""
    from reconciler.adapters.github import GitHubError
    from reconciler.cli.neighbours import others_that_change

    try:
        return others_that_change(document, number, environment, pulls, words)
    except GitHubError:
        return {}


def _comment(
    document: Mapping[str, Any] | None,
    folder: Path,
    environment: str,
    *,
    head: str,
    before: str,
    others: Mapping[int, Sequence[str]],
) -> str | None:
    """The text of the comment; None where the plan has nothing to tell.

    What lies in the folder was made from a pull request: it can say anything, at any length, but
    it is not taken for another environment's, and its own hidden rows are not kept.
    """
    from reconciler.adapters.github_words import LONGEST
    from reconciler.cli.compose import workflow_run
    from reconciler.reconcile.approval_block import approval_block, without_blocks
    from reconciler.reconcile.basis_block import basis_block
    from reconciler.render.markdown_banners import with_others
    from reconciler.render.markdown_outcome import unplanned_markdown
    from reconciler.render.markdown_plan import marker

    if document is None:
        return unplanned_markdown(environment, run_url=workflow_run())
    if not (document["problems"] or _is_told(document)):
        return None
    body = without_blocks((folder / "comment.md").read_text("utf-8", "replace")).strip()
    if body.partition("\n")[0] != marker(environment):
        raise ReconcilerError(f"{folder / 'comment.md'} is not the comment of {environment}")
    body = with_others(body, others)
    if document["problems"]:
        return f"{body}\n"
    approval = approval_block(document, head, datetime.now(UTC), before)
    hidden = [line for line in (basis_block(document), approval) if line]
    # Without its basis a comment is never outdated; without its rows nothing is approved.
    for lines in (hidden, [approval]):
        bound = "\n\n".join([body, *lines]) + "\n"
        if len(bound) <= LONGEST:
            return bound
    return f"{body}\n\nToo many changes for one approval: after the merge they are held.\n"


def _is_told(document: Mapping[str, Any]) -> bool:
    """Whether a plan says something of what its pull request is about, or, made for none, anything
    that an apply would do or refuse."""
    asked = document["asked"]
    if asked is None:
        return bool(document["changes"]) or any(note["code"] for note in document["notes"])
    rows = [*document["changes"], *(note for note in document["notes"] if _is_news(note))]
    return any(row["name"] in asked for row in rows)


def _is_news(note: Mapping[str, Any]) -> bool:
    waits = note["standing"] == "running" and note["attempts"] == 1
    return not waits and note["standing"] != "in_sync"


def _document(path: Path, format: str) -> Mapping[str, Any] | None:
    """A document that the reconciler wrote; None if it is not there."""
    from reconciler.cli.documents import read_document

    return read_document(path, format)
