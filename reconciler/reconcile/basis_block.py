"""The basis inside a comment on a pull request: hidden, and read with suspicion.

It steers nothing: by it the comment says that it is outdated.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from reconciler.core.basis import Basis
from reconciler.reconcile.packing import packed, unpacked

_BLOCK = re.compile(r"^<!-- reconciler:basis/v1 ([0-9a-f]{40,64}) ([\x21-\x7e]+) -->$", re.M)


def basis_block(document: Mapping[str, Any]) -> str | None:
    """The line that carries the basis of a plan as JSON; None where the plan was not made for a
    pull request, or is about nothing of it."""
    base, basis = document["revision"]["base"], document["basis"]
    if base is None or basis is None or not basis["records"]:
        return None
    return f"<!-- reconciler:basis/v1 {base} {packed([basis['paths'], basis['records']])} -->"


def basis_in(body: str) -> tuple[str, Basis] | None:
    """The commit that a plan was made on top of, and its basis; None where a comment has none."""
    found = _BLOCK.search(body)
    if found is None:
        return None
    try:
        paths, records = unpacked(found[2])
        texts = [*paths, *records, *records.values()]
    except (ValueError, TypeError, AttributeError):
        return None
    if not all(isinstance(text, str) for text in texts):
        return None
    return found[1], Basis(tuple(paths), records)
