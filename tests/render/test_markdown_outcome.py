"""The comment on a merged pull request."""

from __future__ import annotations

from html import unescape

from reconciler.core.gates import verdict
from reconciler.core.record import Run, State
from reconciler.render.markdown_outcome import OutcomeEntry, outcome_markdown


def test_a_failed_gate_does_not_look_like_success() -> None:
    """Which one it was, with its value and its bound."""
    gates = verdict({"auc": {"min": "0.9"}}, {"auc": "0.71"})
    run = Run(State.COMPLETED, version=2, attempt=1, digest="d", gates=gates)
    text = outcome_markdown("prod", [OutcomeEntry("gated", 2, run)], run_url=None)
    text = unescape(text.replace("\\", ""))
    assert "**1 completed, gates failed**" in text
    assert "| ✗ completed, gates failed | `gated` 2 | gate failed: auc 0.71 < 0.9 |" in text


def test_what_never_ran_cost_nothing_and_says_what_took_its_place() -> None:
    entry = OutcomeEntry("old", 1, superseded_by="version 2", cost_bound="$1.11")
    text = outcome_markdown("prod", [entry], run_url=None)
    assert "**1 superseded by version 2**" in text
    assert "| – superseded by version 2 | `old` 1 | – | – |" in text


def test_what_was_deleted_is_not_told_as_completed() -> None:
    run = Run(State.COMPLETED, version=1, attempt=1, digest="d", gone=1)
    text = outcome_markdown("prod", [OutcomeEntry("old", 1, run)], run_url=None)
    assert "**1 deleted**" in text and "completed" not in text
