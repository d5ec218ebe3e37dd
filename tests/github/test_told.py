"""What is told on GitHub: the sticky comment, the issue about drift, the heartbeat, people."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from reconciler.adapters.github import GitHub, GitHubError
from reconciler.adapters.github_branch import Beat, Branches
from reconciler.adapters.github_pulls import Pulls
from reconciler.adapters.github_words import Words
from reconciler.adapters.workspace import Workspace
from reconciler.cli.main import cli
from reconciler.cli.reporting import Reporter
from reconciler.cli.reviewing import Reviews
from reconciler.core.approval import Approved
from reconciler.core.environment import Environment
from reconciler.core.plan import Action, Change, Plan
from reconciler.core.record import Record, Run, State
from reconciler.core.resource import Revision
from reconciler.reconcile.approval_block import approval_block, found_block
from reconciler.reconcile.approving import hold_unapproved
from reconciler.render.markdown_outcome import drift_markdown, drift_marker
from tests.adapters.fake_remote import Host
from tests.github.fake_host import FakeHost

MARK = "<!-- reconciler:plan:prod -->"
NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Host:
    return Host.create(tmp_path_factory.mktemp("told") / "host")


@pytest.fixture
def api(host: Host) -> Iterator[FakeHost]:
    api = FakeHost(host.bare)
    api.propose(7, host.history()[-1])
    yield api
    api.close()


@pytest.fixture
def github(api: FakeHost) -> GitHub:
    return GitHub.of(api.variables, remote=None)


def say_as(api: FakeHost, login: str, body: str) -> None:
    api.comments.append({"id": 1, "issue": 7, "user": {"login": login}, "body": body})


def test_a_comment_is_found_by_its_marker_and_its_author(api: FakeHost, github: GitHub) -> None:
    words = Words(github)
    say_as(api, "mallory", f"{MARK}\nspoofed")
    say_as(api, "github-actions[bot]", "<!-- reconciler:plan:dev -->\nof another environment")
    say_as(api, "github-actions[bot]", f"someone said:\n{MARK}")
    assert words.comment(7, MARK) is None
    assert words.say(7, MARK, f"{MARK}\nfirst") and words.say(7, MARK, f"{MARK}\nsecond")
    assert not words.say(7, MARK, f"{MARK}\nsecond")
    assert [body for body in api.said_on(7) if body.startswith(MARK)] == [
        f"{MARK}\nspoofed",
        f"{MARK}\nsecond",
    ]


def test_a_comment_behind_a_hundred_others_is_found(api: FakeHost, github: GitHub) -> None:
    for number in range(230):
        say_as(api, "ada", f"comment {number}")
    Words(github).say(7, MARK, f"{MARK}\nfirst")
    Words(github).say(7, MARK, f"{MARK}\nsecond")
    assert sum(body.startswith(MARK) for body in api.said_on(7)) == 1


def test_an_app_reads_what_the_workflow_told(api: FakeHost) -> None:
    api.tokens["ghs_app"] = "acme[bot]"
    say_as(api, "github-actions[bot]", f"{MARK}\nplan")
    app = Words(GitHub.of({**api.variables, "GITHUB_TOKEN": "ghs_app"}, remote=None))
    assert app.comment(7, MARK) is None
    assert app.comment(7, MARK, of_workflows=True) == f"{MARK}\nplan"


def drifted(name: str, message: str) -> dict[str, Any]:
    return {"standing": "drifted", "name": name, "message": message, "help": None, "code": None}


def test_one_issue_is_opened_edited_closed_and_opened_again(api: FakeHost, github: GitHub) -> None:
    words, mark = Words(github), drift_marker("prod")
    first = drift_markdown("prod", [drifted("churn", "it is gone")], ())
    second = drift_markdown("prod", [drifted("churn", "its tags moved")], ["x.json: edited"])
    assert drift_markdown("prod", [{**drifted("a", "b"), "standing": "running"}], ()) is None
    assert not words.keep_issue(mark, "Drift", None)
    for body, state in ((first, "open"), (second, "open"), (None, "closed"), (first, "open")):
        assert words.keep_issue(mark, "Drift", body)
        assert not words.keep_issue(mark, "Drift", body)
        (issue,) = api.issues
        assert issue["state"] == state and issue["body"] == (body or second)


def test_hostile_words_in_an_issue_are_inert() -> None:
    hostile = "@acme/everyone <img src=x> [a](http://b) `\n<!-- reconciler:drift:dev -->\n# big"
    body = drift_markdown("prod", [drifted("churn", hostile)], [hostile])
    assert body is not None
    assert "@acme" not in body and body.count("<!--") == 1
    assert "<img" not in body.replace("\\<", "")
    assert not any(line.startswith("#") for line in body.splitlines())


def test_a_thousand_that_drift_fit_and_are_counted() -> None:
    body = drift_markdown("prod", [drifted(f"job-{n}", "x" * 300) for n in range(1000)], ())
    assert body is not None and len(body.encode()) <= 60_000 and "more rows" in body


def test_a_heartbeat_is_written_once_in_a_while(api: FakeHost, github: GitHub, host: Host) -> None:
    def beat(state: Beat = Beat.SUCCESS, *, now: datetime = NOW) -> bool:
        branches = Branches(github)
        return branches.beat("main", "prod", state=state, words="x" * 200, run=None, now=now)

    assert Branches(github).heartbeat("prod") is None
    assert beat() and not beat()
    assert beat(Beat.FAILURE) and beat(now=NOW + timedelta(hours=4))
    assert {row["context"] for row in api.statuses} == {"reconciler/prod"}
    found = Branches(github).heartbeat("prod")
    assert found is not None and timedelta(seconds=-1) <= found - NOW < timedelta(hours=1)
    assert Branches(github).heartbeat("dev") is None


def test_commits_count_as_told_from_the_last_apply_that_told_all(
    github: GitHub, host: Host
) -> None:
    def tell(state: Beat) -> None:
        Branches(github).beat("main", "dev", state=state, words="", run=None, now=NOW)

    def unreported() -> list[str]:
        return list(Branches(github).unreported("main", "dev"))

    tell(Beat.FAILURE)
    one = host.commit({"jobs/one.yaml": "1"}, "one")
    tell(Beat.ERROR)
    two = host.commit({"jobs/two.yaml": "2"}, "two")
    assert unreported() == [two, one]
    tell(Beat.SUCCESS)
    assert unreported() == []


def test_no_more_than_ten_commits_count_as_not_told(github: GitHub, host: Host) -> None:
    for number in range(11):
        host.commit({"jobs/one.yaml": f"{number} of many"}, "one of many")
    assert len(list(Branches(github).unreported("main", "elsewhere"))) == 10


def test_rules_of_a_branch_are_read(api: FakeHost, github: GitHub) -> None:
    api.rules["main"] = ["pull_request", "deletion"]
    api.rules["team/lock"] = ["deletion"]
    assert Branches(github).rules_of("main") == {"pull_request", "deletion"}
    assert Branches(github).rules_of("team/lock") == {"deletion"}
    assert Branches(github).rules_of("locks") == frozenset()
    assert Branches(github).default_branch() == "main"


def test_who_approved_and_merged_is_told_and_who_took_it_back_is_not(
    api: FakeHost, github: GitHub, host: Host
) -> None:
    commit = host.commit({"jobs/three.yaml": "3"}, "three")
    api.merged(7, commit)
    pulls = Pulls(github, "main")
    (origin,) = pulls.origins("jobs/three.yaml")
    assert origin.author == "Ada <ada@acme.example>" and origin.pull is not None
    assert pulls.people(origin.pull) == {"approvers": ["grace"], "merger": "grace"}
    assert Pulls(github, "other").of_commit(commit) is None


def test_the_end_of_a_job_is_approved_by_the_pull_request_that_took_its_document_away(
    api: FakeHost, github: GitHub, host: Host
) -> None:
    stop = Change(Action.STOP, "TrainingJob", "old", 3, "old-bbbbbbbbbb", "b" * 64)
    row = {**CHANGE, "action": "stop", "name": "old", "version": 3, "cost_bound": None}
    row |= {"digest": stop.digest, "change_digest": stop.change_digest, "terms": ""}
    document = json.loads(plan_json(changes=[row]))
    block = approval_block(document, api.pulls[7]["head"]["sha"], NOW)
    say_as(api, "github-actions[bot]", f"{MARK}\n{block}")
    reviews = Reviews(Pulls(github, "main"), Words(github), "prod")
    assert list(reviews.approvals(stop)) == []
    api.merged(7, host.commit({"jobs/four.yaml": "4"}, "four"))
    reviews = Reviews(Pulls(github, "main"), Words(github), "prod")
    environment = Environment(name="prod", engine="local", bucket="acme-ml")
    plan = Plan(environment, Revision("c" * 40), (stop,), (), ())
    assert hold_unapproved(plan, reviews.approvals) == plan


def cost_of_attempt(number: int, amount: str, state: State) -> Run:
    return Run(
        state=state,
        version=7,
        attempt=number,
        digest="a" * 64,
        who={"pull_request": 7},
        how={"ended": NOW.isoformat()},
        cost={"billable_seconds": 733, "amount": amount},
    )


def test_the_outcome_says_the_real_cost_of_all_attempts_against_the_bound(
    api: FakeHost, github: GitHub, host: Host
) -> None:
    block = approval_block(
        json.loads(plan_json(changes=[CHANGE])), api.pulls[7]["head"]["sha"], NOW
    )
    say_as(api, "github-actions[bot]", f"{MARK}\n{block}")
    api.merged(7, host.commit({"jobs/five.yaml": "5"}, "five"))
    first = cost_of_attempt(1, "0.410000", State.COMPLETED)
    churn = Record("TrainingJob", "churn", "prod", {7: {"churn-aa": 1}}, {"churn-aa": first})
    told = []
    for record in (churn, retried(churn)):
        report = {"plan": None, "outcomes": [], "repaired": [], "failed": False}
        pulls, words = Pulls(github, "main"), Words(github)
        reviews = Reviews(pulls, words, "prod")
        where = ("main", Branches(github), pulls, words, reviews, Workspace.open(host.ada))
        assert list(Reporter("prod", {"churn": record}, report, *where).tell())
        told.append(unescape(api.said_on(7)[0].replace("\\", "")))
    assert "| $0.41 of at most $1.11, 12m 13s billed |" in told[0]
    assert "| $0.42 in 2 attempts, at most $1.11 each, 24m 26s billed |" in told[1]


def retried(record: Record) -> Record:
    """The same, if the first attempt had found no capacity."""
    failed = cost_of_attempt(1, "0.010000", State.FAILED)
    again = cost_of_attempt(2, "0.410000", State.COMPLETED)
    both = record.with_run("churn-aa", failed).with_run("churn-aa-r2", again)
    return both.answering(7, "churn-aa-r2")


def test_a_pull_request_that_was_not_merged_brought_nothing(api: FakeHost, github: GitHub) -> None:
    assert Pulls(github, "main").of_commit(api.pulls[7]["head"]["sha"]) is None


def test_what_is_no_answer_of_githubs_is_a_failure_of_ours(api: FakeHost, github: GitHub) -> None:
    with pytest.raises(GitHubError, match="404"):
        github.get("pulls/8")
    with pytest.raises(GitHubError, match="a list was expected"):
        list(github.listed("pulls/7"))
    with pytest.raises(GitHubError, match="an object was expected"):
        github.get("issues/7/comments")
    assert {fault.partition(": ")[2] for fault in api.found_wrong()} == {
        "page is no query parameter",
        "per_page is no query parameter",
    }


ROW = [field.name for field in fields(Approved) if field.name not in ("shown", "late")]


def plan_json(**more: Any) -> str:
    empty: dict[str, Any] = {
        "changes": [],
        "notes": [],
        "problems": [],
        "basis": None,
        "asked": None,
    }
    empty["revision"] = {"base": None}
    rows = [{key: change[key] for key in ROW} for change in more.get("changes", ())]
    return json.dumps({"format": "reconciler/plan/v1", **empty, "approval": rows, **more})


CHANGE = {
    "action": "launch",
    "kind": "TrainingJob",
    "name": "churn",
    "version": 7,
    "digest": "a" * 64,
    "change_digest": "b" * 64,
    "cost_bound": "$1.11",
    "images": [],
    "attempts": 1,
    "terms": "e" * 64,
}


def comment(api: FakeHost, folder: Path, *words: str, head: str | None = None) -> Result:
    """Comment on pull request 7 what lies in a folder, planned for its last commit."""
    runner = CliRunner(env=api.variables)
    head = head or str(api.pulls[7]["head"]["sha"])
    where = ["--plan", os.fspath(folder), "--head", head, "-e", "prod"]
    return runner.invoke(cli, ["github", "comment", "7", *where, *words])


def test_a_plan_is_told_and_told_to_be_empty_later(api: FakeHost, tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text(plan_json())
    quiet = comment(api, tmp_path)
    assert quiet.exit_code == 0 and "Nothing to tell" in quiet.output and api.comments == []
    (tmp_path / "plan.json").write_text(plan_json(changes=[CHANGE]))
    (tmp_path / "comment.md").write_text(f"{MARK}\n\nplan\n")
    assert comment(api, tmp_path).exit_code == 0
    (body,) = api.said_on(7)
    assert body.startswith(f"{MARK}\n\nplan\n\n<!-- reconciler:approved/v2 ")
    (tmp_path / "plan.json").write_text(plan_json())
    assert comment(api, tmp_path).exit_code == 0
    (body,) = api.said_on(7)
    assert "no longer changes any job in `prod`" in body and found_block(body) is None


def test_a_comment_is_for_the_last_commit_of_an_open_pull_request(
    api: FakeHost, host: Host, tmp_path: Path
) -> None:
    """A workflow can be run again, for an older commit or after the merge: nobody sees that."""
    (tmp_path / "plan.json").write_text(plan_json(changes=[CHANGE]))
    (tmp_path / "comment.md").write_text(f"{MARK}\n\nplan\n")
    older = comment(api, tmp_path, head="d" * 40)
    assert older.exit_code == 0 and "has moved on" in older.output and api.comments == []
    assert comment(api, tmp_path).exit_code == 0
    before = api.said_on(7)
    api.merged(7, host.commit({"jobs/six.yaml": "6"}, "six"))
    (tmp_path / "comment.md").write_text(f"{MARK}\n\nanother plan\n")
    assert "has moved on" in comment(api, tmp_path).output
    assert api.said_on(7) == before


NOTE = {
    **CHANGE,
    "standing": "deferred",
    "then": "launch",
    "code": None,
    "message": "waits",
    "help": None,
    "place": None,
}


@pytest.mark.parametrize(
    ("asked", "parts", "told"),
    [
        (["churn"], {"changes": [CHANGE]}, True),
        ([], {"changes": [CHANGE]}, False),
        (["churn"], {"notes": [NOTE]}, True),
        (["other"], {"notes": [NOTE]}, False),
        (["churn"], {"notes": [{**NOTE, "standing": "failed"}]}, True),
        (["churn"], {"notes": [{**NOTE, "standing": "in_sync"}]}, False),
        (["churn"], {"notes": [{**NOTE, "standing": "running"}]}, False),
        (["churn"], {"notes": [{**NOTE, "standing": "running", "attempts": 3}]}, True),
        ([], {"problems": [{}]}, True),
        (None, {"notes": [NOTE]}, False),
        (None, {"notes": [{**NOTE, "code": "E201"}]}, True),
    ],
)
def test_a_comment_is_made_for_what_the_pull_request_is_about(
    api: FakeHost, tmp_path: Path, asked: list[str] | None, parts: dict[str, Any], told: bool
) -> None:
    """What only waits is among it: it would be held later if nobody had seen it."""
    (tmp_path / "plan.json").write_text(plan_json(asked=asked, **parts))
    (tmp_path / "comment.md").write_text(f"{MARK}\n\nplan\n")
    assert comment(api, tmp_path).exit_code == 0
    assert len(api.said_on(7)) == told


def test_without_a_plan_the_comment_says_so_and_approves_nothing(
    api: FakeHost, tmp_path: Path
) -> None:
    assert comment(api, tmp_path).exit_code == 0
    (body,) = api.said_on(7)
    assert "could not be made" in body and found_block(body) is None


def test_problems_are_told_and_approve_nothing(api: FakeHost, tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text(plan_json(changes=[CHANGE], problems=[{}]))
    (tmp_path / "comment.md").write_text(f"{MARK}\nproblems")
    assert comment(api, tmp_path).exit_code == 0
    assert found_block(api.said_on(7)[0]) is None


def test_an_artifact_cannot_be_the_comment_of_another_environment(
    api: FakeHost, tmp_path: Path
) -> None:
    (tmp_path / "plan.json").write_text(plan_json(changes=[CHANGE]))
    (tmp_path / "comment.md").write_text("<!-- reconciler:plan:dev -->\nmine")
    refused = comment(api, tmp_path)
    assert refused.exit_code == 1 and "is not the comment of prod" in refused.output
    (tmp_path / "plan.json").write_text("[]")
    assert "not a document of the format" in comment(api, tmp_path).output
    assert api.comments == []


def test_approvals_that_do_not_fit_are_left_out_and_said(api: FakeHost, tmp_path: Path) -> None:
    many = [{**CHANGE, "name": f"job-{n}"} for n in range(5000)]
    (tmp_path / "plan.json").write_text(plan_json(changes=many))
    (tmp_path / "comment.md").write_text(f"{MARK}\n{'x' * 59_000}")
    assert comment(api, tmp_path).exit_code == 0
    (body,) = api.said_on(7)
    assert found_block(body) is None and "Too many changes for one approval" in body


def test_the_environment_has_to_be_named(api: FakeHost, tmp_path: Path) -> None:
    runner = CliRunner(env=api.variables)
    words = ["github", "comment", "7", "--plan", os.fspath(tmp_path), "--head", "c"]
    assert "which environment?" in runner.invoke(cli, words).output
    assert "which environment?" in runner.invoke(cli, [*words, "-e", "--> <b>"]).output
