"""A comment that keeps to its size: parts are whole or left out, and what is left out is counted.

GitHub takes 65,536 characters. Cutting a text there would leave an open tag or half a table, so a
section gives up whole items instead, the least needed section first.
"""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass

from reconciler.render.values import counted

_ELSEWHERE = "the whole plan is in the summary of the workflow run"


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the comment: a frame, and items in it that are shown from the first one on."""

    items: tuple[str, ...] = ()
    before: str = ""
    """Stands before the items, if any is shown."""
    after: str = ""
    between: str = "\n"
    noun: str = "item"
    """What one item is called."""
    unmade: int = 0
    """Further items for which there could be no room."""
    rank: int = 0
    """Sections of a low rank get their room first."""

    def text(self, shown: int) -> str:
        """The section with its first items, and a word on the others."""
        body = self.before + self.between.join(self.items[:shown]) + self.after if shown else ""
        hidden = len(self.items) - shown + self.unmade
        word = f"{counted(hidden, f'more {self.noun}')} not shown here; {_ELSEWHERE}."
        return "\n\n".join(part for part in (body, word if hidden else "") if part)


def paragraph(text: str) -> Section:
    """A section that is always shown: a `before` without items is its word on none."""
    return Section((text,), rank=-1)


def fit(sections: Sequence[Section], limit: int) -> str:
    """All sections in their order, in at most `limit` bytes of UTF-8.

    Paragraphs are always whole: it is for the caller to keep them short.
    """
    shown = [len(s.items) if s.rank < 0 else 0 for s in sections]
    room = limit - _size(_joined(sections, shown))
    for index in sorted(range(len(sections)), key=lambda i: sections[i].rank):
        section, least = sections[index], shown[index]
        taken = _size(section.text(least))
        shown[index] = _most(section, least, taken + room)
        room -= _size(section.text(shown[index])) - taken
    return _joined(sections, shown)


def _most(section: Section, least: int, room: int) -> int:
    """How many items of a section fit."""
    most = len(section.items)
    if _size(section.text(most)) <= room:
        return most
    counts = range(least, most)
    over = bisect.bisect_right(counts, room, key=lambda count: _size(section.text(count)))
    return counts[max(over - 1, 0)] if counts else least


def _joined(sections: Sequence[Section], shown: Sequence[int]) -> str:
    texts = (section.text(count) for section, count in zip(sections, shown, strict=True))
    return "\n\n".join(text for text in texts if text) + "\n"


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
