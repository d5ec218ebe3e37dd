"""`reconciler init`: all that a new repository needs."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

import click

from reconciler.cli.answers import (
    ACCOUNT,
    ACTION,
    BUCKET,
    OWNERS,
    REGION,
    REPOSITORY,
    ROLE,
    answers,
)
from reconciler.cli.console import Console
from reconciler.cli.github_steps import STEPS, environments_on_aws, path_of_steps, settings
from reconciler.cli.options import Settings, Verb, common
from reconciler.errors import ReconcilerError

_ENVIRONMENT = re.compile(r"[a-z0-9](-?[a-z0-9])*")
_LONGEST = 30
"""Characters of an environment here: names of roles are made of it, and may have 64."""

_HOST = "github.com"
_LOCK_BRANCH = "sagemaker-gitops-lock"
_ON_AWS = ("account", "region", "bucket", "role_arn")
_BY_LINES = frozenset({".gitignore", ".gitattributes", ".github/CODEOWNERS"})
"""Files to which the missing lines can simply be added by hand."""

_INHERITED = """\
    # The App's key lies in a GitHub environment: passed by its name, it would arrive empty.
    secrets: inherit # zizmor: ignore[secrets-inherit]
"""


@click.command(cls=Verb, short_help="Write all that a new repository needs.")
@click.argument("directory", default=".", type=click.Path(file_okay=False, path_type=Path))
@click.option("--ci", type=click.Choice(["github"]), help="Also what GitHub and AWS need.")
@click.option("--account", metavar="ID", help="AWS account of the environment -e (prod).")
@click.option("--region", help="Its AWS region.")
@click.option("--bucket", help="Its S3 bucket.")
@click.option(
    "--role-arn", metavar="ARN", help="Execution role of its jobs, where --ci makes none."
)
@click.option("--repository", metavar="OWNER/NAME", help="Repository. Default: from `origin`.")
@click.option(
    "--action",
    metavar="OWNER/NAME@COMMIT",
    help="This project's repository on GitHub: the workflows run its action at that commit.",
)
@click.option(
    "--workflows",
    type=click.Choice(["copied", "called"]),
    default="copied",
    show_default=True,
    help="Workflows as a whole, or short ones that call this project's at that commit.",
)
@click.option("--owners", metavar="@TEAM", help="Who approves changes. Default: OWNER.")
@click.option(
    "--app-id",
    type=int,
    help="GitHub App that writes the lock to main. Without it the lock has a branch of its own.",
)
@common()
@click.pass_context
def init(ctx: click.Context, /, directory: Path, *, ci: str | None, **given: str | None) -> None:
    """Write all that a new repository needs into DIRECTORY; nothing is overwritten.

    An environment for this computer and a job that trains at once; with --account also an
    environment on AWS; with --ci github also workflows, CODEOWNERS, rules of the branch, and the
    roles on AWS that trust the repository. What is not given is asked on a terminal.
    """
    chosen = Settings.of(ctx)
    console = Console.of(ctx, chosen)
    root = chosen.directory / directory
    _require_top(root)
    name = chosen.environment or "prod"
    if not _ENVIRONMENT.fullmatch(name) or len(name) > _LONGEST or name == "local":
        raise click.BadParameter(
            f"{name!r} cannot be the environment on AWS; prod is a good name", param_hint="-e"
        )
    if ci and given["role_arn"]:
        raise click.UsageError("--role-arn does not go with --ci, which has a role made")
    on_aws = ci is not None or any(given[key] for key in _ON_AWS)
    values = _asked(console, root, name, ci, given) if on_aws else {}
    files = _files(values, on_aws=on_aws, ci=ci, called=given["workflows"] == "called")
    steps = path_of_steps(root, files[STEPS], name) if ci else STEPS
    files = {steps if path == STEPS else path: text for path, text in files.items()}
    _write(console, root, files)
    console.result("\nNext:\n")
    for command in _next(directory, root):
        console.result(f"  {command}\n")
    if ci:
        console.result(f"\nThen what {steps} says, and on GitHub:\n")
        for command in settings(values, environments_on_aws(root, name)):
            console.result(f"  {command}\n")
    elif on_aws:
        console.result(_has_to_exist(values))


def _files(
    values: Mapping[str, str], *, on_aws: bool, ci: str | None, called: bool
) -> dict[str, str]:
    """Path and text of everything that is to be there."""
    from reconciler.cli.scaffold import tree
    from reconciler.core.schema import schema_text
    from reconciler.kinds import KINDS

    files = {**tree("local", values), "schemas/spec.v1.json": schema_text(KINDS)}
    files |= tree("aws", values) if on_aws else {}
    files |= tree("github", values) if ci else {}
    return files | (tree("github-called", values) if ci and called else {})


def _asked(
    console: Console, root: Path, name: str, ci: str | None, given: Mapping[str, str | None]
) -> dict[str, str]:
    """What stands in the holes of the templates, from options, guesses and answers."""
    questions = [ACCOUNT, REGION, BUCKET, *([REPOSITORY, ACTION] if ci else [])]
    found = answers(console, questions, given, _guessed_repository(root) if ci else {})
    if ci:
        guess = {"owners": "@" + found["repository"].partition("/")[0]}
        found |= answers(console, [OWNERS], given, guess)
    if given["role_arn"]:
        found |= answers(console, [ROLE], given, {})
    values = _values(name, found, app=given["app_id"], protected=ci is not None)
    if ci is None:
        return values
    values |= _of_workflows(values, called=given["workflows"] == "called")
    commands = settings(values, environments_on_aws(root, name))
    return values | {"settings": "\n".join(f"   {line}" for line in commands)}


def _values(name: str, found: Mapping[str, str], *, app: object, protected: bool) -> dict[str, str]:
    roles = f"arn:{_partition(found['region'])}:iam::{found['account']}:role"
    role = found.get("role_arn", f"{roles}/sagemaker-gitops-{name}-execution")
    owner, _, repository = found.get("repository", "").partition("/")
    apart = protected and app is None
    return {
        **found,
        "environment": name,
        "host": _HOST,
        "gh_owner": owner,
        "gh_name": repository,
        "role_name": role.rpartition("/")[2],
        "role_arn": role,
        "plan_role_arn": f"{roles}/sagemaker-gitops-{name}-plan",
        "apply_role_arn": f"{roles}/sagemaker-gitops-{name}-apply",
        "lock_branch": f"lock_branch: {_LOCK_BRANCH}\n" if apart else "",
        "bypass": ""
        if app is None
        else f'{{"actor_id": {app}, "actor_type": "Integration", "bypass_mode": "always"}}',
        "lock_words": f"Nobody passes them by; the lock is kept on the branch `{_LOCK_BRANCH}`."
        if apart
        else f"The App {app} passes them by and writes the lock to main.",
    }


def _of_workflows(values: Mapping[str, str], *, called: bool) -> dict[str, str]:
    """What differs between workflows that are copied and those that call ours.

    Raises click.UsageError where the key of an App would not reach the called workflow.
    """
    project, _, commit = values["action"].partition("@")
    app, owner = bool(values["bypass"]), project.partition("/")[0]
    if called and app and owner.lower() != values["gh_owner"].lower():
        raise click.UsageError(
            "--workflows called does not go with --app-id where --action is another owner's: "
            "GitHub does not hand the key of the App on to their workflow; have them copied"
        )
    return {
        "project": project,
        "commit": commit,
        "required_check": "plan / validate" if called else "validate",
        "secrets": _INHERITED if called and app else "",
    }


def _has_to_exist(values: Mapping[str, str]) -> str:
    """What the environment on AWS names, and nobody has made by writing it down."""
    name = values["environment"]
    return (
        f"\nOn AWS these have to exist; `reconciler doctor -e {name}` looks for them:\n"
        f"  bucket {values['bucket']}\n"
        f"  role {values['role_arn']}\n"
        "     SageMaker may assume it, and it may use the bucket. Name another one in\n"
        f"     environments/{name}.yaml; `init --ci github` writes a template that makes one.\n"
    )


def _partition(region: str) -> str:
    """The partition of a region (AWS, "Amazon Resource Names")."""
    special = {"cn": "aws-cn", "us-gov": "aws-us-gov"}
    return next((p for start, p in special.items() if region.startswith(f"{start}-")), "aws")


def _guessed_repository(root: Path) -> dict[str, str]:
    """The repository that `origin` names, if it is on GitHub."""
    from reconciler.adapters.workspace import Workspace

    if not (root / ".git").exists():
        return {}
    host, _, name = Workspace.open(root).repository.partition("/")
    return {"repository": name} if host == _HOST else {}


def _require_top(root: Path) -> None:
    """Raise ReconcilerError for a folder inside a repository: documents lie at its top."""
    for folder in root.resolve().parents:
        if (folder / ".git").exists() and not (root / ".git").exists():
            raise ReconcilerError(
                f"{root} lies inside the repository {folder}",
                advice=f"documents lie at its top: reconciler init {shlex.quote(str(folder))}",
            )


def _write(console: Console, root: Path, files: Mapping[str, str]) -> None:
    from reconciler.cli.scaffold import written

    for path, text in sorted(files.items()):
        if written(root, path, text):
            console.result(f"wrote       {path}\n")
            continue
        there = (root / path).read_text("utf-8", "replace") if (root / path).is_file() else ""
        if there == text:
            console.result(f"unchanged   {path}\n")
            continue
        console.result(f"left alone  {path}: it exists and differs\n")
        for line in _missing_lines(there, text) if path in _BY_LINES else ():
            console.result(f"            it lacks: {line}\n")


def _missing_lines(there: str, wanted: str) -> Sequence[str]:
    known = {" ".join(line.split()) for line in there.splitlines()}
    lines = [line for line in wanted.splitlines() if line.strip() and not line.startswith("#")]
    return [line for line in lines if " ".join(line.split()) not in known]


def _next(directory: Path, root: Path) -> Iterator[str]:
    into = "" if directory == Path() else f"cd {shlex.quote(str(directory))} && "
    start = "" if (root / ".git").exists() else "git init && "
    if not find_spec("sklearn"):
        yield "pip install scikit-learn  # the image of the example has it"
    yield f"{into}{start}git add -A && git commit -m 'Set up sagemaker-gitops'"
    yield "reconciler plan -e local"
    yield "reconciler apply -e local"
