"""GitHub as the workflows meet it: pull requests, comments, issues, statuses.

It keeps what it is told and answers with GitHub's own members, pages and refusals, over a bare
repository. What is not known of a thing is as `published.completed` makes it.
"""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.adapters.fake_github import BOT, Failure, FakeGitHub
from tests.github.events import pull_request_event, reconcile_event

LONGEST = 65_536
"""Characters of a comment or an issue; GitHub's schema has no limit for it."""

LONGEST_DESCRIPTION = 140
"""Characters of a status's description; GitHub's schema has no limit for it either."""


class FakeHost(FakeGitHub):
    """`tokens` says whose token is whose; the one of GITHUB_TOKEN is there from the start."""

    def __init__(self, bare: Path) -> None:
        super().__init__(bare)
        self.tokens = {self.token: BOT}
        self.pulls: dict[int, dict[str, Any]] = {}
        self.reviews: dict[int, list[dict[str, Any]]] = {}
        self.comments: list[dict[str, Any]] = []
        self.issues: list[dict[str, Any]] = []
        self.statuses: list[dict[str, Any]] = []
        self.rules: dict[str, list[str]] = {}
        self.bypass: set[str] = set()
        self.calls: list[str] = []

    def login_of(self, headers: Mapping[str, str]) -> str:
        self.seen.append(headers)
        login = self.tokens.get(headers.get("Authorization", "").removeprefix("Bearer "))
        if login is None:
            raise Failure(401, "Bad credentials")
        self.login = login
        return login

    def answer(self, path: str, headers: Mapping[str, str], body: Mapping[str, Any]) -> Any:
        login = self.login_of(headers)
        if path == "/graphql" and "createCommitOnBranch" in body["query"]:
            branch = body["variables"]["input"]["branch"]["branchName"]
            if self.rules.get(branch) and login not in self.bypass:
                self.faults.append("Repository rule violations found")
        self.calls.append(f"POST {path}")
        what = path.removeprefix("/repos/acme/ml/")
        if found := re.fullmatch(r"issues/(\d+)/comments", what):
            return self._written(self.comments, login, body, issue=int(found[1]))
        if what == "issues":
            number = 1000 + len(self.issues)
            return self._written(
                self.issues, login, body, number=number, title=body["title"], state="open"
            )
        if found := re.fullmatch(r"statuses/([0-9a-f]{40})", what):
            if len(body["description"]) > LONGEST_DESCRIPTION:
                raise Failure(422, "description is too long (maximum is 140 characters)")
            self.statuses.append({**body, "sha": found[1], "created_at": _now()})
            return self.statuses[-1]
        return super().answer(path, headers, body)

    def change(self, path: str, headers: Mapping[str, str], body: Mapping[str, Any]) -> Any:
        self.login_of(headers)
        self.calls.append(f"PATCH {path}")
        what = path.removeprefix("/repos/acme/ml/")
        rows, key = (self.comments, "id") if "comments/" in what else (self.issues, "number")
        row = next(row for row in rows if row[key] == int(what.rpartition("/")[2]))
        _check(body)
        row.update(body)
        return row

    def look(self, path: str, headers: Mapping[str, str]) -> Any:
        self.login_of(headers)
        parts = urllib.parse.urlsplit(path)
        query = dict(urllib.parse.parse_qsl(parts.query))
        what = urllib.parse.unquote(parts.path).removeprefix("/repos/acme/ml").strip("/")
        rows = self._rows(what, query)
        if not isinstance(rows, list):
            return rows
        # More than a hundred are not refused but not given either.
        size, page = min(int(query.get("per_page", 30)), 100), int(query.get("page", 1))
        return rows[(page - 1) * size : page * size]

    def _rows(self, what: str, query: Mapping[str, str]) -> Any:
        if what == "":
            return {"full_name": "acme/ml", "default_branch": "main"}
        routes: list[tuple[str, Callable[[str], Any]]] = [
            (r"issues/comments", lambda _: self.comments[::-1]),
            (r"issues/comments/(\d+)", lambda n: self._of(self.comments, id=int(n))[0]),
            (r"pulls", lambda _: self._of([*self.pulls.values()], state=query["state"])),
            (r"issues/(\d+)/comments", lambda n: self._of(self.comments, issue=int(n))),
            (r"issues", lambda _: self._of(self.issues, login=query["creator"])[::-1]),
            (r"pulls/(\d+)/reviews", lambda n: self.reviews.get(int(n), [])),
            (r"pulls/(\d+)", lambda n: self._pull(int(n))),
            (r"commits", lambda _: self._commits(query)),
            (r"commits/(\w+)/pulls", self._pulls_of),
            (r"commits/(\w+)/statuses", lambda sha: self._of(self.statuses, sha=sha)[::-1]),
            (r"rules/branches/(.+)", lambda b: [{"type": t} for t in self.rules.get(b, [])]),
        ]
        for pattern, does in routes:
            if found := re.fullmatch(pattern, what):
                return does(found[1] if found.groups() else "")
        raise Failure(404, "Not Found")

    def _of(self, rows: list[dict[str, Any]], **wanted: Any) -> list[dict[str, Any]]:
        login = wanted.pop("login", None)
        return [
            row
            for row in rows
            if all(row[key] == value for key, value in wanted.items())
            and (login is None or row["user"]["login"] == login)
        ]

    def _pull(self, number: int) -> dict[str, Any]:
        if number not in self.pulls:
            raise Failure(404, "Not Found")
        return self.pulls[number]

    def _commits(self, query: Mapping[str, str]) -> list[dict[str, Any]]:
        paths = ["--", query["path"]] if "path" in query else []
        rows = self.git("log", "--format=%H%x00%an%x00%ae", query["sha"], *paths).splitlines()
        return [
            {"sha": sha, "commit": {"author": {"name": name, "email": email}}}
            for sha, name, email in (row.split("\0") for row in rows)
        ]

    def _pulls_of(self, sha: str) -> list[dict[str, Any]]:
        return [p for p in self.pulls.values() if sha in (p["merge_commit_sha"], p["head"]["sha"])]

    def _written(self, rows: list[dict[str, Any]], login: str, body: Mapping[str, Any],
                 **more: Any) -> dict[str, Any]:  # fmt: skip
        _check(body)
        row = {"id": 5000 + len(self.comments) + len(self.issues), **more}
        if "issue" in more:
            row["issue_url"] = f"https://api.github.com/repos/acme/ml/issues/{more['issue']}"
        rows.append({**row, "user": {"login": login}, "body": body["body"]})
        return rows[-1]

    def said_on(self, number: int) -> list[str]:
        """The comments on a pull request."""
        return [row["body"] for row in self.comments if row["issue"] == number]

    def propose(self, number: int, head: str, *, fork: bool = False) -> dict[str, Any]:
        """Open a pull request, or push to it again; the payload of its event. What it would be
        once it is merged is at `refs/pull/…/merge`."""
        action = "synchronize" if number in self.pulls else "opened"
        base = self.git("rev-parse", "main")
        tree = self.git("merge-tree", "--write-tree", base, head)
        self.git("update-ref", f"refs/pull/{number}/head", head)
        merge = self._commit(tree, f"Merge {head} into {base}", [base, head])
        self.git("update-ref", f"refs/pull/{number}/merge", merge)
        return self._now_is(action, number, head, fork=fork)

    def merged(self, number: int, commit: str) -> dict[str, Any]:
        """Note that a pull request was approved and squashed into a commit; its push event."""
        self.reviews[number] = [
            {"user": {"login": "grace"}, "state": "CHANGES_REQUESTED"},
            {"user": {"login": "grace"}, "state": "APPROVED"},
            {"user": {"login": "linus"}, "state": "APPROVED"},
            {"user": {"login": "linus"}, "state": "DISMISSED"},
        ]
        self._now_is(
            "closed",
            number,
            self.pulls[number]["head"]["sha"],
            merged=True,
            merged_at=_now(),
            merge_commit_sha=commit,
            merged_by={"login": "grace"},
        )
        return reconcile_event("push", commit)

    def _now_is(self, action: str, number: int, head: str, **more: Any) -> dict[str, Any]:
        """Keep a pull request as an event has it; the event."""
        sent = pull_request_event(
            action,
            number,
            head=head,
            branch=f"change-{number}",
            base=self.git("rev-parse", "main"),
            title="$(touch hacked) `touch hacked` ${{ github.token }} @acme/everyone",
            user={"login": "ada"},
            **more,
        )
        self.pulls[number] = sent["pull_request"]
        return sent


def _check(body: Mapping[str, Any]) -> None:
    if len(body.get("body") or "") > LONGEST:
        raise Failure(422, "body is too long (maximum is 65536 characters)")


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
