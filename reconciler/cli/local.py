"""`reconciler local`: the local engine by hand."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.console import Console
from reconciler.cli.options import Settings, Verb, common
from reconciler.errors import ReconcilerError

if TYPE_CHECKING:
    from reconciler.cli.compose import Repository
    from reconciler.core.environment import Environment

_FORMATS = ("text", "json")


@click.group(short_help="Look after the local engine.")
def local() -> None:
    """Look after the local engine, the SageMaker of this computer."""


@local.command("serve", cls=Verb, short_help="Serve it over HTTP, for awscli and other tools.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Default: a free one.")
@common()
@click.pass_context
def serve(ctx: click.Context, port: int) -> None:
    """Serve the engine over HTTP on this computer, for awscli, boto3 and other tools."""
    from reconciler.cli import engine

    console, repository, environment = _opened(ctx)

    def ready(port: int) -> None:
        console.result(
            f"export AWS_ENDPOINT_URL=http://127.0.0.1:{port} AWS_ACCESS_KEY_ID=local"
            f" AWS_SECRET_ACCESS_KEY=local AWS_DEFAULT_REGION={environment.aws_region}\n"
        )
        console.say(f"Serving on port {port}; Ctrl-C ends it, jobs go on.")

    root = engine.prepared_root(repository.workspace.root, environment)
    try:
        engine.serve(root, port=port, region=environment.aws_region, ready=ready)
    except KeyboardInterrupt:
        console.say("Stopped serving.")


@local.command("ls", cls=Verb, short_help="List jobs, models, endpoints and S3 objects.")
@common(formats=_FORMATS)
@click.pass_context
def ls(ctx: click.Context) -> None:
    """List the engine's jobs, models, endpoints and S3 objects, and count its launches."""
    from reconciler.cli import engine
    from reconciler.render.json import dumps
    from reconciler.render.local import contents_document, contents_text

    console, repository, _ = _opened(ctx, formats=_FORMATS)
    held = engine.contents(engine.engine_root(repository.workspace.root))
    if console.settings.output == "json":
        console.result(dumps(contents_document(held)))
    else:
        console.result(contents_text(held, console.theme))


@local.command("invoke", cls=Verb, short_help="Ask an endpoint for a prediction.")
@click.argument("name")
@click.option("--body", metavar="TEXT|@FILE", help="What to send. Default: standard input.")
@click.option("--content-type", metavar="TYPE", default="application/json", show_default=True)
@common()
@click.pass_context
def invoke(ctx: click.Context, name: str, body: str | None, content_type: str) -> None:
    """Ask an endpoint of the engine for a prediction, and print it."""
    from reconciler.cli import engine

    content = _content(ctx, body)
    console, repository, environment = _opened(ctx)
    root = engine.prepared_root(repository.workspace.root, environment)
    region = environment.aws_region
    answer = engine.invoke(root, name, content, content_type=content_type, region=region)
    text = answer.decode("utf-8", "replace")
    console.result(text if text.endswith("\n") else f"{text}\n")


@local.command("put", cls=Verb, short_help="Store a file in its S3.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("uri", metavar="S3_URI")
@common()
@click.pass_context
def put(ctx: click.Context, file: Path, uri: str) -> None:
    """Store a file in the engine's S3. A URI that ends with `/` gets the file's name."""
    from reconciler.cli import engine

    scheme, _, rest = uri.partition("://")
    bucket, _, key = rest.partition("/")
    if scheme != "s3" or not bucket or not rest.partition("/")[1]:
        raise click.BadParameter("write s3://BUCKET/KEY", ctx, param_hint="S3_URI")
    key = key + file.name if not key or key.endswith("/") else key
    console, repository, environment = _opened(ctx)
    root = engine.prepared_root(repository.workspace.root, environment)
    stored = engine.put(root, file, bucket, key)
    console.result(f"s3://{stored.bucket}/{stored.key}  {stored.size} bytes\n")


@local.command("reset", cls=Verb, short_help="Forget its jobs, its S3, and their records.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@common()
@click.pass_context
def reset(ctx: click.Context, *, yes: bool) -> None:
    """Forget the engine's jobs and S3, and the records of local environments in the lock."""
    import shutil

    from reconciler.cli import engine

    console, repository, _ = _opened(ctx)
    root = repository.workspace.root
    names = [e.name for e in repository.environments.environments.values() if e.local]
    locks = [root / "locks" / name for name in names]
    shown = ", ".join(f"locks/{name}/" for name in names)
    question = f"Remove all local jobs and S3 objects, and {shown}?"
    if not yes and not console.confirm(question, option="--yes"):
        ctx.exit(0)
    engine.reset(engine.engine_root(root))
    for folder in locks:
        shutil.rmtree(folder, ignore_errors=True)
    console.say("The local engine is empty.")


def _content(ctx: click.Context, body: str | None) -> bytes:
    """The body that is meant: the text itself, the file after `@`, or standard input."""
    if body is None:
        return sys.stdin.buffer.read()
    if not body.startswith("@"):
        return body.encode()
    try:
        return Path(body[1:]).read_bytes()
    except OSError as error:
        raise click.BadParameter(
            f"{error.strerror}: {body[1:]}", ctx, param_hint="--body"
        ) from None


def _opened(
    ctx: click.Context, *, formats: tuple[str, ...] = ("text",)
) -> tuple[Console, Repository, Environment]:
    """Console, repository, and the local environment that is meant."""
    from reconciler.cli.compose import Repository

    settings = Settings.of(ctx, formats=formats)
    console = Console.of(ctx, settings)
    repository = Repository.open(ctx, settings)
    if settings.environment is not None:
        environment = repository.environment(settings, acts=False)
        if not environment.local:
            raise ReconcilerError(f"environment {environment.name} is not of engine local")
        return console, repository, environment
    known = repository.environments.environments.values()
    for environment in known:
        if environment.local:
            return console, repository, environment
    raise ReconcilerError(
        "no environment of this repository has the local engine",
        advice="write environments/local.yaml with `engine: local`",
    )
