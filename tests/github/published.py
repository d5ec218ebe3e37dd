"""What GitHub publishes of its REST API, as the judge of requests and of answers.

`schemas/rest.json` is an extract that `tools/github_schemas.py` makes. GitHub takes members that
it does not list and ignores them, so sending one is a mistake: here it is a fault, as is a member
of an answer that is not listed.
"""

from __future__ import annotations

import json
import re
import urllib.parse
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import best_match

SCHEMAS = Path(__file__).parent / "schemas"
EXTRACT = json.loads((SCHEMAS / "rest.json").read_text("utf-8"))
DEFINITIONS: Mapping[str, Any] = EXTRACT["$defs"]
OPERATIONS: Mapping[str, Any] = EXTRACT["operations"]

ANYWHERE = frozenset({401, 403, 404, 429, 500, 502, 503})
"""What any operation may answer, listed or not ("Troubleshooting the REST API")."""

NOTHING = object()
FORMATS = FormatChecker(formats=())


@FORMATS.checks("date-time", raises=ValueError)
def is_time(value: object) -> bool:
    return not isinstance(value, str) or bool(datetime.fromisoformat(value))


def request_faults(method: str, target: str, body: object = NOTHING) -> list[str]:
    """Say what GitHub does not publish about a request; `target` is its path and query."""
    name, placed = operation_of(method, target)
    if name is None:
        return [f"{method} {target}: no operation of tools/github_schemas.py"]
    parameters = OPERATIONS[name]["parameters"]
    faults = [*_query_faults(target, parameters)]
    for key, text in placed.items():
        faults += _typed_faults(key, text, parameters[key]["schema"])
    if (body is NOTHING) != ("body" not in OPERATIONS[name]):
        faults.append("a body is sent where none is taken, or none where one is")
    elif body is not NOTHING:
        faults += _faults(_validator(name, "body"), body)
    return [f"{name}: {fault}" for fault in faults]


def answer_faults(method: str, target: str, status: int, answer: object) -> list[str]:
    """Say in what an answer is not as GitHub publishes it."""
    name, _ = operation_of(method, target)
    if name is None:
        return []
    if str(status) in OPERATIONS[name]["answers"]:
        faults = _faults(_validator(name, str(status)), answer)
    elif status in ANYWHERE:
        faults = _faults(_validator_of({"$ref": "#/$defs/basic-error"}), answer)
    else:
        faults = ["the status is not listed"]
    return [f"{name}: {status}: {fault}" for fault in faults]


def completed(method: str, target: str, answer: Any) -> Any:
    """An answer with nothing but what GitHub lists, and with as little as it promises: what has
    to be there and was not given is null where it may be."""
    name, _ = operation_of(method, target)
    if name is None:
        return answer
    return _completed(OPERATIONS[name]["answers"][str(success(method, target))], answer)


def success(method: str, target: str) -> int:
    """The status of an answer to what was done."""
    name, _ = operation_of(method, target)
    listed = OPERATIONS[name]["answers"] if name else {"200": None}
    return min(int(status) for status in listed if status.startswith("2"))


def operation_of(method: str, target: str) -> tuple[str | None, dict[str, str]]:
    """Name of an operation, and what stands in the places of its path; None if there is none."""
    path = urllib.parse.urlsplit(target).path
    for name in OPERATIONS:
        verb, _, template = name.partition(" ")
        found = re.fullmatch(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template), path)
        if verb == method and found:
            return name, {k: urllib.parse.unquote(v) for k, v in found.groupdict().items()}
    return None, {}


def _query_faults(target: str, parameters: Mapping[str, Any]) -> Iterator[str]:
    query = urllib.parse.urlsplit(target).query
    for key, text in urllib.parse.parse_qsl(query, keep_blank_values=True):
        if parameters.get(key, {}).get("in") != "query":
            yield f"{key} is no query parameter"
        else:
            yield from _typed_faults(key, text, parameters[key]["schema"])


def _typed_faults(key: str, text: str, schema: Mapping[str, Any]) -> list[str]:
    """Text is a number where one is wanted and it can be read as one."""
    is_number = schema.get("type") == "integer" and re.fullmatch(r"-?\d+", text)
    found = _faults(_validator_of(schema), int(text) if is_number else text)
    return [f"{key}: {fault}" for fault in found]


def _faults(validator: Draft202012Validator, value: object) -> list[str]:
    errors = [best_match([error]) or error for error in validator.iter_errors(value)]
    return [f"{error.json_path}: {error.message[-200:]}" for error in errors]


@cache
def _validator(name: str, part: str) -> Draft202012Validator:
    """Of the body or an answer of an operation."""
    operation = OPERATIONS[name]
    found = operation["body"] if part == "body" else operation["answers"][part]
    return _validator_of({"const": None} if found is None else found)


def _validator_of(schema: Mapping[str, Any]) -> Draft202012Validator:
    whole = {**_closed(schema), "$defs": CLOSED_DEFINITIONS}
    return Draft202012Validator(whole, format_checker=FORMATS)


def _closed(schema: Any, *, is_part: bool = False) -> Any:
    """A schema by which objects have listed members only. A part of `allOf` lists some only, so
    it stays open, and the whole is closed."""
    if not isinstance(schema, Mapping):
        return schema
    if is_part and "$ref" in schema:
        return _closed(_resolved(schema), is_part=True)
    closed = dict(schema)
    for key in {"allOf", "anyOf", "oneOf"} & set(schema):
        closed[key] = [_closed(one, is_part=is_part or key == "allOf") for one in schema[key]]
    for key in {"items", "additionalProperties"} & set(schema):
        closed[key] = _closed(schema[key])
    if "properties" in schema:
        closed["properties"] = {k: _closed(v) for k, v in schema["properties"].items()}
    lists = "properties" in schema or "allOf" in schema
    if lists and not is_part and "additionalProperties" not in schema:
        closed["unevaluatedProperties"] = False
    return closed


def _resolved(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in schema:
        schema = DEFINITIONS[schema["$ref"].rpartition("/")[2]]
    return schema


CLOSED_DEFINITIONS = {name: _closed(schema) for name, schema in DEFINITIONS.items()}


def _completed(schema: Mapping[str, Any], value: Any) -> Any:
    schema = _resolved(schema)
    if "anyOf" in schema or "oneOf" in schema:
        return _completed_as_one_of(schema.get("anyOf") or schema["oneOf"], value)
    if "allOf" in schema:
        parts = [_completed(one, value) for one in schema["allOf"]]
        return {key: one for part in parts for key, one in part.items()}
    if isinstance(value, list):
        return [_completed(schema.get("items", {}), one) for one in value]
    listed, required = schema.get("properties", {}), schema.get("required", ())
    if listed and (value is NOTHING or isinstance(value, dict)):
        given = value if isinstance(value, dict) else {}
        return {
            key: _completed(listed[key], given.get(key, NOTHING))
            for key in listed
            if key in given or key in required
        }
    return _least(schema) if value is NOTHING else value


def _completed_as_one_of(schemas: list[Mapping[str, Any]], value: Any) -> Any:
    """As the first one that it then fits: null, where there is nothing; else as the last."""
    for schema in schemas:
        made = _completed(schema, value)
        if _validator_of(schema).is_valid(made):
            break
    return made


def _least(schema: Mapping[str, Any]) -> Any:
    """The simplest value that a schema without members takes."""
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("format") == "date-time":
        return "2026-01-01T00:00:00Z"
    text = "0" * schema.get("minLength", 0)
    kinds = {"string": text, "integer": 0, "boolean": False, "null": None}
    return {**kinds, "array": [], "object": {}}[schema["type"]]
