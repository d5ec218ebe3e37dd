"""What stands above a plan on a pull request and is not of it: that others moved the ground under
it, and that other pull requests change the same."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from reconciler.core.basis import Moved
from reconciler.render.markdown import code
from reconciler.render.values import counted, shorten

ROOM = 2_000
"""Characters that both take, unless names are made of signs that are written as entities."""

_OPEN, _CLOSE = "<!-- reconciler:outdated -->", "<!-- /reconciler:outdated -->"
_BANNER = re.compile(f"{_OPEN}\n.*?\n{_CLOSE}\n\n", re.S)
_NAMED, _LONGEST = 3, 80
_PULLS = 5


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


def with_others(body: str, others: Mapping[int, Sequence[str]]) -> str:
    """The comment with the open pull requests that change the same: number → names."""
    if not others:
        return body
    marker, _, rest = body.partition("\n\n")
    told = [f"#{number} ({_named(others[number], 1)})" for number in sorted(others)[:_PULLS]]
    more = f" and {counted(left, 'more', 'more')}" if (left := len(others) - len(told)) else ""
    note = f"> [!NOTE]\n> Other open pull requests change the same: {', '.join(told)}{more}."
    return f"{marker}\n\n{note}\n\n{rest}"


def _named(names: Sequence[str], most: int = _NAMED) -> str:
    """The first few, and how many more."""
    shown = [code(shorten(name, _LONGEST)) for name in names[:most]]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {counted(more, 'more', 'more')}" if more else "")
