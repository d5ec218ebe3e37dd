"""What happens meanwhile, on stderr: a line per event, or rows that move on a terminal."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconciler.cli.console import Console
from reconciler.render.events import event_json, event_line

if TYPE_CHECKING:
    from reconciler.reconcile.events import Event


_REPEATED = frozenset({"progress", "waiting"})
"""Told again by every pass; told here only when they say something new."""


@dataclass(slots=True)
class Narrator:
    """Tells events, each on its own line; `--quiet` silences it.

    A reader that went away must not end a journey that launches jobs: it goes on untold.
    """

    console: Console
    _seen: dict[str, str] = field(default_factory=dict)

    def __call__(self, event: Event) -> None:
        """Tell one event."""
        if event.type in _REPEATED and self._seen.get(event.name) == event.message:
            return
        self._seen[event.name] = event.message
        try:
            self.console.say(event_line(event, self.console.progress_theme))
        except BrokenPipeError:
            return


@dataclass(slots=True)
class Recorder:
    """Writes every event to stdout as a line of JSON; the first one names the format."""

    console: Console
    _first: bool = True

    def __call__(self, event: Event) -> None:
        """Write one event."""
        try:
            self.console.result(event_json(event, first=self._first) + "\n")
        except BrokenPipeError:
            return
        self._first = False
