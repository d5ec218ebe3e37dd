"""Wording: what a model refuses, said in words, and what to write instead.

`spelled` gives the pattern of a text its words where the type is made; `reworded` has those for the
types and bounds that pydantic checks by itself. `core/shape.py` puts either into a problem.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BeforeValidator
from pydantic_core import ErrorDetails, PydanticCustomError

from reconciler.core.scalars import shorten, written
from reconciler.core.suggest import did_you_mean

_WORDS: Mapping[str, str] = {
    "string_type": "text goes here",
    "int_type": "a whole number goes here",
    "int_from_float": "a whole number goes here",
    "float_type": "a number goes here",
    "bool_type": "`true` or `false` goes here",
    "list_type": "a list goes here",
    "dict_type": "a map goes here",
    "model_type": "a map goes here",
    "model_attributes_type": "a map goes here",
    "greater_than_equal": "it is at least {ge}",
    "less_than_equal": "it is at most {le}",
}
"""What goes there instead, by pydantic's type of error; in braces what pydantic says beside it."""

_NUMBERS: Mapping[str, re.Pattern[str]] = {
    "int_type": re.compile(r"-?[0-9]{1,18}"),
    "float_type": re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?"),
}


def spelled(pattern: str, words: str, cure: Callable[[str], str | None]) -> BeforeValidator:
    """Refuse a text that does not have the form `pattern`, and say so in `words`.

    `cure` is given the text and says what to write instead, if that can be told.
    """
    form = re.compile(pattern)

    def check(value: object) -> object:
        if isinstance(value, str) and not form.fullmatch(value):
            raise PydanticCustomError("spelling", "{words}", {"words": words, "help": cure(value)})
        return value

    return BeforeValidator(check)


def reworded(details: ErrorDetails) -> tuple[str, str | None]:
    """Message and cure for what pydantic refused; its own message where there are no words."""
    kind, value = details["type"], details["input"]
    context = details.get("ctx", {})
    if kind == "literal_error":
        return _one_of(re.findall(r"'([^']*)'", context["expected"]), value)
    if kind == "string_too_long":
        return f"it has at most {context['max_length']} characters; here are {len(value)}", None
    if kind in ("too_short", "too_long"):
        return _count(kind, context), None
    if kind not in _WORDS:
        return details["msg"], context.get("help")
    return _WORDS[kind].format(**context), _cure(kind, value)


def shown(value: str) -> str:
    """A corrected value as a cure has it."""
    return f"write `{shorten(value)}`"


def _one_of(options: list[str], value: object) -> tuple[str, str | None]:
    guess = did_you_mean(value, options) if isinstance(value, str) else None
    return f"it is one of {', '.join(options)}", f"did you mean `{guess}`?" if guess else None


def _count(kind: str, context: Mapping[str, Any]) -> str:
    bound = context["max_length"] if kind == "too_long" else context["min_length"]
    entries = "entry" if bound == 1 else "entries"
    limit = "at most" if kind == "too_long" else "at least"
    return f"it has {limit} {bound} {entries}; here are {context['actual_length']}"


def _cure(kind: str, value: object) -> str | None:
    """What to write for a value of the wrong type, where that can be told."""
    if kind == "list_type" and isinstance(value, str | int | float):
        return shown(f"[{written(value)}]")
    if isinstance(value, str) and kind in _NUMBERS and _NUMBERS[kind].fullmatch(value):
        return f"write `{value}` without quotes"
    if isinstance(value, str) and kind == "bool_type" and value.lower() in ("true", "false"):
        return f"write `{value.lower()}` without quotes"
    return None
