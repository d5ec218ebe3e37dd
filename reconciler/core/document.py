"""The text of a document as nodes that know their places: strict YAML.

The first step of every journey: bytes from git come in, a `MapNode` goes on to `core/merge.py` and
to the models. This module alone knows YAML. It takes PyYAML's events one by one and builds without
recursion, because readers that compose with libyaml crash on 100 KB of `[`. What two readers could
understand differently is refused, with its place and what to write instead.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, NoReturn

import yaml

from reconciler.core.nodes import (
    Entry,
    ListNode,
    MapNode,
    Node,
    NodePath,
    ScalarNode,
    from_plain,
    node_at,
    place_of,
    plain,
)
from reconciler.core.plaintext import MAX_PROBLEMS, SPLIT, decode, hostile_character
from reconciler.core.scalars import HOSTILE, RefusedScalar, Scalar, read_plain, shorten
from reconciler.errors import InvalidDocuments, Place, Problem

__all__ = [
    "Entry",
    "ListNode",
    "MapNode",
    "Node",
    "NodePath",
    "ScalarNode",
    "from_plain",
    "node_at",
    "place_of",
    "plain",
    "read",
]

MAX_DEPTH = 24
MAX_EVENTS = 20_000

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's scanner where PyYAML has it, else the one in Python: 8 times slower, and stricter with
tabs inside plain text; what both accept they read the same."""

_CONFLICT = re.compile(r"(<{7}|>{7}|\|{7}) .*|={7}")
"""A line that git writes around the sides of a conflict; no YAML starts a line with it."""

_ONE_EACH = "write the value out at each place, or put it into a _defaults.yaml or a runtime"
_YAML_CURES = {
    "mapping values are not allowed": 'put a text with ": " in it in quotes; check the indentation',
    "could not find expected ':'": "give each key its colon; close quotes and brackets above",
    "unexpected end of stream": "close the quotes",
    "cannot start any token": "put a text that starts with this character in quotes",
    "expected ',' or": "check commas and brackets",
    "node content": "check commas and brackets",
    "expected <block end>": "check the indentation; put a text with quotes in it in quotes",
    "did not find expected key": "check the indentation; put a text with quotes in it in quotes",
    "escape character": "write each backslash twice, or use single quotes",
}


def read(data: bytes, path: str) -> MapNode:
    """Read one document; `path` is its path in the repository, for the places.

    Total: for any bytes it gives a map or raises InvalidDocuments with at most MAX_PROBLEMS
    problems, E001 to E011, in well under a second.
    """
    builder = _Builder(path, decode(data, path))
    builder.refuse_conflict()
    try:
        for event in yaml.parse("\n".join(builder.lines), Loader=LOADER):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        builder.not_yaml(error.problem or "it ends too early", builder.place(mark, mark))
    except (yaml.YAMLError, ValueError, OverflowError):
        # The scanner in Python lets Python's own errors through for an escape such as "\UFFFFFFFF".
        builder.not_yaml("an escape or a `%` line has a wrong number", Place(path, 1, 1))
    return builder.finish()


@dataclass(slots=True)
class _Open:
    """A map or list whose end has not come yet."""

    start: Any
    is_map: bool
    entries: dict[str, Entry] = field(default_factory=dict)
    items: list[Node] = field(default_factory=list)
    key: tuple[str | None, Place] | None = None
    """The key whose value comes next; its text is None when it was refused."""


class _Builder:
    """Takes the parser's events in their order; collects nodes and problems."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.lines = text.split("\n")
        self.problems: list[Problem] = []
        self.stack: list[_Open] = []
        self.root: Node | None = None
        self.documents = 0
        self.events = 0

    def take(self, event: Any) -> None:
        """Take one event; raises InvalidDocuments when reading on makes no sense."""
        self.events += 1
        if self.events > MAX_EVENTS:
            message = f"the document has more than {MAX_EVENTS} keys, values and brackets"
            self.stop(Problem("E003", message, self.place_of_event(event), SPLIT))
        if isinstance(event, yaml.ScalarEvent):
            self.take_scalar(event)
        elif isinstance(event, yaml.CollectionStartEvent):
            self.open(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            self.close(event)
        elif isinstance(event, yaml.AliasEvent):
            self.refuse("E005", "aliases (`*name`) are not read", event, _ONE_EACH)
            self.attach(ScalarNode(self.place_of_event(event), None))
        elif isinstance(event, yaml.DocumentStartEvent):
            self.start_document(event)

    def start_document(self, event: Any) -> None:
        """Refuse `%` lines and a second document."""
        if event.version or event.tags:
            self.refuse("E006", "`%` lines are not read", event, "remove it")
        self.documents += 1
        if self.documents > 1:
            cure = "put each document into its own file"
            place = self.place_of_event(event)
            self.stop(
                Problem("E007", "a file holds one document; here a second starts", place, cure)
            )

    def take_scalar(self, event: Any) -> None:
        """Take a key or a value."""
        self.refuse_properties(event)
        place = self.place_of_event(event)
        if self.stack and self.stack[-1].is_map and self.stack[-1].key is None:
            self.take_key(event, place)
        else:
            self.attach(ScalarNode(place, self.value_of(event, place)))

    def value_of(self, event: Any, place: Place, *, cure: str | None = None) -> Scalar:
        """Give the value of a scalar event; a refused one counts as its text.

        `cure` is what helps a key, which can only be text.
        """
        text: str = event.value
        if event.style:
            hidden = HOSTILE.search(text)
            if hidden:
                self.report(hostile_character(hidden[0], place))
            return text
        if event.tag:
            return text
        try:
            return read_plain(text)
        except RefusedScalar as refused:
            self.report(Problem(refused.code, str(refused), place, cure or refused.cure))
            return text

    def take_key(self, event: Any, place: Place) -> None:
        """Take the next key of the innermost map; refuse what is not new text."""
        parent = self.stack[-1]
        parent.key = (None, place)
        if event.value == "<<" and not event.style:
            self.report(Problem("E005", "merge keys (`<<`) are not read", place, _ONE_EACH))
            return
        shown = shorten(event.value)
        quoted = f'write "{shown}" in quotes' if shown else "write a key before the colon"
        key = self.value_of(event, place, cure=quoted)
        if not isinstance(key, str):
            self.report(Problem("E008", "a key must be text", place, quoted))
        elif key in parent.entries:
            first = (("first written here", parent.entries[key].key_place),)
            message = f"the key `{shorten(key)}` is written twice"
            self.report(Problem("E002", message, place, "keep one of the two", first))
        else:
            parent.key = (key, place)

    def open(self, event: Any) -> None:
        """Begin a map or list."""
        self.refuse_properties(event)
        if len(self.stack) == MAX_DEPTH:
            message = f"maps and lists are nested more than {MAX_DEPTH} deep"
            self.stop(Problem("E003", message, self.place_of_event(event), "write it flatter"))
        parent = self.stack[-1] if self.stack else None
        if parent and parent.is_map and parent.key is None:
            cure = "put a text that starts with a bracket in quotes"
            self.refuse("E008", "a key must be text, not a map or list", event, cure)
        self.stack.append(_Open(event, isinstance(event, yaml.MappingStartEvent)))

    def close(self, event: Any) -> None:
        """End the innermost map or list and give it to its parent."""
        done = self.stack.pop()
        if done.start.flow_style:
            place = self.place(done.start.start_mark, event.end_mark)
        elif done.entries:
            place = next(iter(done.entries.values())).key_place
        else:
            place = self.place_of_event(done.start)
        node = MapNode(place, done.entries) if done.is_map else ListNode(place, tuple(done.items))
        self.attach(node)

    def attach(self, node: Node) -> None:
        """Put a finished node where it belongs."""
        if not self.stack:
            self.root = node
            return
        parent = self.stack[-1]
        if not parent.is_map:
            parent.items.append(node)
        elif parent.key is None:
            parent.key = (None, node.place)
        else:
            key, key_place = parent.key
            parent.key = None
            if key is not None:
                parent.entries[key] = Entry(key_place, node)

    def finish(self) -> MapNode:
        """Give the whole document, or raise InvalidDocuments with what was found."""
        if not self.problems and not isinstance(self.root, MapNode):
            place = self.root.place if self.root else Place(self.path, 1, 1)
            empty = self.root is None or (
                isinstance(self.root, ScalarNode) and self.root.value is None
            )
            message = "the document is empty" if empty else "a document is a map of keys to values"
            self.report(Problem("E011", message, place, "start it with `apiVersion:` and `kind:`"))
        if self.problems or not isinstance(self.root, MapNode):
            raise InvalidDocuments(tuple(self.problems))
        return self.root

    def refuse_properties(self, event: Any) -> None:
        """Refuse the anchor and the tag of a value."""
        if event.anchor:
            self.refuse("E005", "anchors (`&name`) are not read", event, _ONE_EACH)
        if event.tag:
            self.refuse("E006", "tags (`!name`) are not read", event, "remove it; quote a text")

    def refuse(self, code: str, message: str, event: Any, cure: str) -> None:
        """Note a problem at an event."""
        self.report(Problem(code, message, self.place_of_event(event), cure))

    def report(self, problem: Problem) -> None:
        """Note a problem; raises InvalidDocuments when there are many."""
        self.problems.append(problem)
        if len(self.problems) >= MAX_PROBLEMS:
            raise InvalidDocuments(tuple(self.problems))

    def stop(self, problem: Problem) -> NoReturn:
        """Raise InvalidDocuments with all that was found and one last problem."""
        raise InvalidDocuments((*self.problems, problem))

    def refuse_conflict(self) -> None:
        """Raise InvalidDocuments for a merge that was not finished."""
        for number, line in enumerate(self.lines, 1):
            if _CONFLICT.fullmatch(line):
                place = Place(self.path, number, 1, len(line))
                cure = "keep what is right of both sides, and remove git's marks from <<< to >>>"
                self.stop(Problem("E001", "a merge conflict is not resolved here", place, cure))

    def not_yaml(self, reason: str, place: Place) -> NoReturn:
        """Raise InvalidDocuments for what the scanner cannot read."""
        line = "".join(self.lines[place.line - 1 : place.line])
        before, rest = line[: place.column - 1].rstrip(), line[place.column - 1 :]
        cures = (cure for words, cure in _YAML_CURES.items() if words in reason)
        if rest.startswith("\t"):
            cure: str | None = "indent with spaces, not tabs"
        elif rest and before.endswith(("]", "}")):
            start = "[" if before.endswith("]") else "{"
            cure = f"put a text that begins with `{start}` in single quotes, such as a pattern"
        else:
            cure = next(cures, None)
        self.stop(Problem("E001", f"this is not YAML: {reason}", place, cure))

    def place_of_event(self, event: Any) -> Place:
        """Give the part of an event that stands on its first line."""
        return self.place(event.start_mark, event.end_mark)

    def place(self, start: Any, end: Any) -> Place:
        """Give the place from one mark to another, or to the end of the first one's line."""
        if end.line == start.line:
            width = end.column - start.column
        else:
            width = len(self.lines[start.line].rstrip()) - start.column
        return Place(self.path, start.line + 1, start.column + 1, max(1, width))
