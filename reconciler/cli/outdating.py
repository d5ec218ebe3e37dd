"""Comments of open pull requests whose plans others have moved the ground under."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from reconciler.adapters.github_words import LONGEST
from reconciler.core.basis import moved
from reconciler.reconcile.basis_block import basis_in
from reconciler.render.markdown_outdated import with_banner
from reconciler.render.markdown_plan import marker

if TYPE_CHECKING:
    from reconciler.adapters.github_pulls import Pulls
    from reconciler.adapters.github_words import Words
    from reconciler.adapters.workspace import Workspace
    from reconciler.core.ports import Records


def tell_outdated(
    workspace: Workspace, environment: str, records: Records, pulls: Pulls, words: Words
) -> Iterator[int]:
    """Keep the banner on the comments of an environment; the numbers of those that changed.

    The checkout is the newest commit of the branch, `records` is the lock of today. Raises
    GitHubError.
    """
    numbers = pulls.open_numbers()
    if not numbers:
        return
    for comment in words.comments(marker(environment)):
        found = basis_in(comment.body) if comment.number in numbers else None
        if found is None:
            continue
        base, basis = found
        changed = workspace.changed_since(base)
        if changed is None:
            continue
        body = with_banner(comment.body, moved(basis, changed, records))
        if body != comment.body and len(body) <= LONGEST and words.edit(comment, body):
            yield comment.number
