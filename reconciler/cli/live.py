"""Rows that move on a terminal: one per run under way, with its time and its metrics.

The only module that knows rich; it is imported when a terminal watches an apply.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any

from rich.console import Console as RichConsole
from rich.live import Live
from rich.table import Table
from rich.text import Text

from reconciler.cli.console import Console
from reconciler.render.events import event_line
from reconciler.render.inert import inert
from reconciler.render.progress import bar, course
from reconciler.render.theme import Theme
from reconciler.render.values import lasted, titled

if TYPE_CHECKING:
    from reconciler.reconcile.events import Event

_UNDER_WAY = frozenset({"launched", "adopted", "progress", "waiting"})
_OVER = frozenset({"ended", "failed", "stopped"})
_METRICS_SHOWN = 2


@dataclass(slots=True)
class _Row:
    """One run as it was last heard of."""

    title: str
    stage: str = ""
    since: float | None = None
    """When it started (until then: was created), in seconds since 1970."""
    limit: float = 0.0
    """Its longest time in seconds; 0 when it is not known."""
    metrics: dict[str, list[float]] = field(default_factory=dict)

    def hear(self, data: Mapping[str, Any], message: str) -> None:
        """Take over what an event says."""
        self.stage = str(data.get("stage") or data.get("status") or message)
        since = data.get("started") or data.get("created")
        if since:
            self.since = datetime.fromisoformat(since).timestamp()
        self.limit = data.get("limit_seconds") or self.limit
        for name, value in (data.get("metrics") or {}).items():
            values = self.metrics.setdefault(name, [])
            number = _number(value)
            if number is not None and (not values or values[-1] != number):
                values.append(number)

    def cells(self, theme: Theme) -> tuple[str, ...]:
        """Title, stage, bar, time, metrics."""
        if self.since is None:
            return self.title, inert(self.stage), "", "", ""
        seconds = time.time() - self.since
        used = lasted(seconds)
        if self.limit:
            used += f" / {theme.symbols.at_most} {lasted(self.limit)}"
        shown = [
            f"{inert(name)} {values[-1]:g} {course(values, theme.symbols)}".rstrip()
            for name, values in list(self.metrics.items())[:_METRICS_SHOWN]
            if values
        ]
        bars = bar(seconds, self.limit, theme.symbols) if self.limit else ""
        return self.title, inert(self.stage), bars, used, "  ".join(shown)


class LiveRows:
    """Tells events on a terminal: what is over as a line, what is under way as a moving row."""

    def __init__(self, console: Console) -> None:
        self.theme = console.progress_theme
        self.rows: dict[str, _Row] = {}
        self._live = Live(
            console=RichConsole(stderr=True, highlight=False, no_color=console.color is False),
            get_renderable=self._table,
            refresh_per_second=4,
            transient=True,
        )

    def __enter__(self) -> LiveRows:
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.stop()

    def __call__(self, event: Event) -> None:
        """Tell one event."""
        if event.type in _UNDER_WAY and event.name:
            title = titled("", event.name, event.version)
            self.rows.setdefault(event.name, _Row(title)).hear(
                event.data, event.message if event.type == "waiting" else event.type
            )
        if event.type in _OVER:
            self.rows.pop(event.name, None)
        if event.type not in ("progress", "waiting"):
            line = Text.from_ansi(event_line(event, self.theme))
            self._live.console.print(line, soft_wrap=True)

    def _table(self) -> Table:
        table = Table.grid(padding=(0, 2))
        for row in tuple(self.rows.values()):
            table.add_row(*(Text(cell, no_wrap=True) for cell in row.cells(self.theme)))
        return table


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
