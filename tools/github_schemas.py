"""Make what `tests/github/` holds of GitHub's published schemas and example payloads.

    python tools/github_schemas.py OPENAPI GRAPHQL WEBHOOKS

The three are archives from npm, got with `npm pack @octokit/openapi @octokit/graphql-schema
@octokit/webhooks-examples`. Single members of them are read, and nothing is unpacked. All three
are MIT, Copyright Octokit contributors and GitHub.
"""

from __future__ import annotations

import argparse
import json
import sys
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from graphql import (
    GraphQLNamedType,
    GraphQLObjectType,
    build_schema,
    get_named_type,
    is_input_object_type,
    is_leaf_type,
    print_type,
    specified_scalar_types,
)

TARGET = Path(__file__).parent.parent / "tests" / "github"

OPERATIONS = (
    "GET /repos/{owner}/{repo}",
    "GET /repos/{owner}/{repo}/commits",
    "GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls",
    "GET /repos/{owner}/{repo}/commits/{ref}/statuses",
    "GET /repos/{owner}/{repo}/issues",
    "GET /repos/{owner}/{repo}/issues/comments",
    "GET /repos/{owner}/{repo}/issues/comments/{comment_id}",
    "GET /repos/{owner}/{repo}/issues/{issue_number}/comments",
    "GET /repos/{owner}/{repo}/pulls",
    "GET /repos/{owner}/{repo}/pulls/{pull_number}",
    "GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews",
    "GET /repos/{owner}/{repo}/rules/branches/{branch}",
    "PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}",
    "PATCH /repos/{owner}/{repo}/issues/{issue_number}",
    "POST /repos/{owner}/{repo}/git/commits",
    "POST /repos/{owner}/{repo}/git/refs",
    "POST /repos/{owner}/{repo}/git/trees",
    "POST /repos/{owner}/{repo}/issues",
    "POST /repos/{owner}/{repo}/issues/{issue_number}/comments",
    "POST /repos/{owner}/{repo}/statuses/{sha}",
    # What `reconciler init --ci github` writes down for others to send.
    "POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches",
    "POST /repos/{owner}/{repo}/rulesets",
)
"""All of GitHub's REST API that the reconciler uses."""

SELECTED = (
    "Commit.oid",
    "CreateCommitOnBranchPayload.commit",
    "Mutation.createCommitOnBranch",
    "Query.viewer",
    "User.login",
)
"""All that the reconciler's GraphQL documents select."""

PAYLOADS = {
    "merge_group": {"action": "checks_requested"},
    "pull_request.closed": {"action": "closed"},
    "pull_request.opened": {"action": "opened"},
    "pull_request.synchronize": {"action": "synchronize"},
    "push": {"ref": "refs/heads/master"},
    "workflow_dispatch": {"ref": "refs/heads/main"},
}
"""Name of each payload, and what tells it from others of its event; the first that fits."""

KEPT = {
    *("type", "enum", "format", "pattern", "required"),
    *("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems"),
    *("minProperties", "maxProperties", "uniqueItems"),
}
"""Keywords of a schema that are copied; words and examples are not."""

BUILT_IN = frozenset(specified_scalar_types)


class Package:
    """An archive of npm."""

    def __init__(self, path: Path) -> None:
        self._path = path
        about = json.loads(self.text("package.json"))
        self.title = f"{about['name']} {about['version']} ({about['license']})"

    def text(self, name: str) -> str:
        """A member, as text. Raises KeyError where there is none."""
        with tarfile.open(self._path) as archive:
            member = archive.extractfile(f"package/{name}")
            assert member is not None
            return member.read().decode()


class Rest:
    """The extract of an OpenAPI 3.0 document, as JSON Schema, while it grows."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self.definitions: dict[str, Any] = {}

    def operation(self, name: str) -> dict[str, Any]:
        """Parameters, body and answers of an operation."""
        method, _, path = name.partition(" ")
        raw = self._document["paths"][path][method.lower()]
        found: dict[str, Any] = {
            "parameters": {
                one["name"]: {
                    "in": one["in"],
                    "required": one.get("required", False),
                    "schema": self.schema(one["schema"]),
                }
                for one in map(self._resolved, raw.get("parameters", ()))
            },
            "answers": {
                status: self._content(self._resolved(one))
                for status, one in raw["responses"].items()
            },
        }
        if "requestBody" in raw:
            found["body"] = self._content(self._resolved(raw["requestBody"]))
        return found

    def schema(self, raw: Any) -> Any:
        """A schema with what checks something, and OpenAPI's `nullable` as JSON Schema says it."""
        if not isinstance(raw, Mapping):
            return raw
        found = {key: value for key, value in raw.items() if key in KEPT}
        for key in {"allOf", "anyOf", "oneOf"} & set(raw):
            found[key] = [self.schema(one) for one in raw[key]]
        for key in {"items", "not", "additionalProperties"} & set(raw):
            found[key] = self.schema(raw[key])
        if "properties" in raw:
            found["properties"] = {k: self.schema(v) for k, v in raw["properties"].items()}
        if "$ref" in raw:
            found = {"$ref": f"#/$defs/{self._define(raw)}"}
        return {"anyOf": [{"type": "null"}, found]} if raw.get("nullable") else found

    def _define(self, raw: Mapping[str, Any]) -> str:
        name = str(raw["$ref"]).rpartition("/")[2]
        if name not in self.definitions:
            self.definitions[name] = {}  # it may refer to itself
            self.definitions[name] = self.schema(self._resolved(raw))
        return name

    def _content(self, raw: Mapping[str, Any]) -> Any:
        """The schema of JSON content; None where there is no content."""
        content = raw.get("content", {}).get("application/json")
        return None if content is None else self.schema(content["schema"])

    def _resolved(self, raw: Mapping[str, Any]) -> Mapping[str, Any]:
        found: Any = raw
        while "$ref" in found:
            found, path = self._document, found["$ref"].removeprefix("#/").split("/")
            for step in path:
                found = found[step]
        return found  # type: ignore[no-any-return]


def rest_text(package: Package) -> str:
    """The extract of the REST API, with a line for each operation and each definition."""
    rest = Rest(json.loads(package.text("generated/api.github.com.json")))
    operations = {name: rest.operation(name) for name in OPERATIONS}
    return "".join(
        (
            f'{{"$comment": "An extract of {package.title}; see LICENSE.",\n',
            f'"$defs": {_lines(rest.definitions)},\n',
            f'"operations": {_lines(operations)}}}\n',
        )
    )


def _lines(rows: Mapping[str, Any]) -> str:
    words = (f"{_compact(key)}: {_compact(rows[key])}" for key in sorted(rows))
    return "{\n" + ",\n".join(words) + "}"


def _compact(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def graphql_text(package: Package) -> str:
    """The types that are selected from, cut to what is selected, and all that is sent, whole."""
    sdl = package.text("schema.graphql")
    schema = build_schema(sdl, assume_valid=True, assume_valid_sdl=True)
    kept: dict[str, GraphQLNamedType] = {}
    for owner in sorted({name.partition(".")[0] for name in SELECTED}):
        fields = schema.type_map[owner].fields  # type: ignore[attr-defined]
        chosen = {name: one for name, one in fields.items() if f"{owner}.{name}" in SELECTED}
        kept[owner] = GraphQLObjectType(owner, chosen)
    waiting = list(kept.values())
    while waiting:
        for found in _sent(waiting.pop()):
            if found.name not in kept:
                kept[found.name] = found
                waiting.append(found)
    text = "\n\n".join(_bare(kept[name]) for name in sorted(kept) if name not in BUILT_IN)
    build_schema(text)  # raises for a type that is missing: something is selected from it
    return f"# An extract of {package.title}; see LICENSE.\n\n{text}\n"


def _sent(kind: GraphQLNamedType) -> Iterator[GraphQLNamedType]:
    """The types that a type's members have, but for those that have to be selected from."""
    for member in getattr(kind, "fields", {}).values():
        for one in (member, *getattr(member, "args", {}).values()):
            named = get_named_type(one.type)
            if is_input_object_type(named) or is_leaf_type(named):
                yield named


def _bare(kind: GraphQLNamedType) -> str:
    """A type's definition without words."""
    members = [*getattr(kind, "fields", {}).values(), *getattr(kind, "values", {}).values()]
    arguments = [one for member in members for one in getattr(member, "args", {}).values()]
    kind.description = None
    for one in (*members, *arguments):
        one.description = one.deprecation_reason = None
    return print_type(kind)


def payload_text(package: Package, name: str) -> str:
    """The first example of an event that is as PAYLOADS says."""
    events = json.loads(package.text("api.github.com/index.json"))
    examples = next(one["examples"] for one in events if one["name"] == name.partition(".")[0])
    wanted = PAYLOADS[name].items()
    found = next(one for one in examples if wanted <= one.items())
    return json.dumps(found, indent=1, ensure_ascii=False) + "\n"


def files(openapi: Package, graphql: Package, webhooks: Package) -> Iterator[tuple[str, str]]:
    """Path and text of each file, below `tests/github/`."""
    yield "schemas/rest.json", rest_text(openapi)
    yield "schemas/schema.graphql", graphql_text(graphql)
    words = f"{openapi.text('LICENSE').strip()}\n\n{graphql.text('LICENSE.md').strip()}\n"
    yield "schemas/LICENSE", words
    yield "payloads/README.md", f"Examples of {webhooks.title}, unchanged.\n"
    for name in PAYLOADS:
        yield f"payloads/{name}.json", payload_text(webhooks, name)


def main() -> int:
    """Write the files."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    for name in ("openapi", "graphql", "webhooks"):
        parser.add_argument(name, type=Path, help=f"the archive of @octokit/{name}…")
    given = parser.parse_args()
    packages = [Package(path) for path in (given.openapi, given.graphql, given.webhooks)]
    for path, text in files(*packages):
        target = TARGET / path
        target.parent.mkdir(exist_ok=True)
        target.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
