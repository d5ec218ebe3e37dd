"""The graph of what changes and what waits for it."""

from __future__ import annotations

from reconciler.core.environment import Environment
from reconciler.core.plan import Action, Change, Note, Plan, Standing
from reconciler.core.resource import Revision
from reconciler.render.markdown_lineage import lineage

LAUNCH = Change(Action.LAUNCH, "TrainingJob", "churn", 1, "churn-aaaaaaaaaa", "a" * 64)
WAITS = Note(Standing.DEFERRED, "Model", "churn-model", "waits", waits_for=("churn",))
LATER = Note(Standing.DEFERRED, "Endpoint", "churn-live", "waits", waits_for=("churn-model",))


def drawn(*notes: Note) -> list[str]:
    environment = Environment(name="prod", engine="local", bucket="acme-ml")
    text = lineage(Plan(environment, Revision("c" * 40), (LAUNCH,), notes, ()))
    return [line.strip() for line in text.splitlines() if not line.startswith("```")]


def test_what_waits_for_a_launch_is_drawn_behind_it() -> None:
    assert drawn(LATER, WAITS) == [
        "graph LR",
        'n0["deferred churn-model"]',
        'n1["deferred churn-live"]',
        'n2["launch churn"]',
        "n0 --> n1",
        "n2 --> n0",
    ]


def test_without_edges_nothing_is_drawn() -> None:
    assert drawn() == []
    assert drawn(Note(Standing.DEFERRED, "Endpoint", "churn-live", "is Updating")) == []
