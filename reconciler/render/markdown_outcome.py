"""What became of a pull request, and what drifted, as comments and issues on GitHub.

The comment of a plan turns into the one of its outcome, under the same hidden marker.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.core.gates import failed, gates_failed
from reconciler.core.record import Run, State
from reconciler.core.spending import Spent
from reconciler.render.markdown import code, literal, prose
from reconciler.render.markdown_plan import LIMIT, marker
from reconciler.render.outcomes import metric_texts
from reconciler.render.spending import amount_text
from reconciler.render.values import counted, lasted, shorten

_AROUND = 2000
"""Bytes of what stands around the table."""

_HEADER = "| | resource | result | cost |\n|---|---|---|---|"
_LONGEST = 300
_SIGNS = {
    State.INTENT: "…",
    State.WITHDRAWN: "–",
    State.LAUNCHED: "▶",
    State.REFUSED: "✗",
    State.CONFLICT: "✗",
    State.FAILED: "✗",
    State.STOPPED: "⏹",
    State.COMPLETED: "✓",
}


@dataclass(frozen=True, slots=True)
class OutcomeEntry:
    """What became of one resource that a pull request was about."""

    name: str
    version: int | None
    run: Run | None = None
    """Its run; None where none answers the version."""
    message: str = ""
    """Why nothing runs, or what was done beside; hostile text."""
    held: bool = False
    deletes: bool = False
    """Whether its run was to be deleted."""
    superseded_by: str | None = None
    """What the documents ask for in its place since, such as `version 2`; it never ran."""
    cost_bound: str | None = None
    """The most that was approved for an attempt, such as `$1.11`."""
    spent: Spent | None = None
    """What the run cost, with the attempts at the same content before it; None without a run."""


def outcome_markdown(
    environment: str,
    found: Sequence[OutcomeEntry],
    *,
    run_url: str | None,
    limit: int = LIMIT,
) -> str:
    """The comment on a merged pull request: each resource, its result and what it cost; in at most
    `limit` bytes of UTF-8."""
    rows = [_row(entry) for entry in found]
    head = [
        marker(environment),
        f"### Outcome for {code(environment)}",
        f"**{_verdict(found)}**",
        "\n".join([_HEADER, *_fitting(rows, limit)]),
        f"The records are in {code(f'locks/{environment}/')}.{_seen(run_url)}",
    ]
    return "\n\n".join(head) + "\n"


def unchanged_markdown(environment: str) -> str:
    """The comment on a pull request of which nothing is left to do."""
    return (
        f"{marker(environment)}\n\nThis pull request no longer changes any job in"
        f" {code(environment)}.\n"
    )


def unplanned_markdown(environment: str, *, run_url: str | None) -> str:
    """The comment on a pull request whose plan could not be made."""
    return (
        f"{marker(environment)}\n\n### Plan for {code(environment)}\n\n**✗ It could not be made.**"
        f" What was planned before is void.{_seen(run_url)}\n"
    )


def drift_marker(environment: str) -> str:
    """The hidden first line of the issue of an environment."""
    return f"<!-- reconciler:drift:{environment} -->"


def drifting(notes: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Those of a plan's notes, as JSON, that tell of drift."""
    return [note for note in notes if note["standing"] in ("drifted", "conflict")]


def drift_markdown(
    environment: str, notes: Iterable[Mapping[str, Any]], repaired: Sequence[str]
) -> str | None:
    """The issue: what SageMaker, or somebody in the lock, changed that git did not ask for.

    `notes` are those of a plan as JSON. None when nothing drifts.
    """
    lines = [
        f"- {code(note['name'])}: {prose(shorten(note['message'], _LONGEST))}{_help(note)}"
        for note in drifting(notes)
    ]
    lines += [
        f"- The lock was changed by others and put right: {literal(shorten(finding, _LONGEST))}"
        for finding in repaired
    ]
    if not lines:
        return None
    told = (
        "Nothing is launched or stopped because of it. This text is kept up to date, and the issue"
        " is closed when nothing is left of it."
    )
    fitting = "\n".join(_fitting(lines, LIMIT))
    return f"{drift_marker(environment)}\n\n{fitting}\n\n{told}\n"


def _help(note: Mapping[str, Any]) -> str:
    return f" {prose(shorten(note['help'], _LONGEST))}." if note["help"] else ""


def _seen(run_url: str | None) -> str:
    return f" [The workflow run]({run_url})" if run_url else ""


def _fitting(lines: Sequence[str], limit: int) -> Iterator[str]:
    """As many lines as there is room for, and a word on the others."""
    room = limit - _AROUND
    for number, line in enumerate(lines):
        room -= len(line.encode()) + 1
        if room < 0:
            yield f"\n{counted(len(lines) - number, 'more row')}: `reconciler status` shows them."
            return
        yield line


def _verdict(found: Sequence[OutcomeEntry]) -> str:
    counts: dict[str, int] = {}
    for entry in found:
        word = _word(entry)
        counts[word] = counts.get(word, 0) + 1
    return " · ".join(f"{count} {word}" for word, count in counts.items()) or "Nothing to do"


def _word(entry: OutcomeEntry) -> str:
    if entry.held:
        return "held"
    if entry.superseded_by:
        return f"superseded by {entry.superseded_by}"
    if entry.run is None:
        return "without a run"
    if entry.run.is_gone or entry.deletes:
        return "deleted" if entry.run.is_gone else "to be deleted"
    if failed(entry.run.gates):
        return "completed, gates failed"
    return "running" if entry.run.state is State.LAUNCHED else entry.run.state.value


def _sign(entry: OutcomeEntry) -> str:
    if entry.held:
        return "⏸"
    if entry.superseded_by or (entry.run and entry.run.is_gone):
        return "–"
    if entry.run is None:
        return "="
    if entry.deletes:
        return "…"
    return "✗" if failed(entry.run.gates) else _SIGNS[entry.run.state]


def _row(entry: OutcomeEntry) -> str:
    run = None if entry.held else entry.run
    version = f" {entry.version}" if entry.version is not None else ""
    cells = (
        f"{_sign(entry)} {_word(entry)}",
        f"{code(entry.name)}{version}",
        " · ".join(_result(entry, run)) or "–",
        literal(_cost(entry, run)) or "–",
    )
    return f"| {' | '.join(cells)} |"


def _result(entry: OutcomeEntry, run: Run | None) -> Iterator[str]:
    if run is not None:
        uri = (run.artifact or {}).get("uri")
        if uri:
            yield ("partial artifact " if (run.artifact or {}).get("partial") else "") + code(uri)
        yield from (literal(text) for text in metric_texts(run.metrics))
        seconds = run.seconds
        if seconds is not None:
            yield f"in {lasted(seconds)}"
        if failed(run.gates):
            yield literal(shorten(gates_failed(run.gates), _LONGEST))
        if run.reason:
            yield literal(shorten(run.reason, _LONGEST))
    if entry.message:
        yield prose(shorten(entry.message, _LONGEST))


def _cost(entry: OutcomeEntry, run: Run | None) -> str:
    """`$0.41 of at most $1.11, 12m billed`; a bound is that of one attempt."""
    if entry.superseded_by:
        return ""
    bound = f"at most {entry.cost_bound}" if entry.cost_bound else ""
    spent = entry.spent if run else None
    if spent is None or not spent.runs:
        return bound
    parts = [amount_text(spent)]
    if spent.runs > 1:
        parts = [f"{parts[0]} in {spent.runs} attempts", f"{bound} each" if bound else ""]
    elif bound:
        parts = [parts[0], bound] if spent.unknown else [f"{parts[0]} of {bound}"]
    parts += [f"{lasted(spent.billable_seconds)} billed"] if spent.billable_seconds else []
    return ", ".join(part for part in parts if part)
