"""`reconciler doctor`: is everything set up, and what to do where it is not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from reconciler.cli.console import Console
from reconciler.cli.options import Settings, Verb, common
from reconciler.errors import ReconcilerError
from reconciler.render.theme import Role, Theme

if TYPE_CHECKING:
    from reconciler.cli.compose import Repository
    from reconciler.core.checks import Check
    from reconciler.core.environment import Environment

_FORMATS = ("text", "json")


@click.command(cls=Verb, short_help="Check the set-up: git, AWS, GitHub, this computer.")
@common(formats=_FORMATS)
@click.pass_context
def doctor(ctx: click.Context) -> None:
    """Check the set-up: git, AWS, GitHub, this computer.

    Looks at what is needed for an environment (-e, or the default one) and says what to do where
    something is missing. Changes nothing. Exit status 1 when something does not work.
    """
    from reconciler.core.checks import Verdict
    from reconciler.render.json import dumps

    settings = Settings.of(ctx, formats=_FORMATS)
    console = Console.of(ctx, settings)
    checks = tuple(_checks(ctx, settings))
    ok = all(check.verdict is not Verdict.BAD for check in checks)
    if settings.output == "json":
        console.result(dumps(_document(checks, ok=ok)))
    else:
        console.result(_text(checks, console.theme))
    ctx.exit(0 if ok else 1)


def _checks(ctx: click.Context, settings: Settings) -> Iterator[Check]:
    from reconciler.cli.checks import checks_of_computer, checks_of_repository, failed
    from reconciler.cli.compose import Repository

    yield from checks_of_computer()
    try:
        repository = Repository.open(ctx, settings)
    except ReconcilerError as error:
        yield failed("repository", error)
        return
    yield from checks_of_repository(repository)
    try:
        environment = repository.environment(settings, acts=False)
    except ReconcilerError as error:
        # Without -e that it is not clear which one is meant is no fault of the set-up.
        if settings.environment is not None or not repository.environments.environments:
            yield failed("environment", error)
        return
    yield from _checks_of_environment(repository, environment)


def _checks_of_environment(repository: Repository, environment: Environment) -> Iterator[Check]:
    from reconciler.cli.checks import check_of_sandbox, failed
    from reconciler.cli.checks_aws import checks_of_aws, not_checked

    if environment.local:
        yield check_of_sandbox()
        return
    try:
        cloud = repository.cloud(environment)
    except ReconcilerError as error:
        yield failed("login", error)
        yield from not_checked(("bucket", "role"), "the login comes first")
    else:
        yield from checks_of_aws(cloud, environment)
    yield from _checks_of_github(repository, environment)


def _checks_of_github(repository: Repository, environment: Environment) -> Iterator[Check]:
    """Where GitHub cannot be asked it is said why: that is no fault of the set-up."""
    import os
    from datetime import UTC, datetime

    from reconciler.adapters.github_branch import Branches
    from reconciler.cli.checks_github import checks_of_github, not_asked
    from reconciler.cli.reviewing import github_of
    from reconciler.errors import LockUnwritable, NoCredentials

    host, _, name = repository.workspace.repository.partition("/")
    if name and host != "github.com" and not os.environ.get("GITHUB_API_URL"):
        advice = "set GITHUB_API_URL for a GitHub Enterprise Server"
        yield from not_asked(f"{host} is not known to be GitHub", advice)
        return
    try:
        view = Branches(github_of(repository.workspace))
    except LockUnwritable:
        yield from not_asked("there is no remote")
    except NoCredentials as error:
        yield from not_asked(str(error), 'export GITHUB_TOKEN="$(gh auth token)"')
    except ReconcilerError as error:
        yield from not_asked(str(error))
    else:
        yield from checks_of_github(view, environment, datetime.now(UTC))


def _document(checks: Sequence[Check], *, ok: bool) -> dict[str, Any]:
    return {
        "format": "reconciler/doctor/v1",
        "ok": ok,
        "checks": [
            {
                "name": check.name,
                "verdict": check.verdict.value.replace(" ", "_"),
                "message": check.message,
                "advice": check.advice,
            }
            for check in checks
        ],
    }


def _text(checks: Sequence[Check], theme: Theme) -> str:
    from reconciler.render.inert import inert

    width = max(len(check.name) for check in checks)
    lines = []
    for check in checks:
        sign, role = _sign(check, theme)
        lines.append(f"{theme.paint(sign, role)} {inert(check.name):<{width}}  {_told(check)}")
        if check.advice:
            lines.append(f"  {'':<{width}}  {theme.paint(inert(check.advice), 'dim')}")
    return "\n".join(lines) + "\n"


def _told(check: Check) -> str:
    from reconciler.core.checks import Verdict
    from reconciler.render.inert import inert

    if check.verdict is not Verdict.NOT_CHECKED:
        return inert(check.message)
    return f"not checked: {inert(check.message)}"


def _sign(check: Check, theme: Theme) -> tuple[str, Role]:
    from reconciler.core.checks import Verdict

    signs: dict[Verdict, tuple[str, Role]] = {
        Verdict.GOOD: (theme.symbols.good, "good"),
        Verdict.WARNING: ("!", "warn"),
        Verdict.BAD: (theme.symbols.bad, "bad"),
        Verdict.NOT_CHECKED: ("-", "dim"),
    }
    return signs[check.verdict]
