"""Comments of ours on other pull requests, seen from one, and from main."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from reconciler.adapters.github_words import LONGEST
from reconciler.core.basis import moved
from reconciler.reconcile.basis_block import basis_in
from reconciler.render.markdown_banners import with_banner
from reconciler.render.markdown_plan import marker

if TYPE_CHECKING:
    from reconciler.adapters.github_pulls import Pulls
    from reconciler.adapters.github_words import Comment, Words
    from reconciler.adapters.workspace import Workspace
    from reconciler.core.ports import Records


def tell_outdated(
    workspace: Workspace, environment: str, records: Records, pulls: Pulls, words: Words
) -> Iterator[int]:
    """Keep the banner on the comments of an environment; the numbers of those that changed.

    The checkout is the newest commit of the branch, `records` is the lock of today. Raises
    GitHubError.
    """
    for comment in _on_open_pulls(environment, pulls, words):
        found = basis_in(comment.body)
        changed = workspace.changed_since(found[0]) if found else None
        if found is None or changed is None:
            continue
        body = with_banner(comment.body, moved(found[1], changed, records))
        if body != comment.body and len(body) <= LONGEST and words.edit(comment, body):
            yield comment.number


def others_that_change(
    document: Mapping[str, Any], number: int, environment: str, pulls: Pulls, words: Words
) -> dict[int, list[str]]:
    """The other open pull requests whose plans are about the same as a plan as JSON, with the names
    that they share. Raises GitHubError."""
    ours = {*((document["basis"] or {}).get("records", ()))}
    found: dict[int, list[str]] = {}
    for comment in _on_open_pulls(environment, pulls, words) if ours else ():
        basis = basis_in(comment.body)
        shared = ours.intersection(basis[1].records) if basis else None
        if shared and comment.number != number:
            found[comment.number] = sorted(shared)
    return found


def _on_open_pulls(environment: str, pulls: Pulls, words: Words) -> Iterator[Comment]:
    numbers = pulls.open_numbers()
    if numbers:
        comments = words.comments(marker(environment))
        yield from (comment for comment in comments if comment.number in numbers)
