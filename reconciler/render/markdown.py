"""Foreign text in Markdown: the one way from a document's or a container's words to a comment.

GitHub does more than Markdown with a comment: it links `@team`, `#12`, addresses and commits, draws
emoji and formulas. It leaves code alone, so names and values stand in code; in prose every sign
that could act is escaped or parted from what follows it. All of it passes through `inert` first,
and none of it holds a raw `|`, so that it fits into a table too.
"""

from __future__ import annotations

import html
import re
import urllib.parse

from reconciler.core.resource import Revision
from reconciler.errors import Place
from reconciler.render.inert import inert

_PART = "\u200b"
"""Takes no room and no meaning; `@`, `#` and `:` lose theirs before it (Renovate does the same)."""

_SIGNS = re.compile(r"[!-/:-@\[-`{-~]")
"""Punctuation of ASCII: what a backslash escapes (CommonMark 0.31, 2.4)."""

_ADDRESS = re.compile(r"(?<![A-Za-z0-9])(www|GH)(?=\\[.-])", re.IGNORECASE)
_TICKS = re.compile("`+")
_REPOSITORY = re.compile(r"[A-Za-z0-9.-]+(?:/[A-Za-z0-9._-]+){2}")


def literal(text: str) -> str:
    """Text that shows as it is: no markup, no mention, no link."""
    escaped = _SIGNS.sub(_escaped, _shown(text).strip())
    return _ADDRESS.sub(rf"\1{_PART}", escaped)


def code(text: str) -> str:
    """A name or a value in code; `|` stands beside the code, where an entity can say it."""
    return "&#124;".join(_span(part) for part in _shown(text).split("|"))


def prose(text: str) -> str:
    """A sentence of ours about foreign things: what it has in backticks becomes code."""
    parts = _shown(text).split("`")
    if len(parts) % 2 == 0:
        return literal(text)
    shown = (code(part) if index % 2 else _between(part) for index, part in enumerate(parts))
    # Two stretches of code that touch would be one.
    return "".join(text or " " for text in shown).strip()


def html_code(text: str) -> str:
    """Code inside a line of HTML, where Markdown does not look: `<summary>`."""
    return f"<code>{html.escape(_shown(text))}</code>"


def fenced(lines: list[str], language: str = "") -> str:
    """Lines as they are; the fence is longer than any run of backticks in them."""
    shown = [_shown(line) for line in lines]
    fence = "`" * max(3, 1 + _longest_run("\n".join(shown)))
    return "\n".join([fence + language, *shown, fence])


def source_url(revision: Revision, place: Place | None) -> str | None:
    """Address of a place at a commit on the repository's host; None where there is none to
    trust."""
    commit, repository = revision.commit, revision.repository
    if place is None or commit is None or not _REPOSITORY.fullmatch(repository):
        return None
    # Quoted for an address and for Markdown: `(`, `)` and `~` are no signs of ours.
    quoted = urllib.parse.quote(place.path.encode("utf-8", "surrogatepass"), safe="/")
    return f"https://{repository}/blob/{commit}/{quoted.replace('~', '%7E')}#L{place.line}"


def link(shown: str, url: str | None) -> str:
    """Markdown that is shown, linked where there is an address from `source_url`."""
    return f"[{shown}]({url})" if url else shown


def _shown(text: str) -> str:
    """Inert, and never the hidden marker by which a comment is found again."""
    return inert(text).replace("<!--", f"<!{_PART}--")


def _escaped(found: re.Match[str]) -> str:
    sign = found[0]
    if sign == "$":
        return "&#36;"  # a backslash does not keep GitHub from reading a formula
    after = found.string[found.end() : found.end() + 1]
    return f"\\{sign}{_PART}" if sign in "@#:" and not after.isspace() else f"\\{sign}"


def _between(part: str) -> str:
    """Literal text between two stretches of code, with the blanks that part them."""
    before = " " if part.startswith(" ") else ""
    after = " " if part.endswith(" ") and part.strip() else ""
    return f"{before}{literal(part)}{after}"


def _span(text: str) -> str:
    if not text.strip():
        return ""
    ticks = "`" * (1 + _longest_run(text))
    # One blank on each side is taken away again by the reader (CommonMark 0.31, 6.1).
    padded = text if text.strip("` ") == text else f" {text} "
    return f"{ticks}{padded}{ticks}"


def _longest_run(text: str) -> int:
    return max((len(run) for run in _TICKS.findall(text)), default=0)
