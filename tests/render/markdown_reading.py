"""Reads Markdown back as GitHub would: what is only text, and what acts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from markdown_it import MarkdownIt
from markdown_it.token import Token

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])

ACTING = re.compile(
    r"@[A-Za-z0-9]"  # a mention, or an address of mail
    r"|\#[0-9]|(?<![A-Za-z0-9])GH-[0-9]"  # an issue
    r"|[a-z]+://|(?<![A-Za-z0-9])www\."  # what GitHub links by itself
    r"|:[A-Za-z0-9+_-]+:",  # an emoji
    re.IGNORECASE,
)
OURS = {"details", "summary", "code"}


def inline(markdown: str) -> Iterator[Token]:
    """The leaves of all lines of text."""
    for token in PARSER.parse(markdown):
        yield from token.children or ()


def tags(markdown: str) -> set[str]:
    """Types of everything but text, code, breaks and the frames of blocks."""
    return {token.type for token in inline(markdown)} - {"text", "code_inline", "softbreak"}


def words(markdown: str) -> str:
    """The text and the code of all lines, without the signs that part."""
    shown = (t.content for t in inline(markdown) if t.type in ("text", "code_inline"))
    return "".join(shown).replace("\u200b", "")


def acting(markdown: str, *, base: str = "https://github.com/acme/ml/blob/") -> list[str]:
    """Whatever acts and is not ours; nothing that comes from a document may."""
    found = []
    for token in inline(markdown):
        if token.type == "link_open" and not str(token.attrGet("href")).startswith(base):
            found.append(f"link to {token.attrGet('href')}")
        elif token.type in ("image", "html_inline", "s_open", "em_open", "hardbreak"):
            found.append(f"{token.type} {token.content}")
        elif token.type == "text" and ACTING.search(token.content):
            found.append(f"text {token.content!r}")
    blocks = PARSER.parse(markdown)
    html = "".join(token.content for token in blocks if token.type == "html_block")
    fences = "".join(token.content for token in blocks if token.type == "fence")
    spans = "".join(token.content for token in inline(markdown) if token.type == "code_inline")
    if markdown.count("$") > (html + fences + spans).count("$"):
        found.append("a formula")
    return [*found, *foreign_html(html)]


def foreign_html(blocks: str) -> list[str]:
    """Tags that are not ours, or have attributes, or are not closed; comments but the first."""
    reader = _Reader()
    reader.feed(blocks)
    reader.close()
    return [*reader.found, *(f"open <{tag}>" for tag in reader.open)]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.open: list[str] = []
        self.comments = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in OURS or attrs:
            self.found.append(f"<{tag} {attrs}>")
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.found.append(f"</{tag}>")

    def handle_comment(self, data: str) -> None:
        self.comments += 1
        if self.comments > 1 or not data.startswith(" reconciler:plan:"):
            self.found.append(f"<!--{data}-->")
