"""The word somebody probably meant. Stands beside everything that refuses a name or a key."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

_LONGEST = 80
"""A longer word is no slip of a known one, and comparing costs the product of the lengths."""


def did_you_mean(
    word: str, candidates: Iterable[str], *, aws_names: Mapping[str, str] | None = None
) -> str | None:
    """Give the likeliest candidate for a wrong word, or None when none is near.

    `aws_names` maps a name of AWS's API (`MaxWaitTimeInSeconds`) to the key of this format
    (`max_wait_time`). Such a name is recognised in any spelling: PascalCase, camelCase, snake_case.
    """
    if len(word) > _LONGEST:
        return None
    folded = _fold(word)
    for name, key in (aws_names or {}).items():
        if _fold(name) == folded:
            return key
    by_lower: dict[str, str] = {}
    for candidate in sorted(candidates):
        if _fold(candidate) == folded:
            return candidate
        by_lower.setdefault(candidate.lower(), candidate)
    near = difflib.get_close_matches(word.lower(), by_lower, n=1)
    return by_lower[near[0]] if near else None


def _fold(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()
