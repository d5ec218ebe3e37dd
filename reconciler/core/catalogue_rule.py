"""The form of one entry of the catalogue of errors."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """One numbered rule: what it says, why it is there, and how to follow it."""

    code: str
    """`E0xx` reading, `E1xx` shape, `E2xx` meaning, `E3xx` AWS."""
    title: str
    """What is wrong, in a few words."""
    why: str
    """The reason, with AWS's own source where the rule is AWS's."""
    cure: str
    example: str | None = None
    """YAML, or commands, that follow the rule."""
