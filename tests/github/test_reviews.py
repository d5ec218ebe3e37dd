"""Which plans on pull requests may speak for a change."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reconciler.adapters.github import GitHub
from reconciler.adapters.github_pulls import Pulls
from reconciler.adapters.github_words import Words
from reconciler.cli.reviewing import Reviews
from reconciler.core.environment import Environment
from reconciler.core.plan import Action, Change, Plan
from reconciler.core.resource import Revision
from reconciler.errors import Place
from reconciler.reconcile.approval_block import approval_block
from reconciler.reconcile.approving import hold_unapproved
from reconciler.render.json import dumps, plan_document
from tests.adapters.fake_remote import Host
from tests.github.fake_host import FakeHost

MARK = "<!-- reconciler:plan:prod -->"
TEN = datetime(2026, 11, 25, 10, tzinfo=UTC)
LAUNCH = Change(
    Action.LAUNCH,
    "TrainingJob",
    "churn",
    7,
    "churn-aaaaaaaaaa",
    "a" * 64,
    attempts=2,
    terms="e" * 64,
    place=Place("jobs/churn.yaml", 4, 1),
    paths=("jobs/churn.yaml",),
)
DELETE = replace(LAUNCH, action=Action.DELETE, kind="Endpoint", name="live", place=None, terms="")


class Hosted:
    """A repository on GitHub with pull requests that touch documents."""

    def __init__(self, folder: Path) -> None:
        self.host = Host.create(folder / "host")
        self.api = FakeHost(self.host.bare)

    def shown(self, number: int, *changes: Change, at: datetime = TEN) -> None:
        """Open a pull request whose comment shows changes since some time."""
        self.api.propose(number, self.host.git("rev-parse", "main"))
        environment = Environment(name="prod", engine="local", bucket="acme-ml")
        document = json.loads(
            dumps(plan_document(Plan(environment, Revision(None), changes, (), ())))
        )
        block = approval_block(document, self.api.pulls[number]["head"]["sha"], at)
        Words(self.github).say(number, MARK, f"{MARK}\n\n{block}\n")

    def merged(self, number: int, path: str, *approved: datetime) -> None:
        """Approve at some times, and merge what touches a file."""
        self.api.merged(number, self.host.commit({path: f"{number}"}, f"change {number}"))
        self.api.reviews[number] = [
            {"user": {"login": f"grace-{n}"}, "state": "APPROVED", "submitted_at": _text(time)}
            for n, time in enumerate(approved)
        ]

    @property
    def github(self) -> GitHub:
        return GitHub.of(self.api.variables, remote=None)

    def held(self, change: Change) -> str | None:
        """Why a change is held; None if it goes on."""
        reviews = Reviews(Pulls(self.github, "main"), Words(self.github), "prod")
        environment = Environment(name="prod", engine="local", bucket="acme-ml")
        plan = Plan(environment, Revision("c" * 40), (change,), (), ())
        notes = hold_unapproved(plan, reviews.approvals).notes
        return notes[0].message if notes else None


def _text(time: datetime) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%SZ}"


@pytest.fixture
def hosted(tmp_path: Path) -> Iterator[Hosted]:
    hosted = Hosted(tmp_path)
    yield hosted
    assert hosted.api.found_wrong() == []
    hosted.api.close()


HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("approved", "goes_on"),
    [
        ([], True),  # whoever merged it has seen it
        ([TEN + HOUR], True),
        ([TEN], True),
        ([TEN - HOUR], False),
        ([TEN - HOUR, TEN + HOUR], True),
    ],
)
def test_a_plan_speaks_if_somebody_approved_after_it_was_shown(
    hosted: Hosted, approved: list[datetime], goes_on: bool
) -> None:
    hosted.shown(7, LAUNCH)
    hosted.merged(7, "jobs/churn.yaml", *approved)
    reason = hosted.held(LAUNCH)
    assert (reason is None) is goes_on
    assert goes_on or "made after the last approval" in str(reason)


def test_a_plan_that_was_shown_after_the_merge_speaks_for_nothing(hosted: Hosted) -> None:
    hosted.shown(7, LAUNCH, at=datetime.now(UTC) + HOUR)
    hosted.merged(7, "jobs/churn.yaml")
    assert "made after the last approval" in str(hosted.held(LAUNCH))


def test_a_later_attempt_is_approved_where_the_first_one_was(hosted: Hosted) -> None:
    """Also when many changes of words came after it."""
    hosted.shown(7, LAUNCH)
    hosted.merged(7, "jobs/churn.yaml")
    for number in range(8):
        hosted.host.commit({"jobs/churn.yaml": f"words {number}"}, "words")
    again = replace(LAUNCH, attempt=2)
    assert hosted.held(again) == "no approved plan showed this launch"
    assert hosted.held(replace(again, pull_request=7)) is None


def test_a_deletion_is_approved_by_the_last_who_touched_the_document_only(hosted: Hosted) -> None:
    """An older pull request may have deleted it as well, before another brought it back."""
    gone = replace(DELETE, paths=("jobs/live.yaml",))
    hosted.shown(7, gone)
    hosted.merged(7, "jobs/live.yaml")
    assert hosted.held(gone) is None
    hosted.shown(8, replace(LAUNCH, name="live", kind="Endpoint"))
    hosted.merged(8, "jobs/live.yaml")
    assert "is not the one" in str(hosted.held(gone))
    hosted.host.commit({"jobs/live.yaml": None}, "straight to main")
    assert "is not the one" in str(hosted.held(gone))


def test_a_deletion_is_approved_although_its_document_had_moved(hosted: Hosted) -> None:
    """The path is that of the launch; where it was last, nobody recorded."""
    gone = replace(DELETE, paths=("jobs/before.yaml",))
    hosted.host.commit({"jobs/before.yaml": "live"}, "live")
    hosted.host.commit({"jobs/before.yaml": None, "jobs/after.yaml": "live"}, "moved")
    hosted.shown(7, gone)
    hosted.merged(7, "jobs/after.yaml")
    assert hosted.held(gone) is None


def test_the_last_pull_request_says_how_often_something_is_tried(hosted: Hosted) -> None:
    """By when they were merged, whichever of the paths they touched."""
    allowed = replace(LAUNCH, attempts=3, paths=("jobs/churn.yaml", "jobs/_defaults.yaml"))
    hosted.shown(7, allowed)
    hosted.merged(7, "jobs/churn.yaml")
    again = replace(allowed, attempt=2)
    assert hosted.held(again) is None
    time.sleep(1.1)  # GitHub tells times in seconds
    hosted.shown(8, replace(allowed, attempts=1))
    hosted.merged(8, "jobs/_defaults.yaml")
    assert hosted.held(again) == "it is attempt 2, of at most 1 that were approved"
