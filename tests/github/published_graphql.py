"""What GitHub publishes of its GraphQL API, as the judge of requests and of answers.

`schemas/schema.graphql` is an extract that `tools/github_schemas.py` makes.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    build_schema,
    execute_sync,
    get_operation_ast,
    get_variable_values,
    parse,
    validate,
)

from tests.github.published import SCHEMAS

SCHEMA = build_schema((SCHEMAS / "schema.graphql").read_text("utf-8"))


def _as_object_id(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch("[0-9a-f]{40}", value):
        raise GraphQLError(f"{value!r} is no id of a git object")
    return value


def _as_base64(value: Any) -> str:
    try:
        base64.b64decode(value, validate=True)
    except (TypeError, ValueError):
        raise GraphQLError(f"{value!r} is not base64") from None
    return str(value)


# The schema has no more than the names of these two.
for name, reader in (("GitObjectID", _as_object_id), ("Base64String", _as_base64)):
    SCHEMA.type_map[name].coerce_input_value = reader  # type: ignore[attr-defined]


def graphql_request_faults(body: Any) -> list[str]:
    """Say what GitHub does not publish about a request."""
    if not isinstance(body, Mapping) or not {"query"} <= set(body) <= {"query", "variables"}:
        return ["a request is an object with query and variables"]
    try:
        document = parse(body["query"])
    except GraphQLError as error:
        return [str(error)]
    return [str(one) for one in validate(SCHEMA, document)] or _variable_faults(document, body)


def graphql_answer_faults(body: Any, answer: Any) -> list[str]:
    """Say in what the answer to a sound request is not as GitHub publishes it: `data` has to be
    what comes of it when it is read by the request."""
    if not isinstance(answer, Mapping) or not {"data"} <= set(answer) <= {"data", "errors"}:
        return ["an answer is an object with data and errors"]
    errors = answer.get("errors", [])
    faults = [f"{one} has no message" for one in errors if not isinstance(one.get("message"), str)]
    document, variables = parse(body["query"]), body.get("variables")
    read = execute_sync(SCHEMA, document, root_value=answer["data"], variable_values=variables)
    faults += [str(one) for one in read.errors or ()]
    return faults if faults or read.data == answer["data"] else ["more than was selected"]


def _variable_faults(document: DocumentNode, body: Mapping[str, Any]) -> list[str]:
    operation = get_operation_ast(document)
    if operation is None:
        return ["a request has one operation"]
    defined, given = operation.variable_definitions or (), body.get("variables") or {}
    unknown = set(given) - {one.variable.name.value for one in defined}
    found = get_variable_values(SCHEMA, defined, given)
    faults = [f"${name} is not defined" for name in sorted(unknown)]
    return faults + [str(one) for one in found] if isinstance(found, list) else faults
