"""`reconciler explain`: the long text of an error number, or what a field is."""

from __future__ import annotations

import re

import click

from reconciler.cli.console import Console
from reconciler.cli.options import Settings, Verb, common
from reconciler.errors import ReconcilerError

_NUMBER = re.compile(r"[eE][0-9]{3}")


class NotKnown(ReconcilerError):
    """There is nothing of that name to explain."""


@click.command(cls=Verb, short_help="Explain an error number or a field.")
@click.argument("topic", metavar="E103|FIELD")
@common()
@click.pass_context
def explain(ctx: click.Context, topic: str) -> None:
    """Explain an error number or a field.

    A field is named by its path in a document, such as `compute.volume_size`.
    """
    console = Console.of(ctx, Settings.of(ctx))
    if _NUMBER.fullmatch(topic):
        console.result(_rule(topic.upper(), console))
    else:
        console.result(_field(topic, console))


def _rule(code: str, console: Console) -> str:
    from reconciler.core.catalogue import CATALOGUE
    from reconciler.render.explain import rule_text

    if code not in CATALOGUE:
        raise NotKnown(
            f"there is no error {code}",
            advice=f"numbers go from {min(CATALOGUE)} to {max(CATALOGUE)}, with gaps",
        )
    return rule_text(CATALOGUE[code], console.theme)


def _field(path: str, console: Console) -> str:
    from reconciler.core.environment import Environment
    from reconciler.core.suggest import did_you_mean
    from reconciler.kinds import KINDS
    from reconciler.render.explain import field_paths, field_text, find_field

    models = {kind.name: kind.spec for kind in KINDS.values()}
    names = {aws: key for kind in KINDS.values() for aws, key in kind.aws_names.items()}
    found = [
        field_text(name, path, field, names, console.theme)
        for name, model in (models | {"Environment": Environment}).items()
        if (field := find_field(model, path)) is not None
    ]
    if found:
        return "\n".join(found)
    known = {one for model in models.values() for one in field_paths(model)}
    near = did_you_mean(path, known, aws_names=names)
    raise NotKnown(
        f"there is no field `{path}`", advice=f"did you mean `{near}`?" if near else None
    )
