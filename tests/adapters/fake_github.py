"""GitHub's API over a bare repository: what the store needs of it, and its ways to fail.

Every request, and every answer of its own, is held against what GitHub publishes: `close` raises
when one is not as it should be.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import tempfile
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.github.published import answer_faults, completed, request_faults, success
from tests.github.published_graphql import graphql_answer_faults, graphql_request_faults

BOT = "github-actions[bot]"
BOT_ADDRESS = "41898282+github-actions[bot]@users.noreply.github.com"


class FakeGitHub:
    """Answers on a port of this computer; `faults` are used up one after the other.

    A fault is `lost` (done, but the answer is a 502), `down` (not done, 503), `cut` (done, and
    the connection ends), or the message of an error.
    """

    def __init__(self, bare: Path, *, login: str = BOT, token: str = "ghs_t0k3n") -> None:
        self.bare = bare
        self.login = login
        self.token = token
        self.faults: list[str] = []
        self.commits = 0
        self.seen: list[Mapping[str, str]] = []
        self.wrong: list[str] = []
        """What GitHub does not publish, of all that was sent and answered."""
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def variables(self) -> dict[str, str]:
        """What a workflow run would have in its environment."""
        return {
            "GITHUB_TOKEN": self.token,
            "GITHUB_REPOSITORY": "acme/ml",
            "GITHUB_API_URL": self.url,
            "GITHUB_GRAPHQL_URL": f"{self.url}/graphql",
        }

    def close(self) -> None:
        """Raises AssertionError when something was not as GitHub publishes it."""
        self._server.shutdown()
        self._server.server_close()
        if self.wrong:
            raise AssertionError("\n".join(self.wrong))

    def found_wrong(self) -> list[str]:
        """What was not as GitHub publishes it; from here on it is not held against anybody."""
        found, self.wrong = self.wrong, []
        return found

    def serve(
        self, method: str, target: str, headers: Mapping[str, str], body: Any
    ) -> tuple[int, Any]:
        """Status and answer of a request to a path with its query, both judged."""
        if target == "/graphql":
            faults = graphql_request_faults(body)
            self.wrong += faults
            status, answer = self._outcome(lambda: self.answer(target, headers, body))
            if status == 200 and not faults:
                self.wrong += graphql_answer_faults(body, answer)
            return status, answer
        does = {
            "GET": lambda: self.look(target, headers),
            "PATCH": lambda: self.change(target, headers, body),
            "POST": lambda: self.answer(target, headers, body),
        }
        sent = () if method == "GET" else (body,)
        self.wrong += request_faults(method, target, *sent)
        status, answer = self._outcome(does[method])
        if status == 200:
            status, answer = success(method, target), completed(method, target, answer)
        self.wrong += answer_faults(method, target, status, answer)
        return status, answer

    def _outcome(self, does: Callable[[], Any]) -> tuple[int, Any]:
        try:
            return 200, does()
        except Failure as failure:
            about = "https://docs.github.com/rest"
            return failure.status, {"message": str(failure), "documentation_url": about}

    def git(self, *arguments: str, stdin: bytes = b"", index: str | None = None) -> str:
        people = {
            "GIT_AUTHOR_NAME": self.login,
            "GIT_AUTHOR_EMAIL": BOT_ADDRESS,
            "GIT_COMMITTER_NAME": "GitHub",
            "GIT_COMMITTER_EMAIL": "noreply@github.com",
        }
        done = subprocess.run(
            ["git", "-C", self.bare, *arguments],
            input=stdin,
            capture_output=True,
            check=False,
            env=os.environ | people | ({"GIT_INDEX_FILE": index} if index else {}),
        )
        if done.returncode != 0:
            raise Failure(422, done.stderr.decode())
        return done.stdout.decode().strip()

    def answer(self, path: str, headers: Mapping[str, str], body: Mapping[str, Any]) -> Any:
        """Do what a request asks. Raises Failure."""
        self.login_of(headers)
        if path == "/graphql":
            return self._graphql(body)
        if self.faults:
            raise Failure(403, self.faults.pop(0))
        what = path.removeprefix("/repos/acme/ml/git/")
        with self._lock:
            if what == "trees":
                return {"sha": self._tree(None, [(r["path"], r["content"]) for r in body["tree"]])}
            if what == "commits":
                return {"sha": self._commit(body["tree"], body["message"], body["parents"])}
            if what == "refs":
                return self._new_ref(body["ref"], body["sha"])
        raise Failure(404, "Not Found")

    def look(self, path: str, headers: Mapping[str, str]) -> Any:
        """What a GET gives: here nothing. Raises Failure."""
        raise Failure(404, "Not Found")

    def change(self, path: str, headers: Mapping[str, str], body: Mapping[str, Any]) -> Any:
        """Do what a PATCH asks: here nothing. Raises Failure."""
        raise Failure(404, "Not Found")

    def login_of(self, headers: Mapping[str, str]) -> str:
        """Whose token a request carries. Raises Failure for one that is not known."""
        self.seen.append(headers)
        if headers.get("Authorization") != f"Bearer {self.token}":
            raise Failure(401, "Bad credentials")
        return self.login

    def _graphql(self, body: Mapping[str, Any]) -> Any:
        if "viewer" in body["query"]:
            return {"data": {"viewer": {"login": self.login}}}
        fault = self.faults.pop(0) if self.faults else ""
        if fault == "down":
            raise Failure(503, "Service Unavailable")
        if fault not in ("", "lost", "cut"):
            return {"data": {"createCommitOnBranch": None}, "errors": [{"message": fault}]}
        wanted = body["variables"]["input"]
        with self._lock:
            answer = self._create(wanted)
        if fault == "lost":
            raise Failure(502, "Bad Gateway")
        if fault == "cut":
            raise ConnectionError
        return answer

    def _create(self, wanted: Mapping[str, Any]) -> Any:
        assert wanted["branch"]["repositoryNameWithOwner"] == "acme/ml"
        ref = f"refs/heads/{wanted['branch']['branchName']}"
        head = wanted["expectedHeadOid"]
        if self.git("rev-parse", ref) != head:
            message = f'Expected branch to point to "{head}" but it did not.  Pull and try again.'
            error = {"type": "STALE_DATA", "path": ["createCommitOnBranch"], "message": message}
            return {"data": {"createCommitOnBranch": None}, "errors": [error]}
        changes = wanted["fileChanges"]
        rows = [(a["path"], base64.b64decode(a["contents"]).decode()) for a in changes["additions"]]
        tree = self._tree(head, rows, [d["path"] for d in changes["deletions"]])
        message = f"{wanted['message']['headline']}\n\n{wanted['message']['body']}"
        commit = self._commit(tree, message, [head])
        self.git("update-ref", ref, commit, head)
        return {"data": {"createCommitOnBranch": {"commit": {"oid": commit}}}}

    def _tree(
        self, base: str | None, rows: list[tuple[str, str]], removed: list[str] | None = None
    ) -> str:
        with tempfile.TemporaryDirectory() as folder:
            index = os.path.join(folder, "index")
            self.git("read-tree", *([base] if base else ["--empty"]), index=index)
            for path, text in rows:
                blob = self.git("hash-object", "-w", "--stdin", stdin=text.encode())
                entry = f"100644,{blob},{path}"
                self.git("update-index", "--add", "--cacheinfo", entry, index=index)
            for path in removed or []:
                self.git("rm", "-q", "--cached", "--", path, index=index)
            return self.git("write-tree", index=index)

    def _commit(self, tree: str, message: str, parents: list[str]) -> str:
        self.commits += 1
        flags = [word for parent in parents for word in ("-p", parent)]
        return self.git("commit-tree", tree, *flags, "-F", "-", stdin=message.encode())

    def _new_ref(self, ref: str, commit: str) -> Any:
        try:
            self.git("update-ref", ref, commit, "0" * 40)
        except Failure:
            raise Failure(422, "Reference already exists") from None
        return {"ref": ref, "object": {"type": "commit", "sha": commit}}


class Failure(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def _handler(github: FakeGitHub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._serve(None)

        def do_PATCH(self) -> None:
            self._serve(self._body())

        def do_POST(self) -> None:
            self._serve(self._body())

        def _body(self) -> Any:
            return json.loads(self.rfile.read(int(self.headers["Content-Length"])))

        def _serve(self, body: Any) -> None:
            try:
                status, answer = github.serve(
                    self.command, self.path, dict(self.headers.items()), body
                )
            except ConnectionError:
                self.close_connection = True
                return
            content = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            return

    return Handler
