"""The lock through GitHub's API: commits on an expected head, refusals, and lost answers."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from reconciler.adapters.github import GitHub, GitHubError, GitHubUnanswered
from reconciler.adapters.locks.branch import BranchStore
from reconciler.adapters.locks.github import GitHubDelivery
from reconciler.core.ports import TipMoved
from reconciler.errors import LockUnwritable, NoCredentials, ReconcilerError
from tests.adapters.fake_github import BOT, BOT_ADDRESS, FakeGitHub
from tests.adapters.fake_remote import Host, adding

COMMIT = """\
mutation($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) { commit { oid } }
}
"""


@pytest.fixture
def api(host: Host) -> Iterator[FakeGitHub]:
    api = FakeGitHub(host.bare)
    yield api
    api.close()


@pytest.fixture
def store(host: Host, api: FakeGitHub) -> Callable[..., BranchStore]:
    """Makes a store that reads by git and writes through the API."""

    def make(**options: object) -> BranchStore:
        github = GitHub.of(api.variables, remote=None)
        return host.store(delivery=GitHubDelivery(github), **options)  # type: ignore[arg-type]

    return make


def test_a_write_is_a_commit_of_the_app_on_the_tip(
    host: Host, store: Callable[..., BranchStore]
) -> None:
    before = host.git("rev-parse", "main")
    tip = store().snapshot("prod").tip
    written = store(workflow_run="https://github.com/acme/ml/actions/runs/1").write(
        "prod", adding("churn"), message="Intend launch churn 1", tip=tip
    )
    assert host.records() == written
    assert host.git("rev-parse", "main^") == before
    who, text = host.git("log", "-1", "--format=%an <%ae>%x00%B", "main").split("\0")
    assert who == f"{BOT} <{BOT_ADDRESS}>"
    assert text.startswith(f"Intend launch churn 1\n\nReconciled-Commit: {before}\nJob: churn 1")
    assert store().snapshot("prod").findings == ()


def test_a_moved_head_is_told_with_a_tip_and_tried_again_without(
    host: Host, store: Callable[..., BranchStore]
) -> None:
    def racing(records):  # type: ignore[no-untyped-def]
        if "rank" not in records:
            host.store().write("prod", adding("rank"), message="the winner")
        return adding("churn")(records)

    late = store()
    tip = late.snapshot("prod").tip
    with pytest.raises(TipMoved):
        late.write("prod", racing, message="the loser", tip=tip)
    assert sorted(host.records()) == ["rank"]
    late.write("prod", racing, message="the loser")
    assert sorted(host.records()) == ["churn", "rank"]
    assert list(host.lost()) == []


@pytest.mark.parametrize("fault", ["lost", "cut"])
def test_a_commit_whose_answer_was_lost_is_recognised(
    host: Host, api: FakeGitHub, store: Callable[..., BranchStore], fault: str
) -> None:
    api.faults = [fault]
    late = store()
    written = late.write("prod", adding("churn"), message="x", tip=late.snapshot("prod").tip)
    assert host.records() == written
    assert api.commits == 1


def test_an_outage_is_waited_for(
    host: Host, api: FakeGitHub, store: Callable[..., BranchStore]
) -> None:
    api.faults = ["down", "down", "API rate limit exceeded for installation"]
    store().write("prod", adding("churn"), message="x")
    assert sorted(host.records()) == ["churn"]


@pytest.mark.parametrize(
    "words",
    [
        "Repository rule violations found\n\nChanges must be made through a pull request.",
        "Resource not accessible by integration",
    ],
)
def test_a_refusal_is_told_with_its_words_and_a_remedy(
    host: Host, api: FakeGitHub, store: Callable[..., BranchStore], words: str
) -> None:
    api.faults = [words]
    with pytest.raises(LockUnwritable) as caught:
        store().write("prod", adding("churn"), message="x")
    assert words in str(caught.value) and "bypass list" in str(caught.value.advice)
    assert host.records() == {} and api.commits == 0


def test_a_lock_branch_is_made_without_parents(
    host: Host, store: Callable[..., BranchStore]
) -> None:
    state = store(lock_branch="state")
    state.write("prod", adding("churn"), message="one", tip=state.snapshot("prod").tip)
    state.write("prod", adding("rank"), message="two")
    assert sorted(host.records("state")) == ["churn", "rank"]
    assert len(host.history("state")) == 2
    assert state.snapshot("prod").findings == ()


def test_of_two_that_make_the_lock_branch_the_second_computes_again(
    host: Host, store: Callable[..., BranchStore]
) -> None:
    def racing(records):  # type: ignore[no-untyped-def]
        if "rank" not in records:
            store(lock_branch="state").write("prod", adding("rank"), message="the winner")
        return adding("churn")(records)

    store(lock_branch="state").write("prod", racing, message="the loser")
    assert sorted(host.records("state")) == ["churn", "rank"]


def test_what_others_did_is_found_and_put_right(
    host: Host, store: Callable[..., BranchStore]
) -> None:
    before = store().write("prod", adding("churn"), message="one")
    forged = host.text("locks/prod/churn.json").replace("churn", "forged")
    host.commit({"locks/prod/churn.json": None, "locks/prod/forged.json": forged}, "tidy")
    snapshot = store().snapshot("prod")
    assert snapshot.records == before
    assert len(snapshot.findings) == 2
    store().write("prod", lambda records: records, message="Record")
    assert host.records() == before
    assert store().snapshot("prod").findings == ()


def test_a_persons_edit_on_the_website_is_not_the_reconcilers(
    host: Host, api: FakeGitHub, store: Callable[..., BranchStore]
) -> None:
    """There GitHub is the committer as well; the author is the person."""
    store().write("prod", adding("churn"), message="one")
    text = host.text("locks/prod/churn.json").replace('"attempt": 1', '"attempt": 2')
    who = ("-c", "user.name=GitHub", "-c", "user.email=noreply@github.com")
    host.git("fetch", "-q", "origin", at=host.ada)
    host.git("checkout", "-q", "-B", "main", "origin/main", at=host.ada)
    (host.ada / "locks/prod/churn.json").write_text(text)
    author = "--author=Ada <1+ada@users.noreply.github.com>"
    host.git(*who, "commit", "-qam", "x\n\nReconciled-Commit: 1", author, at=host.ada)
    host.git("push", "-q", "origin", "main", at=host.ada)
    (finding,) = store().snapshot("prod").findings
    assert "by Ada <1+ada@users.noreply.github.com>" in finding


def test_the_token_of_a_person_is_refused_before_anything_is_written(
    host: Host, api: FakeGitHub, store: Callable[..., BranchStore]
) -> None:
    api.login = "ada"
    with pytest.raises(LockUnwritable, match="the token is that of ada"):
        store().write("prod", adding("churn"), message="x")
    assert host.records() == {}


def test_writers_at_once_lose_nothing(host: Host, store: Callable[..., BranchStore]) -> None:
    stores = [store(sleep=None) for _ in range(3)]

    def write(number: int) -> None:
        for turn in range(4):
            stores[number].write("prod", adding(f"w{number}-{turn}"), message="x")

    with ThreadPoolExecutor() as pool:
        list(pool.map(write, range(3)))
    assert len(host.records()) == 12
    assert len(host.history()) == 13
    assert list(host.lost()) == []


@pytest.mark.parametrize("login", ["ghs_t0k3n", "ghs_another"])
def test_the_token_is_in_no_message(
    host: Host, api: FakeGitHub, store: Callable[..., BranchStore], login: str
) -> None:
    made = store()
    github = made._delivery._github  # type: ignore[attr-defined]
    api.token = login
    api.faults = ["no"] * 20
    with pytest.raises(LockUnwritable) as caught:
        made.write("prod", adding("churn"), message="x")
    assert "ghs_" not in f"{caught.value} {caught.value.advice} {github!r}"
    assert {headers["Authorization"] for headers in api.seen} == {"Bearer ghs_t0k3n"}


def test_where_github_is_comes_from_the_environment() -> None:
    on = GitHub.of({"GH_TOKEN": "t"}, remote="github.com/acme/ml")
    assert (on.repository, on.rest_url, on.graphql_url) == (
        "acme/ml",
        "https://api.github.com",
        "https://api.github.com/graphql",
    )
    server = {"GITHUB_TOKEN": "t", "GITHUB_API_URL": "https://git.acme.example/api/v3/"}
    on = GitHub.of(server | {"GITHUB_REPOSITORY": "a/b"}, remote=None)
    assert on.repository == "a/b"
    assert on.graphql_url == "https://git.acme.example/api/graphql"
    with pytest.raises(NoCredentials):
        GitHub.of({}, remote="github.com/acme/ml")
    with pytest.raises(ReconcilerError, match="which repository"):
        GitHub.of({"GITHUB_TOKEN": "t"}, remote=None)
    with pytest.raises(ReconcilerError, match="https"):
        GitHub.of({"GITHUB_TOKEN": "t", "GITHUB_API_URL": "http://evil.example"}, remote="h/a/b")


def test_git_logs_in_with_the_token_at_that_host_only() -> None:
    github = GitHub.of({"GITHUB_TOKEN": "t"}, remote="github.com/acme/ml")
    key, header = github.login("https://github.com/acme/ml.git")
    assert key == "http.https://github.com/.extraheader"
    assert header == "AUTHORIZATION: basic eC1hY2Nlc3MtdG9rZW46dA=="


def test_answers_that_make_no_sense_are_no_answers(api: FakeGitHub) -> None:
    github = GitHub.of(api.variables | {"GITHUB_API_URL": "http://127.0.0.1:1"}, remote=None)
    with pytest.raises(GitHubUnanswered):
        github.post("git/refs", {})
    with pytest.raises(GitHubError, match="404 Not Found"):
        GitHub.of(api.variables, remote=None).post("git/nothing", {})
    (fault,) = api.found_wrong()
    assert fault.startswith("POST /repos/acme/ml/git/nothing: no operation")


@pytest.mark.parametrize(
    ("query", "variables", "fault"),
    [
        ("query { viewer { login name } }", {}, "Cannot query field 'name' on type 'User'"),
        ("query { viewer { login }", {}, "Syntax Error"),
        ("query { viewer { login } }", {"login": "ada"}, "$login is not defined"),
        (COMMIT, {"input": {"expectedHeadOid": 7, "branch": {}, "message": {}}}, "headline"),
    ],
)
def test_a_query_that_github_does_not_publish_fails_the_test_that_sends_it(
    host: Host, query: str, variables: dict[str, object], fault: str
) -> None:
    api = FakeGitHub(host.bare)
    api.faults = ["no"]
    with contextlib.suppress(GitHubError):
        GitHub.of(api.variables, remote=None).graphql(query, variables)
    with pytest.raises(AssertionError, match=re.escape(fault)):
        api.close()
