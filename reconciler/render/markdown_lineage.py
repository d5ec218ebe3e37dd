"""Lineage of what changes, as a Mermaid graph: whose output each change builds on."""

from __future__ import annotations

import re

from reconciler.core.plan import Action, Plan
from reconciler.render.inert import inert
from reconciler.render.markdown import fenced
from reconciler.render.values import shorten

_MOST_EDGES = 40
"""A larger graph is no longer read; GitHub draws at most 500 edges."""

_SPECIAL = re.compile(r"[^A-Za-z0-9 ./-]")
Edge = tuple[str, str]


def lineage(plan: Plan) -> str:
    """A Mermaid block with the changed resources and what they build on; empty without edges."""
    edges = _edges(plan)
    if not edges:
        return ""
    shown = edges[:_MOST_EDGES]
    names = list(dict.fromkeys(name for edge in shown for name in edge))
    signs = {change.name: change.action for change in plan.changes}
    lines = ["graph LR"]
    lines += [f'  n{i}["{_label(name, signs.get(name))}"]' for i, name in enumerate(names)]
    lines += [f"  n{names.index(a)} --> n{names.index(b)}" for a, b in shown]
    if len(edges) > len(shown):
        lines.append(f'  more["and {len(edges) - len(shown)} more"]')
    return fenced(lines, "mermaid")


def _edges(plan: Plan) -> list[Edge]:
    """Pairs of an upstream resource and the changed one that takes its output."""
    pairs = (
        (upstream.reference.name, change.name)
        for change in plan.changes
        if change.target
        for upstream in change.target.upstreams
    )
    return list(dict.fromkeys(pairs))


def _label(name: str, action: Action | None) -> str:
    """A label in quotes; signs are Mermaid's entity codes (mermaid.js.org, flowchart syntax)."""
    text = f"{action.value} {name}" if action else name
    return _SPECIAL.sub(lambda found: f"#{ord(found[0])};", shorten(inert(text)))
