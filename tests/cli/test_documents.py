"""Documents that jobs of a workflow hand on are read with suspicion."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli.documents import read_document
from reconciler.errors import ReconcilerError

PLAN = "reconciler/plan/v1"
REPORT = "reconciler/report/v1"
ROW: Mapping[str, Any] = {
    "action": "launch",
    "kind": "TrainingJob",
    "name": "churn",
    "version": 7,
    "digest": "a" * 64,
    "change_digest": "b" * 64,
    "cost_bound": None,
    "images": [""],
    "attempts": 1,
    "terms": "e" * 64,
}
NOTE: Mapping[str, Any] = {
    "standing": "deferred",
    "kind": "Model",
    "name": "churn-model",
    "version": 1,
    "digest": "",
    "then": "launch",
    "attempts": 1,
    "code": None,
    "message": "waits",
    "help": None,
    "place": {"path": "jobs/churn-model.yaml", "line": 1},
}
GOOD: Mapping[str, Any] = {
    "format": PLAN,
    "revision": {"base": "c" * 40},
    "changes": [{"name": "churn"}],
    "notes": [NOTE],
    "problems": [],
    "approval": [ROW],
    "asked": None,
    "basis": {"paths": [], "records": {}},
}
REPORTED = {"format": REPORT, "failed": False, "outcomes": [], "repaired": []}


def written(folder: Path, text: str) -> Path:
    path = folder / "document.json"
    path.write_text(text, "utf-8")
    return path


def test_what_is_of_its_form_comes_as_it_is(tmp_path: Path) -> None:
    assert read_document(tmp_path / "none.json", PLAN) is None
    assert read_document(written(tmp_path, json.dumps(GOOD)), PLAN) == GOOD
    report = {**REPORTED, "plan": GOOD, "more": 1}
    assert read_document(written(tmp_path, json.dumps(report)), REPORT) == report


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "[" * 100_000,
        '{"format": "reconciler/plan/v1"}',
        json.dumps({**GOOD, "format": REPORT}),
        json.dumps({**GOOD, "changes": [1]}),
        json.dumps({**GOOD, "approval": [{**ROW, "version": "7"}]}),
        json.dumps({**GOOD, "approval": [{**ROW, "images": [None]}]}),
        json.dumps({**GOOD, "approval": [{**ROW, "late": False}]}),
        json.dumps({**GOOD, "notes": [{**NOTE, "attempts": None}]}),
        json.dumps({**GOOD, "asked": "churn"}),
        json.dumps({**GOOD, "basis": {"paths": 1, "records": {}}}),
        json.dumps({**GOOD, "revision": {"base": f"{'c' * 40} -->\n<!-- more"}}),
    ],
)
def test_a_plan_of_another_form_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ReconcilerError, match="not a document of the format reconciler/plan/v1"):
        read_document(written(tmp_path, text), PLAN)


@pytest.mark.parametrize(
    "wrong", [{}, {"plan": {}}, {"plan": GOOD, "outcomes": [{}]}, {"plan": None, "failed": 1}]
)
def test_a_report_of_another_form_is_refused(tmp_path: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(ReconcilerError, match="not a document of the format reconciler/report/v1"):
        read_document(written(tmp_path, json.dumps({**REPORTED, **wrong})), REPORT)


def test_a_folder_in_the_place_of_a_document_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReconcilerError, match="not a document"):
        read_document(tmp_path, PLAN)
