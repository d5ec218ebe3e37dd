"""Sorted pages: an opaque token says after which item the next page begins.

The token names the last item's place in the order, not a count, so that items which come or go
between two pages neither repeat others nor hide them.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from reconciler.local.errors import EngineError

Item = TypeVar("Item")
Place = list[Any]
"""A sort key as JSON holds it."""


def page(
    items: Sequence[Item],
    *,
    place: Callable[[Item], Place],
    descending: bool,
    size: int,
    token: str | None,
) -> tuple[list[Item], str | None]:
    """Return one page in the order of `place`, and the token of the next one, if there is one.

    Raises EngineError ValidationException for a token that no page gave.
    """
    after = _read(token) if token else None
    in_order = sorted(items, key=place, reverse=descending)
    if after is not None:
        try:
            in_order = [
                item
                for item in in_order
                if (place(item) < after if descending else place(item) > after)
            ]
        except TypeError:
            raise _invalid() from None
    shown = in_order[:size]
    return shown, _write(place(shown[-1])) if len(in_order) > size else None


def _write(place: Place) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


def _read(token: str) -> Place:
    try:
        place = json.loads(base64.urlsafe_b64decode(token))
    except (binascii.Error, ValueError):
        raise _invalid() from None
    if not isinstance(place, list):
        raise _invalid()
    return place


def _invalid() -> EngineError:
    return EngineError("ValidationException", "Invalid NextToken")
