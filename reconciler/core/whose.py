"""Whose problem it is: the documents and environments that it was found for, where its place alone
does not tell.

A value that is inherited may be wrong for one document alone, a document in one environment alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from reconciler.core.documents import Documents
from reconciler.core.nodes import place_of
from reconciler.errors import Place, Problem

_SHOWN = 3
"""Documents that are shown of one problem; hundreds may inherit it."""


def with_whose(
    problem: Problem,
    found_in: Mapping[str, frozenset[str]],
    belongs_to: Mapping[str, frozenset[str]],
    documents: Documents,
) -> Problem:
    """The problem with notes on whose it is.

    `found_in` has the paths of documents for which it was found, by environment; `belongs_to` the
    environments of each document, by path.
    """
    paths = sorted(frozenset[str]().union(*found_in.values()))
    environments = frozenset(name for name, found in found_in.items() if found)
    partial = any(not belongs_to.get(path, environments) <= environments for path in paths)
    where = f" in {_listed(sorted(environments))}" if partial else ""
    named = {problem.place.path} if problem.place else set()
    named |= {place.path for _, place in problem.related}
    if problem.place and paths and not named & set(paths):
        notes = tuple(_notes(paths, where, documents))
    elif where:
        first = documents.environment_documents[min(environments)]
        notes = ((f"only{where}", place_of(first.node, ("name",))),)
    else:
        notes = ()
    return replace(problem, related=(*problem.related, *notes))


def _notes(paths: list[str], where: str, documents: Documents) -> Iterable[tuple[str, Place]]:
    nodes = {document.path: document.node for document in documents.resources.values()}
    more = len(paths) - _SHOWN
    for index, path in enumerate(paths[:_SHOWN], start=1):
        last = f", and for {more} more" if index == _SHOWN and more > 0 else ""
        place = place_of(nodes[path], ("name",)) if path in nodes else Place(path, 1, 1)
        yield f"found for this document{where}{last}", place


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
