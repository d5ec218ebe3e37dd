"""A resolved document as YAML, with the origin of each value if asked.

Written by hand, since each line gets the place it came from, numbers keep their characters, and
text is quoted exactly when it would be read as something else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from reconciler.core.nodes import Entry, ListNode, MapNode, Node, ScalarNode
from reconciler.core.redact import fingerprint
from reconciler.core.scalars import RefusedScalar, Scalar, read_plain, written
from reconciler.errors import Place
from reconciler.render.inert import inert

_PLAIN = re.compile(r"[A-Za-z0-9_./][A-Za-z0-9_./+=@ -]*(?::+[A-Za-z0-9_./+=@-]+)*")
_WIDEST = 78


def yaml_text(document: MapNode, *, origins: bool = False) -> str:
    """The document; with `origins` each value has a comment `# path:line` after it.

    Values of the container's environment are fingerprints.
    """
    lines = list(_map(hidden(document), ""))
    column = min(max((len(text) for text, _ in lines), default=0), _WIDEST) + 2
    return "".join(
        f"{text:<{column - 1}} # {inert(place.path)}:{place.line}\n"
        if origins and place
        else f"{text}\n"
        for text, place in lines
    )


def document_text(document: MapNode) -> str:
    """A new document, to be written into a file: nothing is covered."""
    return "".join(f"{text}\n" for text, _ in _map(document, ""))


def hidden(document: MapNode) -> MapNode:
    """The document with fingerprints for the values of every container's `env`, and of an
    `Environment` override."""
    result = _hidden(document, ())
    assert isinstance(result, MapNode)
    return result


def _hidden(node: Node, path: tuple[str, ...]) -> Node:
    if isinstance(node, ListNode):
        return ListNode(node.place, tuple(_hidden(item, path) for item in node.items))
    if not isinstance(node, MapNode):
        return node
    entries = {
        key: Entry(
            entry.key_place,
            _covered(key, entry.node) if _holds_values(path) else _hidden(entry.node, (*path, key)),
        )
        for key, entry in node.entries.items()
    }
    return MapNode(node.place, entries)


def _holds_values(path: tuple[str, ...]) -> bool:
    """Whether a map holds variables of a container; items of a list are not in its path."""
    overridden = path[:1] == ("api_overrides",) and path[-1:] == ("Environment",)
    return overridden or path in (("env",), ("containers", "env"))


def _covered(key: str, node: Node) -> Node:
    value = written(node.value) if isinstance(node, ScalarNode) else "…"
    return ScalarNode(node.place, fingerprint(key, value))


_Line = tuple[str, Place | None]


def _map(node: MapNode, indent: str) -> Iterator[_Line]:
    for key, entry in node.entries.items():
        yield from _value(f"{indent}{scalar_text(key)}:", entry.node, indent + "  ")


def _value(head: str, node: Node, indent: str) -> Iterator[_Line]:
    if isinstance(node, ScalarNode):
        yield f"{head} {scalar_text(node.value)}", node.place
    elif isinstance(node, MapNode):
        if not node.entries:
            yield f"{head} {{}}", node.place
            return
        yield head, None
        yield from _map(node, indent)
    elif not node.items:
        yield f"{head} []", node.place
    else:
        yield head, None
        for item in node.items:
            yield from _item(item, indent)


def _item(item: Node, indent: str) -> Iterator[_Line]:
    """A list item: its first line gets the dash."""
    if not isinstance(item, MapNode) or not item.entries:
        yield from _value(f"{indent}-", item, indent + "  ")
        return
    for index, (text, place) in enumerate(_map(item, indent + "  ")):
        yield (f"{indent}- {text.lstrip()}" if index == 0 else text), place


def scalar_text(value: Scalar) -> str:
    """A scalar as YAML: numbers and words as written, text in quotes where it needs them."""
    if not isinstance(value, str):
        return written(value)
    if _PLAIN.fullmatch(value) and not value.endswith(" "):
        try:
            if read_plain(value) == value:
                return value
        except RefusedScalar:
            pass
    return json.dumps(value, ensure_ascii=False)
