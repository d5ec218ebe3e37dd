"""`reconciler explain`: the long text of an error number, or what a field is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from reconciler.cli.console import Console
from reconciler.cli.options import Settings, Verb, common
from reconciler.errors import ReconcilerError

if TYPE_CHECKING:
    from reconciler.core.fields import Table
    from reconciler.core.reference import Key, Schema

_NUMBER = re.compile(r"[eE][0-9]{3}")
_SUGGESTED = 3
"""Most keys that are named when none has the path that was asked for."""


class NotKnown(ReconcilerError):
    """There is nothing of that name to explain."""


@click.command(cls=Verb, short_help="Explain an error number or a field.")
@click.argument("topic", metavar="E103|FIELD")
@common()
@click.pass_context
def explain(ctx: click.Context, topic: str) -> None:
    """Explain an error number or a field.

    A field is named by its path in a document, such as `compute.volume_size`; NAME stands for a
    name of your own: `inputs.NAME.s3_uri`.
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
    """The texts of all documents that have the key, each once."""
    from reconciler.core.reference import documents, find, members
    from reconciler.core.schema import schema
    from reconciler.kinds import KINDS
    from reconciler.render.explain import key_text

    whole = schema(KINDS)
    tables = _tables()
    having: dict[tuple[str, tuple[str, ...]], tuple[Key, list[str]]] = {}
    for document in documents(whole):
        key = find(whole, document, path)
        if key is not None:
            names = members(tables.get(document, ()), key.path)
            alike = (key_text("", key, names, console.theme), names)
            having.setdefault(alike, (key, []))[1].append(document)
    if not having:
        raise _not_known(path, whole)
    return "\n".join(
        key_text(_listed(found, whole), key, names, console.theme)
        for (_, names), (key, found) in having.items()
    )


def _listed(found: list[str], whole: Schema) -> str:
    from reconciler.core.reference import documents

    return "Every document:" if len(found) == len(documents(whole)) else ", ".join(found)


def _tables() -> dict[str, Table]:
    """The rows of each kind, by its name."""
    from reconciler.kinds.readers import READERS

    return {reader.kind.name: reader.table for reader in READERS}


def _not_known(path: str, whole: Schema) -> NotKnown:
    """The error that names the keys which were probably meant."""
    from reconciler.core.fields import rows
    from reconciler.core.reference import ITEM, NAME, documents, keys
    from reconciler.core.suggest import did_you_mean

    known: dict[str, str] = {}
    names: dict[str, str] = {}
    for document in documents(whole):
        for key in keys(whole, document):
            known.setdefault(key.path.replace(f".{NAME}", "").replace(ITEM, ""), key.path)
        for full, member in rows(_tables().get(document, ())):
            names.setdefault(member.rpartition(".")[2], full.replace("*", NAME))
    ends = [full for short, full in known.items() if short.endswith(f".{path}")]
    near = did_you_mean(path, known, aws_names=names)
    found = ends[:_SUGGESTED] or ([known.get(near, near)] if near else [])
    return NotKnown(
        f"there is no field `{path}`",
        advice=f"did you mean {' or '.join(f'`{one}`' for one in found)}?" if found else None,
    )
