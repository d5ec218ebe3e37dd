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
