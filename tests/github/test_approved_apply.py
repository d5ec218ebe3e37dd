"""`apply --approved FILE`, and the report that it leaves."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from reconciler.cli.main import cli
from reconciler.reconcile.applying import apply
from reconciler.reconcile.events import Event, EventType
from reconciler.reconcile.planning import plan
from tests.support.checkout import Checkout


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    checkout = Checkout.create(tmp_path / "repository")
    checkout.job("wine")
    checkout.commit()
    return checkout


def run(checkout: Checkout, *words: str) -> Result:
    return CliRunner().invoke(cli, ["-C", os.fspath(checkout.root), *words])


def test_only_what_the_saved_plan_shows_is_launched(checkout: Checkout, tmp_path: Path) -> None:
    saved, report = tmp_path / "saved", tmp_path / "report.json"
    assert run(checkout, "plan", "--save", os.fspath(saved)).exit_code == 0
    checkout.job("beer")
    checkout.commit()
    words = ["--approved", os.fspath(saved / "plan.json"), "--report", os.fspath(report)]
    done = run(checkout, "apply", *words)
    assert done.exit_code == 1, done.output
    assert checkout.launches() == 1 and not (checkout.root / "locks/local/beer.json").exists()
    written = json.loads(report.read_text())
    assert written["format"] == "reconciler/report/v1" and written["failed"] is True
    assert [row["name"] for row in written["outcomes"]] == ["wine"]
    (note,) = [note for note in written["plan"]["notes"] if note["code"]]
    assert (note["name"], note["code"], note["standing"]) == ("beer", "E309", "held")


def test_what_waits_for_an_approved_job_is_approved_with_its_content(
    checkout: Checkout, tmp_path: Path
) -> None:
    checkout.job("beer", more="inputs: {base: {job: wine}}\n")
    checkout.commit()
    assert run(checkout, "plan", "--save", os.fspath(tmp_path / "saved")).exit_code == 0
    saved = tmp_path / "saved/plan.json"
    plan = json.loads(saved.read_text())
    assert [change["name"] for change in plan["changes"]] == ["wine"]
    (note,) = plan["notes"]
    assert (note["name"], note["standing"], len(note["digest"])) == ("beer", "deferred", 64)
    checkout.job("beer", depth=4, more="inputs: {base: {job: wine}}\n")
    checkout.commit()
    other = run(checkout, "apply", "--approved", os.fspath(saved))
    assert other.exit_code == 1 and "E309" in other.output and checkout.launches() == 1
    checkout.job("beer", more="inputs: {base: {job: wine}}\n")
    checkout.commit()
    same = run(checkout, "apply", "--approved", os.fspath(saved))
    assert same.exit_code == 0 and checkout.launches() == 2, same.output


def test_a_digest_agrees_to_what_waits_as_well(checkout: Checkout) -> None:
    """Later passes launch nothing that the agreed plan did not show."""
    waits = "inputs: {base: {job: wine}}\n"
    checkout.job("beer", more=waits)
    checkout.commit()

    def digest() -> str:
        return str(json.loads(run(checkout, "plan", "-o", "json").stdout)["digest"])

    agreed = digest()
    checkout.job("beer", depth=4, more=waits)
    checkout.commit()
    assert digest() != agreed
    refused = run(checkout, "apply", "--plan-digest", agreed)
    assert refused.exit_code != 0 and checkout.launches() == 0, refused.output
    done = run(checkout, "apply", "--plan-digest", digest())
    assert done.exit_code == 0 and checkout.launches() == 2, done.output


def test_what_changes_while_an_agreed_plan_is_applied_is_held(checkout: Checkout) -> None:
    """The documents are read again in each pass."""
    waits = "inputs: {base: {job: wine}}\n"
    checkout.job("beer", more=waits)
    checkout.commit()
    with checkout.journey() as context:
        agreed = plan(context).digest

        def edit(event: Event) -> None:
            if event.type is EventType.RECORDED and "wine" in event.message:
                checkout.job("beer", depth=4, more=waits)
                checkout.commit()

        report = apply(replace(context, emit=edit), wait=True, timeout=60, approved=agreed)
    assert report.failed and checkout.launches() == 1
    assert report.plan is not None
    (held,) = [note for note in report.plan.notes if note.code]
    assert (held.name, held.code) == ("beer", "E309")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "reconciler/plan/v1"}'])
def test_a_file_that_is_no_plan_approves_nothing(
    checkout: Checkout, tmp_path: Path, text: str
) -> None:
    (tmp_path / "plan.json").write_text(text)
    refused = run(checkout, "apply", "--approved", os.fspath(tmp_path / "plan.json"))
    assert refused.exit_code == 1 and "is no sound plan of local" in refused.output
    assert checkout.launches() == 0


def test_a_plan_that_somebody_edited_approves_nothing(checkout: Checkout, tmp_path: Path) -> None:
    assert run(checkout, "plan", "--save", os.fspath(tmp_path)).exit_code == 0
    plan = json.loads((tmp_path / "plan.json").read_text())
    plan["approval"][0]["digest"] = 5
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    refused = run(checkout, "apply", "--approved", os.fspath(tmp_path / "plan.json"))
    assert refused.exit_code == 1 and "is no sound plan of local" in refused.output
    assert checkout.launches() == 0


def test_without_github_nothing_is_approved_from_pull_requests(checkout: Checkout) -> None:
    refused = run(checkout, "apply", "--approved", "from-pr")
    assert refused.exit_code in (4, 5) and "Traceback" not in refused.output
    assert checkout.launches() == 0
