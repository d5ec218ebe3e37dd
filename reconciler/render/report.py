"""What an apply or refresh did, as a document for machines: `apply --report`."""

from __future__ import annotations

from typing import Any

from reconciler.render.json import plan_document
from reconciler.render.rows import OutcomeRow, ReportRows

FORMAT = "reconciler/report/v1"


def report_document(report: ReportRows) -> dict[str, Any]:
    """`reconciler/report/v1`: what was done, and in `plan` what is still open and why."""
    return {
        "format": FORMAT,
        "environment": report.environment.name,
        "failed": report.failed,
        "interrupted": report.interrupted,
        "outcomes": [_outcome(row) for row in report.outcomes],
        "recorded": list(report.recorded),
        "repaired": list(report.repaired),
        "mutating_calls": report.mutating_calls,
        "plan": None if report.plan is None else plan_document(report.plan),
    }


def _outcome(row: OutcomeRow) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "name": row.name,
        "version": row.version,
        "physical_name": row.physical_name,
        "state": row.state.value if row.state else None,
        "ok": row.ok,
        "message": row.message,
    }
