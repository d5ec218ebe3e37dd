"""Lines of a job's log as text."""

from __future__ import annotations

from reconciler.core.ports import LogLine
from reconciler.render.inert import inert
from reconciler.render.theme import Theme
from reconciler.render.values import clock_time


def log_line(line: LogLine, theme: Theme) -> str:
    """`algo-1 13:25:01 text`, the time in UTC."""
    head = f"{inert(line.host)} {clock_time(line.at)}"
    return f"{theme.paint(head, 'dim')} {inert(line.text)}"
