"""A copy of a document under another name: its versions start at 1, comments and all else stay."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reconciler.cli.edit import Splice, edited, find, instead, number_at
from reconciler.core.documents import Documents, Parsed
from reconciler.core.nodes import MapNode
from reconciler.render.yaml import scalar_text


def copied(documents: Documents, source: str, name: str) -> tuple[Parsed, str]:
    """The document that is copied, and the text of the copy.

    A version that an environment pins becomes 1 too: there is no other one yet. Raises
    UnknownName, NotEditable, InvalidDocuments.
    """
    document = find(documents, source)
    text = edited(
        documents, document, list(_splices(document, name)), (), lambda old: _meant(old, name)
    ).text
    return document, text.decode("utf-8")


def _splices(document: Parsed, name: str) -> Iterator[Splice]:
    yield instead(document.place, scalar_text(name))
    for node in (document.node, *_blocks(document)):
        if "version" in node.entries:
            yield instead(number_at(node, "version", document.path)[1], "1")


def _blocks(document: Parsed) -> Iterator[MapNode]:
    """What the document says for single environments."""
    entry = document.node.entries.get("environments")
    if entry and isinstance(entry.node, MapNode):
        blocks = (inner.node for inner in entry.node.entries.values())
        yield from (block for block in blocks if isinstance(block, MapNode))


def _meant(old: dict[str, Any], name: str) -> dict[str, Any]:
    meant = {**old, "name": name}
    if "version" in old:
        meant["version"] = 1
    named = old.get("environments")
    if isinstance(named, dict):
        meant["environments"] = {
            key: {**block, **({"version": 1} if "version" in block else {})}
            for key, block in named.items()
        }
    return meant
