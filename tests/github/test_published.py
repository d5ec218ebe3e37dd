"""What is sent to GitHub is what it publishes, and the judge of that finds planted faults."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from reconciler.adapters.github import GitHub, GitHubError
from reconciler.cli.main import cli
from tests.adapters.fake_remote import Host
from tests.github.events import PAYLOADS, event
from tests.github.fake_host import FakeHost
from tests.github.published import (
    OPERATIONS,
    SCHEMAS,
    answer_faults,
    completed,
    request_faults,
    success,
)
from tests.github.published_graphql import graphql_answer_faults, graphql_request_faults

AT = "/repos/acme/ml"
STATUS = {"state": "success", "context": "reconciler/prod", "description": "1 outcome"}
VIEWER = {"query": "query { viewer { login } }", "variables": {}}
COMMIT = """\
mutation($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) { commit { oid } }
}
"""
INPUT = {
    "branch": {"repositoryNameWithOwner": "acme/ml", "branchName": "main"},
    "expectedHeadOid": "a" * 40,
    "message": {"headline": "Record", "body": ""},
    "fileChanges": {"additions": [{"path": "a", "contents": "YQ=="}], "deletions": []},
}


@pytest.mark.parametrize(
    ("method", "target", "body", "fault"),
    [
        ("GET", f"{AT}/issues/7/comment", None, "no operation of"),
        ("GET", f"{AT}/issues/seven/comments", None, "issue_number: $: 'seven' is not of type"),
        ("GET", f"{AT}/rules/branches/team/lock", None, "no operation of"),
        ("DELETE", f"{AT}/issues/7", None, "no operation of"),
        ("GET", f"{AT}/issues?author=ada", None, "author is no query parameter"),
        ("GET", f"{AT}/issues?state=any", None, "state: $: 'any' is not one of"),
        ("GET", f"{AT}/issues?per_page=all", None, "per_page: $: 'all' is not of type 'integer'"),
        ("GET", f"{AT}/issues?issue_number=7", None, "issue_number is no query parameter"),
        ("POST", f"{AT}/statuses/abc", {**STATUS, "state": "failed"}, "$.state: 'failed' is not"),
        ("POST", f"{AT}/statuses/abc", {**STATUS, "url": "x"}, "'url' was unexpected"),
        ("POST", f"{AT}/statuses/abc", {"context": "x"}, "'state' is a required property"),
        ("POST", f"{AT}/statuses/abc", None, "a body is sent where none is taken, or none"),
        ("PATCH", f"{AT}/issues/7", {"state_reason": "done"}, "$.state_reason: 'done' is not"),
        ("PATCH", f"{AT}/issues/comments/7", {"body": None}, "None is not of type 'string'"),
        ("POST", f"{AT}/git/trees", {"tree": [{"mode": "644"}]}, "$.tree[0].mode: '644' is not"),
        ("POST", f"{AT}/git/trees", {"tree": [{"name": "a"}]}, "'name' was unexpected"),
    ],
)
def test_a_request_that_github_does_not_publish_is_found(
    method: str, target: str, body: Any, fault: str
) -> None:
    (found,) = request_faults(method, target, *([] if body is None else [body]))
    assert fault in found


@pytest.mark.parametrize(
    ("target", "status", "answer", "fault"),
    [
        (f"{AT}/pulls/7", 200, {"number": "7"}, "$.number: '7' is not of type 'integer'"),
        (f"{AT}/pulls/7", 200, {"state": "merged"}, "$.state: 'merged' is not one of"),
        (f"{AT}/pulls/7", 200, {"merger": "grace"}, "'merger' was unexpected"),
        (f"{AT}/pulls/7", 200, {"head": {}}, "$.head: 'sha' is a required property"),
        (f"{AT}/pulls/7", 200, {"created_at": "now"}, "$.created_at: 'now' is not a 'date-time'"),
        (f"{AT}/pulls/7", 201, {}, "201: the status is not listed"),
        (f"{AT}/pulls/7", 404, {"error": "Not Found"}, "'error' was unexpected"),
        (f"{AT}/issues", 422, {"message": "no"}, "'documentation_url' is a required property"),
        (f"{AT}/commits", 401, {"message": 401}, "401 is not of type 'string'"),
    ],
)
def test_an_answer_that_github_does_not_publish_is_found(
    target: str, status: int, answer: dict[str, Any], fault: str
) -> None:
    known = completed("GET", target, {}) if status in (200, 201) else {}
    found = answer_faults("GET", target, status, {**known, **answer})
    assert any(fault in one for one in found), found


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_least_that_github_promises_is_sound(name: str) -> None:
    method, _, template = name.partition(" ")
    target = re.sub(r"\{\w+\}", "7", template)
    status = success(method, target)
    is_list = OPERATIONS[name]["answers"][str(status)].get("type") == "array"
    least = completed(method, target, [{}] if is_list else {})
    assert least and answer_faults(method, target, status, least) == []


def test_what_is_not_listed_does_not_reach_who_asked() -> None:
    pull = event("pull_request.opened", pull_request={"approved_by": "ada"})["pull_request"]
    answer = completed("GET", f"{AT}/commits/abc/pulls", [pull])
    assert "approved_by" not in answer[0] and "mergeable" not in answer[0]
    assert answer[0]["head"]["sha"] == pull["head"]["sha"]
    assert answer_faults("GET", f"{AT}/commits/abc/pulls", 200, answer) == []


@pytest.mark.parametrize(
    ("query", "variables", "fault"),
    [
        ("query { viewer { name } }", {}, "Cannot query field 'name' on type 'User'"),
        ("query { viewer }", {}, "must have a selection of subfields"),
        (COMMIT, {}, "'$input'"),
        (COMMIT, {"input": INPUT, "other": 1}, "$other is not defined"),
        (COMMIT, {"input": {**INPUT, "force": True}}, "force"),
        (COMMIT, {"input": {**INPUT, "expectedHeadOid": "main"}}, "expectedHeadOid"),
        (COMMIT, {"input": {**INPUT, "message": "Record"}}, "message"),
        (
            COMMIT,
            {"input": {**INPUT, "fileChanges": {"additions": [{"path": "a", "contents": "é"}]}}},
            "contents",
        ),
    ],
)
def test_a_query_that_github_does_not_publish_is_found(
    query: str, variables: dict[str, Any], fault: str
) -> None:
    assert graphql_request_faults({"query": COMMIT, "variables": {"input": INPUT}}) == []
    (found,) = graphql_request_faults({"query": query, "variables": variables})
    assert fault in found


@pytest.mark.parametrize(
    "answer",
    [
        {"data": {"viewer": {}}},
        {"data": {"viewer": None}},
        {"data": {"viewer": {"login": ["ada"]}}},
        {"data": {"viewer": {"login": "ada", "id": "1"}}},
        {"data": {"viewer": {"login": "ada"}}, "errors": [{"type": "STALE_DATA"}]},
        {"viewer": {"login": "ada"}},
    ],
)
def test_an_answer_has_what_the_query_selects_and_no_more(answer: dict[str, Any]) -> None:
    assert graphql_answer_faults(VIEWER, {"data": {"viewer": {"login": "ada"}}}) == []
    assert graphql_answer_faults(VIEWER, answer) != []


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Host:
    return Host.create(tmp_path_factory.mktemp("published") / "host")


def test_a_request_that_github_does_not_publish_fails_the_test_that_sends_it(host: Host) -> None:
    api = FakeHost(host.bare)
    github = GitHub.of(api.variables, remote=None)
    github.post("issues", {"title": "x", "body": "y", "colour": "red"})
    list(github.listed("issues", creator="ada", sort_by="age"))
    with pytest.raises(AssertionError, match=r"'colour' was unexpected(.|\n)*sort_by is no query"):
        api.close()


def test_the_limits_that_no_schema_has_are_kept_by_hand(host: Host) -> None:
    api = FakeHost(host.bare)
    github = GitHub.of(api.variables, remote=None)
    github.post("issues/7/comments", {"body": "x" * 65_536})
    with pytest.raises(GitHubError, match="422 body is too long"):
        github.post("issues/7/comments", {"body": "x" * 65_537})
    with pytest.raises(GitHubError, match="422 description is too long"):
        github.post(f"statuses/{'a' * 40}", {**STATUS, "description": "x" * 141})
    with pytest.raises(AssertionError, match="422: the status is not listed"):
        api.close()


def test_an_answer_of_the_fake_that_github_would_not_give_fails_the_test(host: Host) -> None:
    api = FakeHost(host.bare)
    api.rules["main"] = ["pull-request"]
    list(GitHub.of(api.variables, remote=None).listed("rules/branches/main"))
    with pytest.raises(AssertionError, match=r"rules/branches/{branch}: 200:"):
        api.close()


def test_what_init_writes_for_others_to_send_is_published(tmp_path: Path) -> None:
    words = ["init", "--ci", "github", "--environment", "prod", "--account", "111122223333"]
    words += [
        "--region",
        "eu-west-1",
        "--bucket",
        "acme-ml",
        "--repository",
        "acme/ml",
        "--owners",
        "@acme/ml",
    ]
    words += ["--action", f"acme/sagemaker-gitops@{'c' * 40}", "--app-id", "4711"]
    done = CliRunner().invoke(cli, ["-C", os.fspath(tmp_path), *words])
    assert done.exit_code == 0, done.output
    infrastructure = tmp_path / "infrastructure"
    ruleset = json.loads((infrastructure / "github/ruleset-main.json").read_text())
    assert request_faults("POST", f"{AT}/rulesets", ruleset) == []
    parts = yaml.safe_load((infrastructure / "aws/prod-events.yaml").read_text())["Resources"]
    address = parts["Destination"]["Properties"]["InvocationEndpoint"]
    body = json.loads(parts["Rule"]["Properties"]["Targets"][0]["Input"])
    target = address.removeprefix("https://api.github.com")
    assert request_faults("POST", target, body) == []
    ruleset["rules"][2]["parameters"]["reviews"] = 1
    assert request_faults("POST", f"{AT}/rulesets", ruleset) != []


def test_the_extracts_name_where_they_come_from() -> None:
    about = json.loads((SCHEMAS / "rest.json").read_text())["$comment"]
    assert re.fullmatch(r"An extract of @octokit/openapi [0-9.]+ \(MIT\); see LICENSE\.", about)
    (first, *_) = (SCHEMAS / "schema.graphql").read_text().splitlines()
    assert re.fullmatch(r"# An extract of @octokit/graphql-schema [0-9.]+ \(MIT\); .*", first)
    assert "@octokit/webhooks-examples" in (PAYLOADS / "README.md").read_text()
