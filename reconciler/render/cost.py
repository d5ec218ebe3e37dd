"""What runs cost in sum, as a table and as JSON, for `reconciler cost`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.core.spending import Spent
from reconciler.render.inert import inert
from reconciler.render.spending import amount_text
from reconciler.render.status import aligned
from reconciler.render.theme import Theme
from reconciler.render.values import counted


@dataclass(frozen=True, slots=True)
class Costs:
    """What runs cost, by group."""

    by: str
    """`job`, `owner`, `environment` or `tag:KEY`."""
    environments: tuple[str, ...]
    since: str | None
    """UTC, ISO 8601; None for all that is recorded."""
    groups: Mapping[str | None, Spent]
    """None: the runs that are in no group."""
    together: Spent


def cost_text(costs: Costs, theme: Theme) -> str:
    """A row for each group, the dearest first, and the sum."""
    together = costs.together
    if not costs.groups:
        return "No run of a training job is recorded" + (
            " in that time.\n" if costs.since else ".\n"
        )
    header = (costs.by.removeprefix("tag:").upper(), "RUNS", "COST")
    rows = [_cells(group, spent, theme) for group, spent in costs.groups.items()]
    widths = [max(len(row[column]) for row in (header, *rows)) for column in range(len(header))]
    lines = [theme.paint(aligned(header, widths), "dim"), *(aligned(row, widths) for row in rows)]
    total = f"Together {counted(together.runs, 'run')}: {amount_text(together)}."
    lines.append(theme.paint(total, "strong"))
    if together.running:
        lines.append(f"{counted(together.running, 'run')} more under way, not in the sum.")
    return "\n".join(lines) + "\n"


def cost_document(costs: Costs) -> dict[str, Any]:
    """`reconciler/cost/v1`: US dollars as text; the billed seconds are not times instances."""
    return {
        "format": "reconciler/cost/v1",
        "environments": list(costs.environments),
        "since": costs.since,
        "by": costs.by,
        "groups": [{"group": group, **_data(spent)} for group, spent in costs.groups.items()],
        "together": _data(costs.together),
    }


def _cells(group: str | None, spent: Spent, theme: Theme) -> tuple[str, ...]:
    name = theme.symbols.absent if group is None else inert(group)
    return name, str(spent.runs), amount_text(spent) if spent.runs else theme.symbols.absent


def _data(spent: Spent) -> dict[str, Any]:
    return {
        "runs": spent.runs,
        "running": spent.running,
        "unknown": spent.unknown,
        "amount": f"{spent.amount:f}",
        "billable_seconds": spent.billable_seconds,
    }
