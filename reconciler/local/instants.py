"""Times on the wire: numbers, ISO 8601 and HTTP dates; inside, seconds since the epoch."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import formatdate, parsedate_to_datetime

from reconciler.local.errors import EngineError


def epoch(value: datetime | float | str) -> float:
    """Seconds since the epoch of a time in any form that AWS's protocols use; no zone is UTC.

    Raises EngineError ValidationException for a text that is no time.
    """
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, str):
        value = _parse(value)
    if value.tzinfo is None:
        value = value.replace(tzinfo=UTC)
    return value.timestamp()


def iso8601(value: datetime | float | str) -> str:
    """The time as XML has it: `2026-01-31T12:00:00.000Z`."""
    moment = datetime.fromtimestamp(epoch(value), UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def http_date(value: datetime | float | str) -> str:
    """The time as HTTP headers have it: `Sat, 31 Jan 2026 12:00:00 GMT`."""
    return formatdate(epoch(value), usegmt=True)


def _parse(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    try:
        return parsedate_to_datetime(text)
    except ValueError:
        raise EngineError("ValidationException", f"{text!r} is not a time") from None
