"""What an apply did, told on the pull requests that asked for it, and in how many requests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reconciler.adapters.github import GitHubError
from reconciler.core.plan import Plan
from reconciler.core.record import Record, Run, State
from reconciler.reconcile.approving import hold_unapproved
from tests.adapters.fake_github import Failure
from tests.github.reporting import MODEL, Reported, document_of, endpoint, job


@pytest.fixture
def reported(tmp_path: Path) -> Iterator[Reported]:
    reported = Reported(tmp_path)
    yield reported
    reported.github.close()


def held(reported: Reported) -> Plan:
    """The plan, less all that no pull request showed."""
    return hold_unapproved(reported.story.plan(), reported.reviews.approvals)


def serving(reported: Reported) -> None:
    """A model that is made already."""
    reported.story.write({**job(), "jobs/wine-model.yaml": MODEL})
    for _ in range(2):
        reported.apply("completed")


def test_what_is_held_of_a_later_version_is_not_told_on_the_pull_request_of_an_earlier_one(
    reported: Reported,
) -> None:
    reported.merge(7, job())
    reported.apply("running", number=7)
    later = job(version=2, depth=9)
    reported.story.write(later)
    reported.host.commit(later, "straight to main")
    reported.tell(held(reported))
    assert "**1 running**" in reported.said(7) and "E309" not in reported.said(7)


def test_a_version_that_never_ran_is_superseded_by_the_one_that_came_before_the_apply(
    reported: Reported,
) -> None:
    reported.merge(7, job())
    reported.merge(8, job(version=2, depth=9))
    reported.apply("running", number=8)
    reported.tell()
    assert "| – superseded by version 2 | `wine` 1 | – | – |" in reported.said(7)
    assert "| ▶ running | `wine` 2 |" in reported.said(8)


def test_each_of_two_changes_of_an_endpoint_is_told_its_own_run(reported: Reported) -> None:
    serving(reported)
    reported.merge(7, endpoint(1))
    reported.apply("completed", number=7)
    reported.merge(8, endpoint(2))
    reported.apply("failed", number=8)
    reported.tell()
    assert "| ✓ completed | `wine-live` 1 |" in reported.said(7)
    assert "| ✗ failed | `wine-live` 1 | the container failed |" in reported.said(8)


def test_content_of_an_endpoint_that_never_ran_is_superseded_by_other_content(
    reported: Reported,
) -> None:
    serving(reported)
    reported.merge(7, endpoint(1))
    reported.merge(8, endpoint(2))
    reported.apply("completed", number=8)
    reported.tell()
    assert "| – superseded by other content | `wine-live` 1 |" in reported.said(7)
    assert "| ✓ completed | `wine-live` 1 |" in reported.said(8)


def test_what_was_deleted_is_told_as_deleted(reported: Reported) -> None:
    serving(reported)
    reported.merge(7, endpoint(1))
    reported.apply("completed", number=7)
    reported.merge(8, {"jobs/wine-live.yaml": None})
    reported.apply("completed")
    reported.tell()
    assert "| – deleted | `wine-live` 1 |" in reported.said(8)


def test_what_is_to_be_deleted_later_is_not_told_as_completed(reported: Reported) -> None:
    documents = {**job(), "jobs/wine-model.yaml": f"{MODEL}prune: true\n"}
    reported.story.write(documents)
    for _ in range(2):
        reported.apply("completed")
    reported.merge(7, job(version=2, depth=9))
    reported.apply("running", number=7)
    reported.tell()
    assert "**1 running · 1 without a run · 1 to be deleted**" in reported.said(7)
    assert "is deleted when nothing uses it any more" in reported.said(7)


def test_a_run_of_earlier_content_costs_nothing_again(reported: Reported) -> None:
    reported.merge(7, job())
    reported.apply("completed", number=7)
    (name, run), *_ = reported.story.records["wine"].runs.items()
    paid = replace(run, cost={"billable_seconds": 733, "amount": "0.410000"})
    reported.story.records["wine"] = reported.story.records["wine"].with_run(name, paid)
    reported.merge(8, job(version=2))
    reported.apply("completed", number=8)
    reported.tell()
    assert "| $0.41 of at most $0.13, 12m 13s billed |" in reported.said(7)
    (row,) = (line for line in reported.said(8).splitlines() if "`wine` 2" in line)
    assert row.startswith("| ✓ completed |") and row.endswith(" | – |")


def test_what_is_not_paid_by_the_run_has_no_cost(reported: Reported) -> None:
    serving(reported)
    reported.merge(7, endpoint(1))
    reported.apply("completed", number=7)
    reported.tell()
    assert "| ✓ completed | `wine-live` 1 | – | – |" in reported.said(7)


def test_what_is_held_is_told_where_no_plan_could_be_commented(reported: Reported) -> None:
    reported.merge(7, job(), comment=False)
    reported.merge(8, {"README.md": "words"}, comment=False)
    assert "Told the outcome on pull request 7." in reported.tell(held(reported))
    assert "| ⏸ held | `wine` 1 | E309: no approved plan showed this launch |" in reported.said(7)
    assert reported.github.said_on(8) == []
    assert reported.tell(held(reported)) == []


def test_without_a_comment_nothing_is_told_but_what_is_held(reported: Reported) -> None:
    reported.merge(7, job(), comment=False)
    reported.apply("running", number=7)
    reported.tell()
    assert reported.github.said_on(7) == []


def test_a_standing_hold_costs_few_requests(reported: Reported) -> None:
    for number in range(100, 130):
        reported.merge(number, {f"notes/{number}.md": "words"})
    reported.merge(7, job(), comment=False)
    plan, counts = held(reported), []
    for _ in range(3):
        before = len(reported.github.seen)
        reported.tell(plan)
        counts.append(len(reported.github.seen) - before)
    assert counts[0] <= 60 and max(counts[1:]) <= 8
    assert reported.github.statuses[-1]["state"] == "failure"


def test_an_apply_without_a_report_is_an_error_that_costs_few_requests(reported: Reported) -> None:
    reported.merge(7, job())
    for _ in range(2):
        before = len(reported.github.seen)
        list(reported.reporter(None).tell())
        assert len(reported.github.seen) - before <= 5
    assert [row["state"] for row in reported.github.statuses] == ["error"]
    reported.apply("running", number=7)
    reported.tell()
    assert "1 running" in reported.said(7)


def test_what_was_merged_during_an_apply_waits_for_the_next_report(reported: Reported) -> None:
    reported.merge(7, job())
    reported.apply("running", number=7)
    seen = reported.revised(reported.story.plan())
    reported.merge(8, job(version=2, depth=9))
    list(reported.reporter(as_report(seen)).tell())
    assert "1 running" in reported.said(7) and "plan" in reported.said(8)
    reported.story.write(job(version=2, depth=8))
    reported.tell(held(reported))
    assert "superseded" in reported.said(8)


def as_report(plan: Plan) -> dict[str, Any]:
    return {"plan": document_of(plan), "outcomes": [], "repaired": [], "failed": False}


UNKNOWN: Mapping[str, Record] = {
    "churn": Record("TrainingJob", "churn", "prod", {7: {"churn-aa": 1}},
                    {"churn-aa": Run(State.LAUNCHED, 7, 1, "a" * 64, who={"pull_request": 1})})
}  # fmt: skip


def test_a_pull_request_that_is_not_here_keeps_nothing_else_from_being_told(
    reported: Reported,
) -> None:
    """The lock may have come from another repository, with its numbers."""
    reported.merge(7, job())
    reported.apply("running", number=7)
    reported.story.records.update(UNKNOWN)
    with pytest.raises(GitHubError, match="404"):
        reported.tell(repaired=["x: edited"])
    assert "1 running" in reported.said(7) and len(reported.github.issues) == 1
    (beat,) = reported.github.statuses
    assert beat["state"] == "error" and beat["description"].endswith("refused to tell all of it")


def test_a_rate_limit_ends_the_telling(reported: Reported, monkeypatch: pytest.MonkeyPatch) -> None:
    reported.merge(7, job())
    reported.apply("running", number=7)

    def refuse(path: str, headers: Mapping[str, str]) -> Any:
        reported.github.login_of(headers)
        raise Failure(403, "API rate limit exceeded for installation")

    reporter, before = reported.reporter(as_report(reported.story.plan())), reported.github.seen[:]
    monkeypatch.setattr(reported.github, "look", refuse)
    with pytest.raises(GitHubError, match="rate limit"):
        list(reporter.tell())
    assert len(reported.github.seen) - len(before) == 1


def test_where_issues_are_switched_off_drift_is_told_in_the_output(
    reported: Reported, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = reported.github.answer

    def refuse(path: str, headers: Mapping[str, str], body: Mapping[str, Any]) -> Any:
        if path.endswith("/issues"):
            raise Failure(410, "Issues are disabled for this repo")
        return answer(path, headers, body)

    monkeypatch.setattr(reported.github, "answer", refuse)
    told = reported.tell(repaired=["::error::x"])
    assert "Drift in prod (issues are switched off in this repository): : :error::x" in told
    assert [row["state"] for row in reported.github.statuses] == ["success"]
