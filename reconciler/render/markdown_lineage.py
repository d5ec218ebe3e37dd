"""Lineage of what changes, as a Mermaid graph: whose output each change builds on or waits for."""

from __future__ import annotations

import re

from reconciler.core.plan import Plan, Standing
from reconciler.render.inert import inert
from reconciler.render.markdown import fenced
from reconciler.render.values import shorten

_MOST_EDGES = 40
"""A larger graph is no longer read; GitHub draws at most 500 edges."""

_SPECIAL = re.compile(r"[^A-Za-z0-9 ./-]")
Edge = tuple[str, str]


def lineage(plan: Plan) -> str:
    """A Mermaid block with what is changed or waits, and what it builds on; empty without edges."""
    edges = _edges(plan)
    if not edges:
        return ""
    shown = edges[:_MOST_EDGES]
    names = list(dict.fromkeys(name for edge in shown for name in edge))
    deferred = Standing.DEFERRED
    words = {note.name: deferred.value for note in plan.notes if note.standing is deferred}
    words |= {change.name: change.action.value for change in plan.changes}
    lines = ["graph LR"]
    lines += [f'  n{i}["{_label(name, words.get(name))}"]' for i, name in enumerate(names)]
    lines += [f"  n{names.index(a)} --> n{names.index(b)}" for a, b in shown]
    if len(edges) > len(shown):
        lines.append(f'  more["and {len(edges) - len(shown)} more"]')
    return fenced(lines, "mermaid")


def _edges(plan: Plan) -> list[Edge]:
    """Pairs of an upstream resource and the one that takes its output, now or later."""
    taken = [
        (upstream.reference.name, change.name)
        for change in plan.changes
        if change.target
        for upstream in change.target.upstreams
    ]
    awaited = [(name, note.name) for note in plan.notes for name in note.waits_for]
    return list(dict.fromkeys([*taken, *awaited]))


def _label(name: str, word: str | None) -> str:
    """A label in quotes; signs are Mermaid's entity codes (mermaid.js.org, flowchart syntax)."""
    text = f"{word} {name}" if word else name
    return _SPECIAL.sub(lambda found: f"#{ord(found[0])};", shorten(inert(text)))
