"""The approved rows inside a comment on a pull request: hidden, short, and read with suspicion.

Digests keep 16 digits there, 64 bits, and the rows are packed, so that a plan with hundreds of
changes fits beside its text. Whoever may run workflows in the repository can write such a block: it
keeps accidents apart from what was reviewed; the rules of the branch keep people apart from it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from reconciler.core.approval import Approved
from reconciler.reconcile.approving import approved_rows
from reconciler.reconcile.packing import packed, unpacked

_BLOCK = re.compile(r"^<!-- reconciler:approved/v2 ([\x21-\x7e]*) ([\x21-\x7e]*) -->$", re.M)
_HIDDEN = re.compile(r"^<!-- /?reconciler:(?!plan:).*-->[ \t]*$", re.M)
_DIGITS = 16
_IMAGE_DIGITS = len("sha256:") + _DIGITS
_DIGEST = re.compile(r"[0-9a-f]{16,64}")
_IMAGE = re.compile(r"(sha256:[0-9a-f]{16,64})?")
_BOUND = re.compile(r"\$[0-9,]+\.[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Approval:
    """What a comment carries for an apply."""

    head: str
    """Commit that it was planned for."""
    rows: tuple[Approved, ...]


def approval_block(document: Mapping[str, Any], head: str, now: datetime, before: str = "") -> str:
    """The line that carries what a plan as JSON shows, planned for the commit `head`.

    Each row says since when the pull request shows it, whatever its commits were: `now`, or what
    the comment `before` says of the same row.
    """
    earlier = approval_in(before)
    known = {replace(row, shown=0): row.shown for row in (earlier.rows if earlier else ())}
    rows = []
    for row in approved_rows(document):
        values = _values(row)
        rows.append([*values, known.get(_row([*values, 0]), int(now.timestamp()))])
    return f"<!-- reconciler:approved/v2 {head} {packed(rows)} -->"


def _values(row: Approved) -> list[Any]:
    return [
        row.action,
        row.kind,
        row.name,
        row.version,
        row.digest[:_DIGITS],
        row.change_digest[:_DIGITS],
        row.cost_bound,
        [image[:_IMAGE_DIGITS] for image in row.images],
        row.attempts,
        row.terms[:_DIGITS],
    ]


def found_block(body: str) -> str | None:
    """The line of the block in a comment, as it stands there; None if there is none."""
    found = [match.group() for match in _BLOCK.finditer(body)]
    return found[-1] if found else None


def without_blocks(body: str) -> str:
    """A comment less every hidden line of ours but its marker: who wrote the text may not have
    written what those say."""
    return _HIDDEN.sub("", body)


def approval_in(body: str) -> Approval | None:
    """What a comment carries; None for a block that is not exactly as `approval_block` writes it.
    Whoever asks holds the head against that of the pull request."""
    found = _BLOCK.findall(body)
    if not found:
        return None
    head, word = found[-1]
    try:
        return Approval(head, tuple(_row(values) for values in unpacked(word)))
    except (ValueError, TypeError):
        return None


def _row(values: list[Any]) -> Approved:
    *plain, images, attempts, terms, shown = values
    row = Approved(*plain)
    row = replace(row, images=tuple(images), attempts=attempts, terms=terms, shown=shown)
    return checked(row)


def checked(row: Approved) -> Approved:
    """The row as it is. Raises ValueError or TypeError for one that no plan shows."""
    for text in (row.digest, row.change_digest, row.terms):
        if text and not _DIGEST.fullmatch(text):
            raise ValueError("no digest")
    if row.cost_bound is not None and not _BOUND.fullmatch(row.cost_bound):
        raise ValueError("no amount")
    if not all(_IMAGE.fullmatch(image) for image in row.images):
        raise ValueError("no image")
    if type(row.attempts) is not int or type(row.shown) is not int:
        raise TypeError("no number")
    return row
