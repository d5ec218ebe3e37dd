"""Hostile text made harmless: the one way from a container's words to a person's screen.

Failure reasons, log lines and names of foreign things may hold escape sequences that rewrite a
terminal, direction marks that reorder what is read, line breaks that fake further output, and
workflow commands that a GitHub runner obeys. Every renderer passes such text through `inert`.
"""

from __future__ import annotations

import json
import re

from reconciler.core.scalars import HOSTILE

_LINE_BREAKS = {"\n": "\\n", "\t": " "}
_BREAK = re.compile("[\n\t]")
_COMMAND = re.compile(r"\A(\s*):(?=:)")
_OLD_COMMAND = re.compile(r"##(?=\[)")


def inert(text: str) -> str:
    """One line of printable text: what could act is shown as its escape instead.

    A runner takes `::` at the start of a line, and `##[` anywhere in it, for a workflow command
    (actions/runner, ActionCommand.cs); a space between the signs takes their meaning.
    """
    shown = HOSTILE.sub(_escaped, _BREAK.sub(lambda found: _LINE_BREAKS[found[0]], text))
    return _OLD_COMMAND.sub("# #", _COMMAND.sub(r"\1: ", shown))


def inert_json(text: str) -> str:
    """JSON that says the same: in its strings, what could act is written as an escape of JSON."""
    escaped = HOSTILE.sub(lambda found: json.dumps(found[0])[1:-1], text)
    return _OLD_COMMAND.sub(r"\\u0023\\u0023", escaped)


def _escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
