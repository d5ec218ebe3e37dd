"""Patterns of the service model, which are Java regular expressions, in Python.

Most compile in `re`. Those with Unicode classes such as `\\p{L}` need the `regex` package, and the
few that neither reads are no constraint: the service alone can judge them.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from functools import cache


def matches(pattern: str, text: str) -> bool:
    """Whether the whole text matches; True also for a pattern that Python cannot read."""
    return _matcher(pattern)(text)


@cache
def _matcher(pattern: str) -> Callable[[str], bool]:
    try:
        with warnings.catch_warnings():
            # `re` warns of `[[` and `&&`, which it may read differently one day.
            warnings.simplefilter("ignore", FutureWarning)
            # In Java, \d and \w are ASCII unless told otherwise.
            fullmatch = re.compile(pattern, re.ASCII).fullmatch
    except re.error:
        return _unicode_matcher(pattern)
    return lambda text: fullmatch(text) is not None


def _unicode_matcher(pattern: str) -> Callable[[str], bool]:
    # Imported here: only tags and a few names need it, and it is slow to import.
    import regex

    try:
        fullmatch = regex.compile(pattern).fullmatch
    except regex.error:
        return lambda _text: True
    return lambda text: fullmatch(text) is not None
