"""Theme: signs and colours of the text renderers. The command line chooses one per stream."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Role = Literal["good", "bad", "warn", "change", "dim", "strong"]
"""What a stretch of text is for; the command line maps it to a colour."""

Paint = Callable[[str, Role], str]


@dataclass(frozen=True, slots=True)
class Symbols:
    """The signs beside the colours: a plan says the same to who sees no colour."""

    arrow: str = "→"
    dot: str = "·"
    times: str = "×"
    at_most: str = "≤"
    absent: str = "–"
    good: str = "✓"
    bad: str = "✗"
    wait: str = "…"
    note: str = "ℹ"
    bar: str = "━"
    track: str = "─"
    spark: str = "▁▂▃▄▅▆▇█"


ASCII = Symbols(
    arrow="->",
    dot="-",
    times="x",
    at_most="<=",
    absent="(none)",
    good="*",
    bad="x",
    wait=".",
    note="i",
    bar="=",
    track="-",
    spark="_.-=*#",
)
"""For output that is not UTF-8."""


def plain(text: str, role: Role) -> str:
    """Paint nothing."""
    del role
    return text


@dataclass(frozen=True, slots=True)
class Theme:
    """How text looks on one stream."""

    paint: Paint = plain
    symbols: Symbols = Symbols()
    width: int = 100
    """Columns that a line should not pass."""

    def joined(self, parts: tuple[str, ...] | list[str]) -> str:
        """The parts that are not empty, with a dot between them."""
        return f" {self.symbols.dot} ".join(part for part in parts if part)
