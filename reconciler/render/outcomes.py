"""What an apply or refresh did, as text: a line per run, its result, what to type next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.core.plan import Plan, Standing
from reconciler.core.record import State
from reconciler.render.inert import inert
from reconciler.render.plan import notes_lines
from reconciler.render.rows import OutcomeRow, ReportRows
from reconciler.render.theme import Role, Theme
from reconciler.render.values import FOLLOWERS, counted, lasted, lines_of, titled

_INDENT = "  "
_LOG_LINES = 10
_LOGGED = frozenset({State.LAUNCHED, State.FAILED, State.STOPPED, State.COMPLETED})
"""States of runs that started, so that they have a log."""
_UNTOLD = frozenset({Standing.IN_SYNC, Standing.RUNNING})


def report_text(
    report: ReportRows, theme: Theme, *, logs: Mapping[str, Sequence[str]] | None = None
) -> str:
    """A paragraph per outcome, what is still open and why, then what was recorded.

    `logs` holds the last lines of each failed run's log by name of the resource.
    """
    environment = report.environment.name
    notes = report.plan.notes if report.plan else ()
    ends = {row.physical_name: row.run.end for row in report.outcomes if not row.ok and row.run}
    # What the outcome says already is not said again; the advice is what is left to say.
    told = [n for n in notes if n.physical_name in ends and n.message == ends[n.physical_name]]
    advice = {note.physical_name: note.help for note in told}
    lines: list[str] = []
    for row in report.outcomes:
        lines += _outcome(row, environment, (logs or {}).get(row.name, ()), theme)
        help_text = advice.get(row.physical_name)
        lines += [_INDENT + inert(help_text)] if help_text else []
    lines += _left(report, theme)
    lines += notes_lines((n for n in notes if n not in told), theme, hidden=_UNTOLD)
    lines = lines or [_nothing(report.plan)]
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
        yield from (_INDENT + theme.paint(line, "bad") for line in lines_of(run.reason))
    yield from (f"{_INDENT}| {inert(line)}" for line in log[-_LOG_LINES:])
    if run is not None and run.state in _LOGGED and row.kind not in FOLLOWERS:
        asked = f"{row.name}@{row.version}" if row.version else row.name
        yield f"{_INDENT}see all of it: reconciler logs {asked} -e {environment}"


def _sign(row: OutcomeRow, theme: Theme) -> tuple[str, Role]:
    if not row.ok:
        return theme.symbols.bad, "bad"
    if row.state is State.COMPLETED and not (row.run and row.run.is_gone):
        return theme.symbols.good, "good"
    return theme.symbols.note, "change"


def _result(row: OutcomeRow, theme: Theme) -> str:
    if row.state is None or row.run is None or not row.state.ended or row.run.is_gone:
        return inert(row.message)
    seconds = row.run.seconds
    time = f" in {lasted(seconds)}" if seconds is not None else ""
    told = f"{row.state.value.capitalize()}{time}"
    more = "" if row.run.reason else row.message.removeprefix(row.state.value).lstrip(", ")
    return theme.joined([told, *metric_texts(row.run.metrics), inert(more)])


def metric_texts(metrics: Mapping[str, Any] | None) -> list[str]:
    """Final metrics, each as `name value` to six digits; the record has them all."""
    return [f"{inert(name)} {_short(str(value))}" for name, value in (metrics or {}).items()]


def _short(value: str) -> str:
    try:
        return f"{float(value):.6g}"
    except ValueError:
        return inert(value)


def _left(report: ReportRows, theme: Theme) -> Iterator[str]:
    """What an interrupt kept from being done."""
    if not report.interrupted or report.plan is None:
        return
    done = {row.physical_name for row in report.outcomes}
    for change in report.plan.changes:
        if change.physical_name not in done:
            title = f"{titled(change.kind, change.name, change.version):<24}"
            sign = theme.paint(f"{theme.symbols.wait} {title}", "change")
            yield f"{sign} Interrupted before this {change.action.value}"


def _nothing(plan: Plan | None) -> str:
    notes = plan.notes if plan else ()
    running = sum(note.standing is Standing.RUNNING for note in notes)
    if running:
        return f"Nothing new to do: {counted(running, 'run goes on', 'runs go on')}."
    if plan and plan.problems:
        return "Nothing else to do: the documents with problems wait until these are mended."
    return "Nothing to do: everything is as the documents say."


def _recorded(report: ReportRows) -> str:
    calls = counted(report.mutating_calls, "mutating call")
    if not report.recorded:
        return f"Nothing new to record; {calls}."
    if len(report.recorded) == 1:
        return f"Recorded in {inert(report.recorded[0])}; {calls}."
    folder = f"locks/{report.environment.name}/"
    return f"Recorded {counted(len(report.recorded), 'resource')} in {folder}; {calls}."
