"""The approved rows inside a comment on a pull request: hidden, short, and read with suspicion.

Digests keep 16 digits there, 64 bits, and the rows are packed, so that a plan with hundreds of
changes fits beside its text. Whoever may run workflows in the repository can write such a block: it
keeps accidents apart from what was reviewed; the rules of the branch keep people apart from it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from reconciler.reconcile.approving import Approved, approved_rows
from reconciler.reconcile.packing import packed, unpacked

_BLOCK = re.compile(r"^<!-- reconciler:approved/v1 ([\x21-\x7e]*) ([\x21-\x7e]*) -->$", re.M)
_HIDDEN = re.compile(r"^<!-- /?reconciler:(?!plan:).*-->[ \t]*$", re.M)
_DIGITS = 16
_IMAGE_DIGITS = len("sha256:") + _DIGITS
_DIGEST = re.compile(r"[0-9a-f]{16,64}")
_IMAGE = re.compile(r"(sha256:[0-9a-f]{16,64})?")
_BOUND = re.compile(r"\$[0-9,]+\.[0-9]{2}")


def approval_block(document: Mapping[str, Any], head: str) -> str:
    """The line that carries what a plan as JSON shows, planned for the commit `head`. Its length
    depends on the plan alone."""
    rows = [
        [
            row.action,
            row.kind,
            row.name,
            row.version,
            row.digest[:_DIGITS],
            row.change_digest[:_DIGITS],
            row.cost_bound,
            [image[:_IMAGE_DIGITS] for image in row.images],
        ]
        for row in approved_rows(document)
    ]
    return f"<!-- reconciler:approved/v1 {head} {packed(rows)} -->"


def found_block(body: str) -> str | None:
    """The line of the block in a comment, as it stands there; None if there is none."""
    found = [match.group() for match in _BLOCK.finditer(body)]
    return found[-1] if found else None


def without_blocks(body: str) -> str:
    """A comment less every hidden line of ours but its marker: who wrote the text may not have
    written what those say."""
    return _HIDDEN.sub("", body)


def approved_in(body: str, head: str) -> tuple[Approved, ...]:
    """The rows in a comment, if they were planned for the commit `head`; none otherwise, and
    none for a block that is not exactly as `approval_block` writes it."""
    found = _BLOCK.findall(body)
    if not found or found[-1][0] != head:
        return ()
    try:
        return tuple(_row(values) for values in unpacked(found[-1][1]))
    except (ValueError, TypeError):
        return ()


def _row(values: list[Any]) -> Approved:
    *plain, images = values
    row = Approved(*plain)
    return checked(replace(row, images=tuple(images)))


def checked(row: Approved) -> Approved:
    """The row as it is. Raises ValueError or TypeError for one that no plan shows."""
    for text in (row.digest, row.change_digest):
        if text and not _DIGEST.fullmatch(text):
            raise ValueError("no digest")
    if row.cost_bound is not None and not _BOUND.fullmatch(row.cost_bound):
        raise ValueError("no amount")
    if not all(_IMAGE.fullmatch(image) for image in row.images):
        raise ValueError("no image")
    return row
