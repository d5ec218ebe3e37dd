"""Documents for machines: plan, status, problems, outcomes as JSON, each with its format.

A format's number changes when a key goes or changes its meaning; new keys keep it. Values of the
container's environment are never in a document: requests carry fingerprints instead.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from reconciler.core.approval import Approved, rows_of
from reconciler.core.budget import Month
from reconciler.core.call import Call
from reconciler.core.plan import Action, Change, FieldChange, Note, Plan, Standing
from reconciler.core.redact import without_environment
from reconciler.core.resource import Revision
from reconciler.errors import Place, Problem
from reconciler.render.inert import inert_json
from reconciler.render.rows import StatusRow
from reconciler.render.spending import last_runs_data


def dumps(document: Mapping[str, Any]) -> str:
    """The text of a document: two spaces, keys as given, a newline at the end."""
    return inert_json(json.dumps(document, indent=2, ensure_ascii=False, default=str)) + "\n"


def plan_document(plan: Plan) -> dict[str, Any]:
    """`reconciler/plan/v1`."""
    environment = plan.environment
    return {
        "format": "reconciler/plan/v1",
        "environment": {
            "name": environment.name,
            "engine": environment.engine,
            "account": environment.account,
            "region": environment.aws_region,
        },
        "revision": _revision(plan.revision),
        "offline": plan.offline,
        "digest": plan.digest,
        "resources": dict(plan.counts),
        "summary": {_word(kind): plan.count(kind) for kind in (*Action, *Standing)},
        "changes": [_change(change) for change in plan.changes],
        "notes": [_note(note) for note in plan.notes],
        "problems": [problem_data(problem) for problem in plan.problems],
        "preflight": [asdict(check) for check in plan.preflight],
        "approval": [_approved(row) for row in rows_of(plan)],
        "asked": None if plan.asked is None else sorted(plan.asked),
        "month": _month(plan.month),
        "basis": asdict(plan.basis) if plan.basis else None,
    }


def problems_document(problems: Iterable[Problem]) -> dict[str, Any]:
    """`reconciler/problems/v1`: what `validate` found."""
    found = [problem_data(problem) for problem in problems]
    return {"format": "reconciler/problems/v1", "valid": not found, "problems": found}


def status_document(environment: str, rows: Sequence[StatusRow]) -> dict[str, Any]:
    """`reconciler/status/v1`."""
    return {
        "format": "reconciler/status/v1",
        "environment": environment,
        "resources": [_status(row) for row in rows],
    }


def call_data(call: Call) -> dict[str, Any]:
    """One call, values of the container's environment as fingerprints."""
    return {
        "service": call.service,
        "operation": call.operation,
        "params": without_environment(call.params),
    }


def problem_data(problem: Problem) -> dict[str, Any]:
    """One problem with its places."""
    return {
        "code": problem.code,
        "message": problem.message,
        "place": place_data(problem.place),
        "help": problem.help,
        "related": [{"note": note, "place": place_data(place)} for note, place in problem.related],
    }


def place_data(place: Place | None) -> dict[str, Any] | None:
    """Path, line, column and width; None stays None."""
    if place is None:
        return None
    return {
        "path": place.path,
        "line": place.line,
        "column": place.column,
        "width": place.width,
    }


def _word(value: str) -> str:
    """A word of several parts as one: `in_sync`."""
    return str(value).replace(" ", "_")


def _approved(row: Approved) -> dict[str, Any]:
    return {key: value for key, value in asdict(row).items() if key not in ("shown", "late")}


def _month(month: Month | None) -> dict[str, Any] | None:
    """US dollars as text, the limit as the environment writes it."""
    if month is None:
        return None
    return {
        "month": month.month,
        "spent": f"{month.spent:f}",
        "promised": f"{month.promised:f}",
        "limit": month.limit,
    }


def _revision(revision: Revision) -> dict[str, Any]:
    return {
        "repository": revision.repository,
        "commit": revision.commit,
        "dirty": revision.dirty,
        "author": revision.author,
        "base": revision.merged[0] if revision.merged else None,
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "action": change.action.value,
        "kind": change.kind,
        "name": change.name,
        "version": change.version,
        "previous_version": change.previous_version,
        "physical_name": change.physical_name,
        "attempt": change.attempt,
        "digest": change.digest,
        "change_digest": change.change_digest,
        "why": change.why,
        "place": place_data(change.place),
        "fields": [_field(field) for field in change.fields],
        "calls": [call_data(call) for call in change.calls],
        "uploads": [
            {"key": upload.key, "digest": upload.digest, "files": len(upload.entries)}
            for upload in change.uploads
        ],
        "images": [asdict(image) for image in change.images],
        "cost_bound": change.cost_bound,
        "hourly": change.hourly,
        "attempts": change.attempts,
        "last_runs": last_runs_data(change.last_runs),
        "under_way": [
            {**asdict(run), "amount": None if run.amount is None else f"{run.amount:f}"}
            for run in change.under_way
        ],
    }


def _note(note: Note) -> dict[str, Any]:
    return {
        "standing": _word(note.standing),
        "kind": note.kind,
        "name": note.name,
        "version": note.version,
        "physical_name": note.physical_name,
        "digest": note.digest,
        "then": note.then.value if note.may_be_due else None,
        "cost_bound": note.cost_bound,
        "hourly": note.hourly,
        "attempts": note.attempts,
        "code": note.code,
        "message": note.message,
        "causes": list(note.causes),
        "help": note.help,
        "place": place_data(note.place),
        "fields": [_field(field) for field in note.fields],
    }


def _field(field: FieldChange) -> dict[str, Any]:
    return {
        "path": field.path,
        "before": field.before,
        "after": field.after,
        "place": place_data(field.place),
    }


def _status(row: StatusRow) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "name": row.name,
        "version": row.version,
        "physical_name": row.physical_name,
        "standing": _word(row.standing) if row.standing is not None else None,
        "state": row.state.value if row.state else None,
        "deleted": row.deleted,
        "status": row.status,
        "stage": row.stage,
        "seconds": row.seconds,
        "metrics": dict(row.metrics or {}),
        "artifact_uri": row.artifact_uri,
        "gates": dict(row.gates) if row.gates else None,
        "reason": row.reason,
        "shortfalls": list(row.shortfalls),
    }
