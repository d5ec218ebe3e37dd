"""Events as text: one line per event, for a log that a person reads and for a machine."""

from __future__ import annotations

import json

from reconciler.render.inert import inert, inert_json
from reconciler.render.rows import EventRow
from reconciler.render.theme import Role, Theme
from reconciler.render.values import titled

FORMAT = "reconciler/events/v1"

_ROLES: dict[str, Role] = {
    "launched": "good",
    "adopted": "change",
    "reused": "change",
    "updated": "warn",
    "stopped": "warn",
    "failed": "bad",
    "held": "bad",
    "progress": "dim",
    "waiting": "dim",
}


def event_line(event: EventRow, theme: Theme) -> str:
    """`13:25:01 launched   churn-xgb 7  message`."""
    title = titled("", event.name, event.version) if event.name else ""
    # The outcome shows the rest of a reason that has several lines.
    first, *more = event.message.splitlines() or [str(event.data.get("environment", ""))]
    message = first + (" …" if any(line.strip() for line in more) else "")
    word = theme.paint(f"{event.type!s:<9}", _ROLES.get(event.type, "strong"))
    return f"{event.at[11:19]} {word} {title:<24} {inert(message)}".rstrip()


def event_json(event: EventRow, *, first: bool = False) -> str:
    """One line of JSON; the first one of a stream names the format."""
    head = {"format": FORMAT} if first else {}
    data = {
        **head,
        "type": str(event.type),
        "at": event.at,
        "name": event.name,
        "version": event.version,
        "message": event.message,
        "data": dict(event.data),
    }
    return inert_json(json.dumps(data, ensure_ascii=False, default=str))
