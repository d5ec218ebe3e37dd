"""Status as text: a table with a row per resource, reasons below it."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.core.gates import failed, failures
from reconciler.core.plan import Standing
from reconciler.core.record import State
from reconciler.render.inert import inert
from reconciler.render.outcomes import metric_texts
from reconciler.render.rows import StatusRow
from reconciler.render.theme import Role, Theme
from reconciler.render.values import FOLLOWERS, lasted, lines_of, titled

_HEADER = ("NAME", "VERSION", "STATE", "STATUS", "TIME", "METRICS")


def status_text(rows: Sequence[StatusRow], theme: Theme, *, environment: str) -> str:
    """The table; below a row its artifact, and why the run or its gates failed."""
    cells = [_HEADER, *(_cells(row, theme) for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(_HEADER))]
    lines = [theme.paint("  " + aligned(_HEADER, widths), "dim")] if rows else []
    for row, texts in zip(rows, cells[1:], strict=True):
        sign, role = _sign(row, theme)
        lines.append(f"{theme.paint(sign, role)} {aligned(texts, widths)}")
        if row.artifact_uri and row.state is State.COMPLETED:
            lines.append(f"    {theme.paint(inert(row.artifact_uri), 'dim')}")
        lines += [f"    {theme.paint(text, 'bad')}" for text in _reasons(row)]
        lines += [f"    {theme.paint(inert(text), 'warn')}" for text in row.shortfalls]
    if not rows:
        command = f"reconciler plan -e {environment}"
        lines.append(f"Nothing is recorded yet: {command} says what would be launched.")
    return "\n".join(lines) + "\n"


def aligned(texts: tuple[str, ...], widths: Sequence[int]) -> str:
    """One row of a table, each text as wide as its column."""
    return "  ".join(f"{text:<{width}}" for text, width in zip(texts, widths, strict=True)).rstrip()


def _reasons(row: StatusRow) -> list[str]:
    """Why it failed, or which of its gates did."""
    if row.reason:
        return lines_of(row.reason)
    return [inert(told) for told in failures(row.gates)]


def _cells(row: StatusRow, theme: Theme) -> tuple[str, ...]:
    status = " / ".join(inert(word) for word in (row.status, row.stage) if word)
    return (
        titled(row.kind, row.name),
        _version(row, theme),
        _state(row, theme),
        status,
        lasted(row.seconds) if row.seconds is not None else "",
        ", ".join(metric_texts(row.metrics)),
    )


def _version(row: StatusRow, theme: Theme) -> str:
    if row.kind in FOLLOWERS:
        return theme.symbols.absent
    return str(row.version) if row.version is not None else ""


def _state(row: StatusRow, theme: Theme) -> str:
    """The state of a run with what else must be known of it; else what the plan says."""
    if row.state is None:
        return row.standing or theme.symbols.absent
    words = [row.word or row.state.value]
    words += ["gates failed"] if failed(row.gates) else []
    words += ["no artifact"] if row.lacks_artifact else []
    words += [row.standing] if row.standing == Standing.ORPHANED else []
    return ", ".join(words)


def _sign(row: StatusRow, theme: Theme) -> tuple[str, Role]:
    if failed(row.gates) or row.word == "not there" or row.lacks_artifact:
        return "!", "warn" if row.lacks_artifact else "bad"
    if row.standing == Standing.ORPHANED:
        return theme.symbols.note, "warn"
    if row.deleted or row.word == "replaced":
        return theme.symbols.absent, "dim"
    if row.state is State.COMPLETED:
        return theme.symbols.good, "good"
    if row.state in (State.FAILED, State.CONFLICT, State.STOPPED, State.REFUSED):
        return theme.symbols.bad, "bad"
    return theme.symbols.wait, "change"
