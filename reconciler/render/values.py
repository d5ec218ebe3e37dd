"""Single values as text: fields of a diff, durations, versions, the commit that was read."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

from reconciler.core.environment import Environment
from reconciler.core.resource import Revision
from reconciler.core.scalars import Float, Integer
from reconciler.render.inert import inert

_LONGEST = 120
_NEEDS_QUOTES = re.compile(r"|\s.*|.*\s", re.DOTALL)
_FINGERPRINT = re.compile(r"sha256:[0-9a-f]{8}")
_ENVIRONMENT_VALUE = re.compile(r"(.*\.)?(env|Environment)\..+", re.DOTALL)
HIDDEN = "(hidden)"


def value_text(path: str, value: Any, *, absent: str) -> str:
    """One side of a field's change; values of the container's environment stay hidden.

    `absent` stands for None. Text whose ends nobody would see is put in quotes.
    """
    if value is None:
        return absent
    if _ENVIRONMENT_VALUE.fullmatch(path) and not _is_fingerprint(value):
        return HIDDEN
    if isinstance(value, Integer | Float):
        return value.text
    if isinstance(value, str):
        quoted = _NEEDS_QUOTES.fullmatch(value) is not None
        return shorten(inert(json.dumps(value, ensure_ascii=False) if quoted else value))
    return shorten(inert(json.dumps(value, ensure_ascii=False, default=str)))


def _is_fingerprint(value: Any) -> bool:
    return isinstance(value, str) and _FINGERPRINT.fullmatch(value) is not None


def shorten(text: str, longest: int = _LONGEST) -> str:
    """A text cut to `longest` characters, the last one an ellipsis."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def lines_of(text: str) -> list[str]:
    """The lines of a text that are not empty, each inert; of more than six the first one, a line
    with an ellipsis, and the last ones."""
    lines = [inert(line.rstrip()) for line in text.splitlines() if line.strip()]
    return lines if len(lines) <= 6 else [lines[0], "…", *lines[-4:]]


def lasted(seconds: float) -> str:
    """Seconds as people say them: `8s`, `34m 22s`, `2h 5m`, `3d 4h`."""
    whole = max(0, int(seconds))
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    units = [(days, "d"), (hours, "h"), (minutes, "m"), (rest, "s")]
    first = next((index for index, (amount, _) in enumerate(units) if amount), 3)
    shown = [f"{amount}{unit}" for amount, unit in units[first : first + 2] if amount]
    return " ".join(shown) or "0s"


def apply_command(environment: Environment, digest: str) -> str:
    """The command that applies the plan of a digest; on SageMaker the lock must be pushed."""
    push = "" if environment.local else " --push git"
    return f"reconciler apply -e {environment.name}{push} --plan-digest {digest}"


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """A count with its noun: `1 run`, `2 runs`."""
    return f"{count} {noun if count == 1 else plural or noun + 's'}"


FOLLOWERS = frozenset({"Model", "Endpoint"})
"""Kinds whose documents have no version; the record counts them as version 1."""


def titled(kind: str, name: str, version: int | None = None) -> str:
    """How a resource is called in a list: `churn-xgb 7`, `Model churn`."""
    shown = inert(name) if kind in ("", "TrainingJob") else f"{inert(kind)} {inert(name)}"
    return shown if version is None or kind in FOLLOWERS else f"{shown} {version}"


def revision_text(revision: Revision) -> str:
    """The commit that was read: `commit 9f2c1ab`, with a word when files differ from it."""
    if revision.commit is None:
        return "no commit yet"
    changed = ", with uncommitted changes" if revision.dirty else ""
    return f"commit {revision.commit[:7]}{changed}"


def clock_time(milliseconds: int) -> str:
    """Time of day in UTC of milliseconds since 1970: `13:25:01`."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%H:%M:%S")
