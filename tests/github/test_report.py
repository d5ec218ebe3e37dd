"""What an apply did, told on the pull requests that asked for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.core.plan import Plan
from reconciler.reconcile.approving import hold_unapproved
from tests.github.reporting import MODEL, Reported, endpoint, job


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
