"""What an apply or refresh did, as text: a line per run, its result, what to type next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from reconciler.core.plan import Standing
from reconciler.core.record import Run, State
from reconciler.render.inert import inert
from reconciler.render.plan import notes_lines
from reconciler.render.rows import OutcomeRow, ReportRows
from reconciler.render.theme import Role, Theme
from reconciler.render.values import counted, lasted, titled

_INDENT = "  "
_LOG_LINES = 10
_UNTOLD = frozenset({Standing.IN_SYNC, Standing.RUNNING})


def report_text(
    report: ReportRows, theme: Theme, *, logs: Mapping[str, Sequence[str]] | None = None
) -> str:
    """A paragraph per outcome, what is still open and why, then what was recorded.

    `logs` holds the last lines of each failed run's log by name of the resource.
    """
    environment = report.environment.name
    lines: list[str] = []
    for row in report.outcomes:
        lines += _outcome(row, environment, (logs or {}).get(row.name, ()), theme)
    if report.plan is not None:
        lines += notes_lines(report.plan.notes, theme, hidden=_UNTOLD)
    if not lines:
        lines.append("Nothing to do: everything is as the documents say.")
    lines.append(_recorded(report))
    return "\n".join(lines) + "\n"


def _outcome(row: OutcomeRow, environment: str, log: Sequence[str], theme: Theme) -> Iterator[str]:
    sign, role = _sign(row, theme)
    title = f"{titled(row.kind, row.name, row.version):<24}"
    yield theme.paint(f"{sign} {title}", role) + f" {_result(row, theme)}"
    run = row.run
    if run is not None and run.artifact and run.artifact.get("uri"):
        word = "partial artifact" if run.artifact.get("partial") else "artifact"
        yield f"{_INDENT}{word} {inert(str(run.artifact['uri']))}"
    if row.ok:
        return
    if run is not None and run.reason:
        yield f"{_INDENT}{theme.paint(inert(run.reason), 'bad')}"
    yield from (f"{_INDENT}| {inert(line)}" for line in log[-_LOG_LINES:])
    if row.physical_name and row.state is not None:
        asked = f"{row.name}@{row.version}" if row.version else row.name
        yield f"{_INDENT}see all of it: reconciler logs {asked} -e {environment}"


def _sign(row: OutcomeRow, theme: Theme) -> tuple[str, Role]:
    if not row.ok:
        return theme.symbols.bad, "bad"
    if row.state is State.COMPLETED:
        return theme.symbols.good, "good"
    return theme.symbols.note, "change"


def _result(row: OutcomeRow, theme: Theme) -> str:
    if row.state is None or row.run is None or not row.state.ended:
        return inert(row.message)
    seconds = seconds_of(row.run)
    time = f" in {lasted(seconds)}" if seconds is not None else ""
    told = f"{row.state.value.capitalize()}{time}"
    more = "" if row.message == row.state.value or row.run.reason else inert(row.message)
    return theme.joined([told, *metric_texts(row.run.metrics), more])


def metric_texts(metrics: Mapping[str, Any] | None) -> list[str]:
    """Final metrics, each as `name value` to six digits; the record has them all."""
    return [f"{inert(name)} {_short(str(value))}" for name, value in (metrics or {}).items()]


def _short(value: str) -> str:
    try:
        return f"{float(value):.6g}"
    except ValueError:
        return inert(value)


def seconds_of(run: Run) -> float | None:
    """Seconds from start (else creation) to end of a run, where the record knows them."""
    how = run.how or {}
    start, end = how.get("started") or how.get("created"), how.get("ended")
    if not isinstance(start, str) or not isinstance(end, str):
        return None
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()


def _recorded(report: ReportRows) -> str:
    calls = counted(report.mutating_calls, "mutating call")
    if not report.recorded:
        return f"Nothing new to record; {calls}."
    if len(report.recorded) == 1:
        return f"Recorded in {inert(report.recorded[0])}; {calls}."
    folder = f"locks/{report.environment.name}/"
    return f"Recorded {counted(len(report.recorded), 'resource')} in {folder}; {calls}."
