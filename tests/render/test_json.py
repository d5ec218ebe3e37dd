"""Documents for machines: they name their format and hold no secret."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from reconciler.core.plan import Change, Plan
from reconciler.core.spending import LastRuns
from reconciler.errors import Place, Problem
from reconciler.render.json import dumps, plan_document, problems_document


def test_a_plan_document_names_its_format_and_holds_the_calls(
    make_plan: Callable[..., Plan],
) -> None:
    """The very calls that apply will send, but for values of the environment."""
    plan = make_plan()
    document = json.loads(dumps(plan_document(plan)))
    assert document["format"] == "reconciler/plan/v1"
    assert document["digest"] == plan.digest
    assert document["environment"] == {
        "name": "prod",
        "engine": "sagemaker",
        "account": "444455556666",
        "region": "eu-west-1",
    }
    [change] = document["changes"]
    [call] = change["calls"]
    assert change["action"] == "launch" and call["operation"] == "CreateTrainingJob"
    assert call["params"]["ResourceConfig"]["InstanceCount"] == 1
    assert change["fields"][0] == {
        "path": "hyperparameters.num_round",
        "before": 300,
        "after": 400,
        "place": {"path": "jobs/churn/churn-xgb-gated.yaml", "line": 11, "column": 3, "width": 1},
    }


def test_values_of_the_environment_are_fingerprints_in_a_request(
    make_plan: Callable[..., Plan],
) -> None:
    """`plan -o json` ends up in logs."""
    text = dumps(plan_document(make_plan()))
    assert "s3cr3t" not in text
    assert '"TOKEN": "sha256:' in text


def test_a_launch_says_what_the_last_runs_took_and_cost(
    make_plan: Callable[..., Plan], launch: Change
) -> None:
    """Additive: whoever does not know the key reads the rest as before."""
    last = LastRuns(count=3, unknown=1, amount=Decimal("0.410000"), seconds=720)
    told = make_plan(changes=(launch, replace(launch, last_runs=last)))
    first, second = plan_document(told)["changes"]
    assert first["last_runs"] is None
    assert second["last_runs"] == {
        "count": 3,
        "unknown": 1,
        "median_amount": "0.410000",
        "median_seconds": 720,
    }


def test_the_summary_counts_every_action_and_standing(make_plan: Callable[..., Plan]) -> None:
    """Zeros too: a reader of the document needs no defaults."""
    summary = plan_document(make_plan())["summary"]
    assert summary["launch"] == 1 and summary["stop"] == 0
    assert summary["in_sync"] == 1 and summary["no_longer_applicable"] == 0


def test_a_problem_has_its_places() -> None:
    """With line and column, for an editor or an annotation."""
    place = Place("jobs/a.yaml", 2, 3, 4)
    problem = Problem("E002", "twice", place, "remove one", related=(("first here", place),))
    document = problems_document([problem])
    assert document["format"] == "reconciler/problems/v1" and document["valid"] is False
    [found] = document["problems"]
    assert found["place"] == {"path": "jobs/a.yaml", "line": 2, "column": 3, "width": 4}
    assert found["related"][0]["note"] == "first here"
    assert problems_document([])["valid"] is True
