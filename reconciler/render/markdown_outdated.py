"""The banner on the comment of a plan that others have moved the ground under."""

from __future__ import annotations

import re
from collections.abc import Sequence

from reconciler.core.basis import Moved
from reconciler.render.markdown import code
from reconciler.render.values import counted, shorten

ROOM = 1_000
"""Characters that a banner takes, unless names are made of signs that are written as entities."""

_OPEN, _CLOSE = "<!-- reconciler:outdated -->", "<!-- /reconciler:outdated -->"
_BANNER = re.compile(f"{_OPEN}\n.*?\n{_CLOSE}\n\n", re.S)
_NAMED, _LONGEST = 3, 80


def with_banner(body: str, moved: Moved) -> str:
    """The comment with the banner below its marker that says what moved, or without one."""
    marker, _, rest = _BANNER.sub("", body, count=1).partition("\n\n")
    if not moved:
        return f"{marker}\n\n{rest}"
    told = [f"{_named(moved.paths)} changed"] if moved.paths else []
    told += [f"the lock has news of {_named(moved.names)}"] if moved.names else []
    banner = (
        "> [!WARNING]\n"
        f"> **Outdated.** Since this was planned, {' and '.join(told)}. Update the branch, or push"
        " to it, for a new plan. What is not as shown here is held after the merge."
    )
    return f"{marker}\n\n{_OPEN}\n{banner}\n{_CLOSE}\n\n{rest}"


def _named(names: Sequence[str]) -> str:
    """The first few, and how many more."""
    shown = [code(shorten(name, _LONGEST)) for name in names[:_NAMED]]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {counted(more, 'more', 'more')}" if more else "")
