"""The approved rows inside a comment on a pull request: hidden, short, and read with suspicion.

Digests keep 16 digits there, 64 bits, so that a plan with hundreds of changes fits beside its text.
Whoever may run workflows in the repository can write such a block: it keeps accidents apart from
what was reviewed; the rules of the branch keep people apart from it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from reconciler.reconcile.approving import Approved, approved_rows

_FORMAT = "reconciler/approved/v1"
_BLOCK = re.compile(r"^<!-- reconciler:approved ([\x20-\x7e]*) -->$", re.M)
_DIGITS = 16
_IMAGE_DIGITS = len("sha256:") + _DIGITS
_DIGEST = re.compile(r"[0-9a-f]{16,64}")
_IMAGE = re.compile(r"(sha256:[0-9a-f]{16,64})?")
_BOUND = re.compile(r"\$[0-9,]+\.[0-9]{2}")


def approval_block(document: Mapping[str, Any], head: str) -> str:
    """The line that carries what a plan as JSON shows, planned for the commit `head`."""
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
    text = json.dumps({"format": _FORMAT, "head": head, "rows": rows}, separators=(",", ":"))
    return f"<!-- reconciler:approved {text.replace('>', chr(92) + 'u003e')} -->"


def found_block(body: str) -> str | None:
    """The line of the block in a comment, as it stands there; None if there is none."""
    found = _BLOCK.findall(body)
    return f"<!-- reconciler:approved {found[-1]} -->" if found else None


def without_blocks(body: str) -> str:
    """A comment less every line that could be read as a block."""
    return _BLOCK.sub("", body)


def approved_in(body: str, head: str) -> tuple[Approved, ...]:
    """The rows in a comment, if they were planned for the commit `head`; none otherwise, and
    none for a block that is not exactly as `approval_block` writes it."""
    found = _BLOCK.findall(body)
    try:
        document = json.loads(found[-1]) if found else {}
        if document.get("format") != _FORMAT or document.get("head") != head:
            return ()
        return tuple(_row(values) for values in document["rows"])
    except (ValueError, TypeError, KeyError, AttributeError):
        return ()


def _row(values: list[Any]) -> Approved:
    *plain, images = values
    row = Approved(*plain)
    return _checked(replace(row, images=tuple(images)))


def _checked(row: Approved) -> Approved:
    for text in (row.digest, row.change_digest):
        if text and not _DIGEST.fullmatch(text):
            raise ValueError("no digest")
    if row.cost_bound is not None and not _BOUND.fullmatch(row.cost_bound):
        raise ValueError("no amount")
    if not all(_IMAGE.fullmatch(image) for image in row.images):
        raise ValueError("no image")
    return row
