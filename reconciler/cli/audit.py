"""`reconciler audit`: hold the lock against its commits, itself, SageMaker and S3."""

from __future__ import annotations

import click

from reconciler.cli.console import Console
from reconciler.cli.options import Settings, Verb, common

_FORMATS = ("text", "json")
_FOUND = 1


@click.command(cls=Verb, short_help="Hold the lock against its history, SageMaker and S3.")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--online", is_flag=True, help="Prove every run against SageMaker and S3 too.")
@common(formats=_FORMATS)
@click.pass_context
def audit(ctx: click.Context, paths: tuple[str, ...], *, online: bool) -> None:
    """Hold the lock against its history, SageMaker and S3.

    Finds commits of `locks/` that are not the reconciler's, records that lost or changed what they
    knew, and records that contradict themselves; with --online also runs of which SageMaker or S3
    says otherwise. PATH limits it to files or folders below `locks/`. Without -e it looks at every
    environment, with --online at the default one. What a later commit put right stays listed. Exit
    status 1 when anything else was found.
    """
    from reconciler.cli.audited import audited
    from reconciler.cli.compose import Repository
    from reconciler.cli.progress import Narrator
    from reconciler.render.audit import audit_document, audit_text
    from reconciler.render.json import dumps

    settings = Settings.of(ctx, formats=_FORMATS)
    console = Console.of(ctx, settings)
    repository = Repository.open(ctx, settings)
    environment = None
    if online or settings.environment is not None:
        environment = repository.environment(settings, acts=False)
    teller = Narrator(console) if online else None
    found = audited(repository, environment, paths, prove_with=teller)
    if settings.output == "json":
        console.result(dumps(audit_document(found, online=online)))
    else:
        console.result(audit_text(found, console.theme, online=online))
    ctx.exit(_FOUND if found.findings else 0)
