"""What a pull request asks for: the part of a plan that its files are about.

A plan shows all that an apply would do after the merge. Some of it may be due already, whatever the
pull request says; a comment is not made for that, nor is it outdated by it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from reconciler.core.basis import document_of, narrowed
from reconciler.core.plan import Plan

_DEFAULTS = "_defaults.yaml"


def about(plan: Plan, touched: Collection[str]) -> Plan:
    """The plan of a pull request that touches files, with the names that those are about; its basis
    is narrowed to them."""
    if document_of(plan.environment.name) in touched:
        asked = {item.name for item in plan.decided}
    else:
        files = _with_folders(touched)
        documents = any(path.startswith("jobs/") for path in touched)
        defaults = tuple(p.removesuffix(_DEFAULTS) for p in touched if p.endswith(_DEFAULTS))
        asked = {
            item.name
            for item in plan.decided
            if any(path in files or path.startswith(defaults) for path in item.paths)
            # Where its document was last is not known: it may have moved before it went away.
            or (documents and item.place is None)
        }
    items = [(item.name, item.paths) for item in plan.decided if item.name in asked]
    basis = plan.basis and narrowed(plan.basis, plan.environment.name, items)
    return replace(plan, asked=frozenset(asked), basis=basis)


def _with_folders(paths: Collection[str]) -> set[str]:
    """The paths, and every folder around them."""
    found: set[str] = set()
    for path in paths:
        parts = path.split("/")
        found |= {"/".join(parts[:depth]) for depth in range(1, len(parts) + 1)}
    return found
