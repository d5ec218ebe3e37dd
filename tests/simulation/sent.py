"""Sent: one call that could change something, with what its sender knew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class Sent:
    """One call that a reconciler sent and that could change something."""

    order: int
    at: float
    process: str
    operation: str
    name: str
    """Physical name."""
    params: dict[str, Any]
    reads: tuple[tuple[float, int], ...]
    """When this process read the branch, and the index of the commit that was its tip then."""
    tags: dict[str, str] | None
    """Tags of the thing when this process last looked; None if it never did."""
    asked: str | None = None
    """Name of the resource that somebody told the process to stop."""
