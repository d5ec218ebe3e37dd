"""What the comment of an open pull request says of what happens beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path

import pytest

from reconciler.adapters.github import GitHub
from reconciler.adapters.github_pulls import Pulls
from reconciler.adapters.github_words import Words
from reconciler.adapters.workspace import Workspace
from reconciler.cli.neighbours import others_that_change, tell_outdated
from reconciler.core.basis import basis_of
from reconciler.core.record import Record, State
from reconciler.reconcile.basis_block import basis_block
from tests.adapters.fake_remote import Host, adding
from tests.github.fake_host import FakeHost

MARK = "<!-- reconciler:plan:prod -->"
RECORDS: Mapping[str, Record] = adding("churn", "churn-aa", State.LAUNCHED)({})


class Hosted:
    """A repository on GitHub whose pull request 7 has the comment of a plan."""

    def __init__(self, folder: Path) -> None:
        self.host = Host.create(folder / "host")
        self.github = FakeHost(self.host.bare)
        self.plan(7)

    def plan(self, number: int, *, words: str = "plan", marker: str = MARK) -> None:
        """Open a pull request, or push to it again, and comment the plan on today's main."""
        base = self.host.git("rev-parse", "main")
        self.github.propose(number, base)
        basis = basis_of("prod", [("churn", ["jobs/churn.yaml", "training"])], RECORDS)
        document = {"basis": asdict(basis), "revision": {"base": base}}
        body = f"{marker}\n\n{words}\n\n{basis_block(document)}\n"
        words_of(self).say(number, marker, body)

    def tell(self, records: Mapping[str, Record] = RECORDS) -> list[int]:
        """Tell from a checkout of main; the numbers of the comments that were changed."""
        self.host.git("fetch", "--quiet", "origin", at=self.host.ada)
        self.host.git("checkout", "--quiet", "--detach", "origin/main", at=self.host.ada)
        workspace, pulls = Workspace.open(self.host.ada), Pulls(github_of(self), "main")
        return sorted(tell_outdated(workspace, "prod", records, pulls, words_of(self)))

    def said(self, number: int = 7) -> str:
        (body,) = self.github.said_on(number)
        return body


def github_of(hosted: Hosted) -> GitHub:
    return GitHub.of(hosted.github.variables, remote=None)


def words_of(hosted: Hosted) -> Words:
    return Words(github_of(hosted))


@pytest.fixture
def hosted(tmp_path: Path) -> Iterator[Hosted]:
    hosted = Hosted(tmp_path)
    yield hosted
    assert hosted.github.found_wrong() == []
    hosted.github.close()


def test_nothing_is_told_while_nothing_moved(hosted: Hosted) -> None:
    hosted.host.commit({"jobs/other.yaml": "name: other\n", "README.md": "x"}, "others")
    assert hosted.tell() == [] and "Outdated" not in hosted.said()


def test_a_file_that_main_moved_is_named_until_a_new_plan_is_there(hosted: Hosted) -> None:
    hosted.host.commit({"training/train.py": "print(1)\n"}, "code")
    assert hosted.tell() == [7]
    assert "`training/train.py` changed" in hosted.said()
    assert hosted.tell() == []
    hosted.plan(7, words="another plan")
    assert "Outdated" not in hosted.said() and hosted.tell() == []


def test_what_main_takes_back_is_not_told_any_more(hosted: Hosted) -> None:
    hosted.host.commit({"training/train.py": "print(1)\n"}, "code")
    before = hosted.said()
    assert hosted.tell() == [7] and hosted.said() != before
    hosted.host.commit({"training/train.py": None}, "back")
    assert hosted.tell() == [7] and hosted.said() == before.strip("\n") + "\n"


def test_a_run_that_ended_since_is_news(hosted: Hosted) -> None:
    ended = adding("churn", "churn-aa", State.COMPLETED)(RECORDS)
    assert hosted.tell(ended) == [7]
    assert "the lock has news of `churn`" in hosted.said()


def test_only_our_comments_of_the_environment_on_open_pull_requests_are_looked_at(
    hosted: Hosted,
) -> None:
    hosted.plan(8)
    hosted.plan(9, marker="<!-- reconciler:plan:dev -->")
    theirs = {"id": 1, "issue": 7, "user": {"login": "mallory"}, "body": hosted.said()}
    issue_url = "https://api.github.com/repos/acme/ml/issues/7"
    hosted.github.comments.append({**theirs, "issue_url": issue_url})
    hosted.github.merged(8, hosted.host.commit({"training/train.py": "print(1)\n"}, "code"))
    assert hosted.tell() == [7]
    assert "Outdated" not in hosted.said(8) + hosted.said(9)
    assert hosted.github.comments[-1]["body"] == theirs["body"]


def test_other_open_pull_requests_that_change_the_same_are_named(hosted: Hosted) -> None:
    hosted.plan(8)
    hosted.plan(9, marker="<!-- reconciler:plan:dev -->")
    hosted.plan(10)
    hosted.github.merged(10, hosted.host.commit({"jobs/other.yaml": "x"}, "other"))

    def others(*names: str, number: int = 7) -> dict[int, list[str]]:
        document = {"basis": {"records": dict.fromkeys(names, "")}}
        pulls = Pulls(github_of(hosted), "main")
        return others_that_change(document, number, "prod", pulls, words_of(hosted))

    assert others("churn", "more") == {8: ["churn"]}
    assert others("churn", number=8) == {7: ["churn"]}
    assert others("more") == {}
    hosted.github.calls.clear()
    assert others() == {} and hosted.github.calls == []


def test_without_an_open_pull_request_no_comment_is_asked_for(hosted: Hosted) -> None:
    hosted.github.merged(7, hosted.host.commit({"training/train.py": "print(1)\n"}, "code"))
    hosted.github.calls.clear()
    assert hosted.tell() == [] and hosted.github.calls == []


def test_a_comment_that_changed_meanwhile_is_left_alone(hosted: Hosted) -> None:
    (comment,) = words_of(hosted).comments(MARK)
    hosted.plan(7, words="another plan")
    assert not words_of(hosted).edit(comment, "old words")
    assert "another plan" in hosted.said()


def test_a_base_that_this_clone_does_not_have_says_nothing(hosted: Hosted) -> None:
    body = hosted.github.comments[0]["body"]
    base = hosted.host.git("rev-parse", "main")
    hosted.github.comments[0]["body"] = body.replace(base, "0" * 40)
    hosted.host.commit({"training/train.py": "print(1)\n"}, "code")
    assert hosted.tell() == []
