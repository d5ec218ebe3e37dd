"""GitHub's API over the standard library: one place that sends, and understands what comes back.

The token goes out in one header and nowhere else: not into a message, and not along with a
redirect to another host.
"""

from __future__ import annotations

import base64
import http.client
import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.errors import NoCredentials, ReconcilerError

_TIMEOUT = 30.0
_LARGEST = 16 * 2**20
"""Bytes of an answer; none that is asked for here comes near it."""

_PAGE = 100
"""Entries of a page; the most that GitHub gives ("Using pagination in the REST API")."""

_NOT_NOW = frozenset({408, 429, 500, 502, 503, 504})


class GitHubError(ReconcilerError):
    """GitHub did not do what was asked. `str()` holds GitHub's words: treat them as hostile."""

    def __init__(self, message: str, *, type: str = "") -> None:
        super().__init__(message)
        self.type = type
        """GraphQL's type (`STALE_DATA`), or the HTTP status as text."""


class GitHubUnanswered(GitHubError):
    """No answer came, or one that says not now: only a look can tell whether it was done."""


@dataclass(frozen=True, slots=True)
class GitHub:
    """One repository on GitHub, or on a GitHub Enterprise Server.

    A path goes out as it is: who puts a name that people chose into one quotes it.
    """

    repository: str
    """`owner/name`."""
    token: str = field(repr=False)
    rest_url: str
    graphql_url: str

    @classmethod
    def of(cls, variables: Mapping[str, str], *, remote: str | None) -> GitHub:
        """As GitHub Actions tells it: GITHUB_TOKEN (or GH_TOKEN), GITHUB_REPOSITORY,
        GITHUB_API_URL and GITHUB_GRAPHQL_URL. `remote` (`host/owner/name`) names the repository
        where it is known, so that what is read and what is written are one.

        Raises NoCredentials without a token, ReconcilerError without a repository.
        """
        token = variables.get("GITHUB_TOKEN") or variables.get("GH_TOKEN") or ""
        if not token.strip():
            raise NoCredentials(
                "there is no token for GitHub", advice="set GITHUB_TOKEN, or use --push git"
            )
        named = remote.partition("/")[2] if remote else variables.get("GITHUB_REPOSITORY", "")
        if len(named.split("/")) != 2 or not all(named.split("/")):
            raise ReconcilerError(
                "which repository on GitHub is this?",
                advice="set GITHUB_REPOSITORY to OWNER/NAME, or use --push git",
            )
        rest = (variables.get("GITHUB_API_URL") or "https://api.github.com").rstrip("/")
        graphql = variables.get("GITHUB_GRAPHQL_URL") or f"{rest.removesuffix('/v3')}/graphql"
        return cls(named, token.strip(), _safe(rest), _safe(graphql))

    def login(self, url: str) -> tuple[str, str]:
        """The setting by which git logs in with the token at the host of an https address."""
        parts = urllib.parse.urlsplit(url)
        words = base64.b64encode(f"x-access-token:{self.token}".encode()).decode()
        return f"http.https://{parts.netloc}/.extraheader", f"AUTHORIZATION: basic {words}"

    def graphql(self, query: str, variables: Mapping[str, Any]) -> Mapping[str, Any]:
        """`data` of the answer to a query. Raises GitHubError for the first error in it."""
        body = {"query": query, "variables": variables}
        answer = _object(self._send("POST", self.graphql_url, body))
        errors = answer.get("errors")
        if errors:
            first = errors[0] if isinstance(errors[0], Mapping) else {}
            kind = str(first.get("type", ""))
            message = str(first.get("message", "no reason given"))
            wrong = GitHubUnanswered if _not_now(message) else GitHubError
            raise wrong(f"GitHub: {message}", type=kind)
        data = answer.get("data")
        return data if isinstance(data, Mapping) else {}

    def viewer(self) -> str:
        """Login of whoever the token belongs to: `…[bot]` for an App. Raises GitHubError."""
        viewer = self.graphql("query { viewer { login } }", {}).get("viewer") or {}
        return str(viewer.get("login", ""))

    def post(self, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Create something below the repository, such as `git/refs`. Raises GitHubError."""
        return _object(self._send("POST", self._address(path), body))

    def patch(self, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Change something below the repository, such as `issues/7`. Raises GitHubError."""
        return _object(self._send("PATCH", self._address(path), body))

    def get(self, path: str) -> Mapping[str, Any]:
        """Something below the repository; `""` is the repository itself. Raises GitHubError."""
        return _object(self._send("GET", self._address(path)))

    def listed(
        self, path: str, /, *, most: int = 1000, **query: str
    ) -> Iterator[Mapping[str, Any]]:
        """The first `most` entries of a list below the repository, fetched page by page.

        Raises GitHubError.
        """
        size = min(most, _PAGE)
        for number in range(1, 1 + -(-most // size)):
            words = urllib.parse.urlencode({**query, "per_page": size, "page": number})
            page = self._send("GET", f"{self._address(path)}?{words}")
            if not isinstance(page, list):
                raise GitHubUnanswered("GitHub did not answer: a list was expected")
            yield from (_object(entry) for entry in page)
            if len(page) < size:
                return

    def _address(self, path: str) -> str:
        repository = urllib.parse.quote(self.repository)
        return f"{self.rest_url}/repos/{repository}/{path}".rstrip("/")

    def _send(self, method: str, url: str, body: Mapping[str, Any] | None = None) -> Any:
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, content, method=method)
        request.add_header("Accept", "application/vnd.github+json")
        request.add_header("Content-Type", "application/json")
        request.add_header("User-Agent", "sagemaker-gitops")
        request.add_header("X-GitHub-Api-Version", "2022-11-28")
        request.add_unredirected_header("Authorization", f"Bearer {self.token}")
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT) as response:
                return json.loads(response.read(_LARGEST))
        except urllib.error.HTTPError as error:
            raise _http_error(error) from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            reason = getattr(error, "reason", None) or error
            raise GitHubUnanswered(f"GitHub did not answer: {reason}") from None


def _safe(url: str) -> str:
    """An address that a token may go to: over TLS, or on this computer."""
    parts = urllib.parse.urlsplit(url.rstrip("/"))
    if parts.scheme == "https" or parts.hostname in ("127.0.0.1", "::1", "localhost"):
        return url.rstrip("/")
    raise ReconcilerError(f"{parts.netloc or url} is not reached over https; no token goes there")


def _object(answer: object) -> Mapping[str, Any]:
    if not isinstance(answer, Mapping):
        raise GitHubUnanswered("GitHub did not answer: an object was expected")
    return answer


def _not_now(message: str) -> bool:
    """Whether GitHub's words speak of its own state, not of what was asked."""
    words = message.lower()
    return "rate limit" in words or words.startswith("something went wrong while executing")


def _http_error(error: urllib.error.HTTPError) -> GitHubError:
    try:
        message = str(json.loads(error.read(_LARGEST))["message"])
    except (OSError, http.client.HTTPException, ValueError, TypeError, KeyError):
        message = ""
    words = f"GitHub: {error.code} {message or error.reason}"
    if error.code in _NOT_NOW or _not_now(message):
        return GitHubUnanswered(words, type=str(error.code))
    return GitHubError(words, type=str(error.code))
