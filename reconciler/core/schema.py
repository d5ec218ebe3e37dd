"""Schema: the JSON Schema that editors use, made from the models of documents.

Draft 07, since yaml-language-server reads that. `null` is allowed wherever a layer may remove what
it inherits, as a second type and not as an alternative, so that an editor points at the one slip.
Only the header is required: a value may be inherited, and `validate` asks for what is missing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

from reconciler.core.environment import Environment
from reconciler.core.header import API_VERSION
from reconciler.core.kind import Kind
from reconciler.core.merge import ShortForm
from reconciler.core.units import parse_duration, parse_size

HEADER = ("apiVersion", "kind")
RESOURCE_ONLY = ("version", "run", "runtime")
"""Keys besides `name` that only a resource's own document may say."""

DURATION: JsonSchemaValue = {
    "type": "string",
    "pattern": "^([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?$",
    "minLength": 2,
    "patternErrorMessage": "a duration is whole days, hours, minutes, seconds: 3d, 6h, 1h30m, 90s",
    "examples": ["90s", "30m", "6h", "3d"],
}
"""Schema of a duration, for every model that has one."""

SIZE: JsonSchemaValue = {
    "type": "string",
    "pattern": "^[0-9]+(GB|TB)$",
    "patternErrorMessage": "a size is a whole number of GB or TB: 30GB, 1TB",
    "examples": ["30GB", "500GB", "1TB"],
}
"""Schema of a size, for every model that has one."""

_REFERENCE = "#/definitions/"
_READ_FROM_TEXT: Mapping[Any, JsonSchemaValue] = {parse_duration: DURATION, parse_size: SIZE}
"""Validators that read a number from text; a document holds the text."""


def schema_text(kinds: Mapping[str, Kind]) -> str:
    """Give the schema of all documents as JSON text, with a newline at the end."""
    return json.dumps(schema(kinds), indent=1, ensure_ascii=False) + "\n"


def schema(kinds: Mapping[str, Kind]) -> dict[str, Any]:
    """Give the schema of all documents; the header's `kind` decides which part applies."""
    models: list[tuple[Any, Literal["validation", "serialization"]]] = [(Environment, "validation")]
    models += [(kind.spec, "validation") for kind in kinds.values()]
    _, generated = models_json_schema(
        models, ref_template=_REFERENCE + "{model}", schema_generator=_Generator
    )
    definitions = generated["$defs"]
    documents = {"Environment": _document(definitions.pop("Environment"))}
    for name, kind in kinds.items():
        own = definitions.pop(kind.spec.__name__)
        for form in kind.merge_rules.short_forms:
            _allow_short_form(own, definitions, form)
        if not kind.paid_runs:
            own["properties"].pop("version")  # what only follows its document has none (E241)
        documents |= _resource(name, own)
    documents |= _shared(kinds, documents)
    names = ["Environment", "Runtime", "Defaults", *kinds]
    whole = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "description": "A document of a sagemaker-gitops repository.",
        "type": "object",
        "required": list(HEADER),
        "properties": {
            "apiVersion": {"const": API_VERSION, "description": "Version of the format."},
            "kind": {"enum": names, "description": "What the document describes."},
        },
        "allOf": [_when(name) for name in names],
        "definitions": documents | definitions,
    }
    return {key: _on_one_line(value) for key, value in whole.items()}


class _Generator(GenerateJsonSchema):
    """pydantic's schema with `null` as a second type, without titles and defaults of maps."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        made = super().model_schema(schema)
        made.pop("title", None)
        return _or_null(made)

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        made = super().default_schema(schema)
        if made.get("default") is None or isinstance(made["default"], dict):
            made.pop("default", None)
        return made

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return _or_null(self.generate_inner(schema["schema"]))

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        made = super().dict_schema(schema)
        items = made.get("additionalProperties")
        return made | {"additionalProperties": _or_null(items)} if isinstance(items, dict) else made

    def function_before_schema(
        self, schema: core_schema.BeforeValidatorFunctionSchema
    ) -> JsonSchemaValue:
        known = _READ_FROM_TEXT.get(schema["function"]["function"])
        return dict(known) if known else super().function_before_schema(schema)


def _or_null(made: JsonSchemaValue) -> JsonSchemaValue:
    """The schema with null allowed; a definition that is referred to allows it by itself."""
    if "const" in made:
        made = {key: value for key, value in made.items() if key != "const"} | {
            "enum": [made["const"]]
        }
    if "enum" in made and None not in made["enum"]:
        made = made | {"enum": [*made["enum"], None]}
    if "anyOf" in made:
        return made | {"anyOf": [*made["anyOf"], {"type": "null"}]}
    if isinstance(made.get("type"), str):
        return made | {"type": [made["type"], "null"]}
    return made


def _on_one_line(part: Any) -> Any:
    """Descriptions without the line breaks that docstrings have."""
    if isinstance(part, dict):
        return {
            key: " ".join(value.split())
            if key == "description" and isinstance(value, str)
            else _on_one_line(value)
            for key, value in part.items()
        }
    return [_on_one_line(item) for item in part] if isinstance(part, list) else part


def _document(own: JsonSchemaValue) -> JsonSchemaValue:
    """One kind of document: its model's keys, and those of the header, checked at the root."""
    header: JsonSchemaValue = {key: {} for key in HEADER}
    return own | {"type": "object", "properties": header | own["properties"]}


def _resource(kind: str, own: JsonSchemaValue) -> dict[str, JsonSchemaValue]:
    """The document of a resource, and the blocks that change it in one environment."""
    override = f"{kind}Override"
    document = _document(own)
    document["properties"]["environments"] = _environments(
        override, "Environments that it belongs to: names, or what differs in each."
    )
    keys = [key for key in own["properties"] if key != "name"]
    return {kind: document, override: _picked({key: [kind] for key in keys})}


def _shared(
    kinds: Mapping[str, Kind], documents: Mapping[str, JsonSchemaValue]
) -> dict[str, JsonSchemaValue]:
    """Defaults and runtimes: keys of any kind of resource that can be inherited."""
    owners: dict[str, list[str]] = {}
    for name in kinds:
        for key in documents[name]["properties"]:
            if key not in (*HEADER, *RESOURCE_ONLY, "name", "environments"):
                owners.setdefault(key, []).append(name)
    override = _picked(owners)
    environments = _environments("SharedOverride", "What differs in each environment.")
    made = {"SharedOverride": override}
    for kind in ("Defaults", "Runtime"):
        own = _document(override)
        own["properties"]["environments"] = environments
        made[kind] = own
    made["Runtime"]["properties"]["name"] = {
        "type": "string",
        "pattern": "^[a-z0-9](-?[a-z0-9])*$",
        "description": "Name of the runtime, as `runtime:` in documents says it.",
    }
    return made


def _picked(owners: Mapping[str, list[str]]) -> JsonSchemaValue:
    """An object with keys of documents; a key of several kinds may be as any of them has it."""
    properties = {}
    for key, names in owners.items():
        options = [{"$ref": f"{_REFERENCE}{name}/properties/{key}"} for name in names]
        properties[key] = options[0] if len(options) == 1 else {"anyOf": options}
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _environments(override: str, description: str) -> JsonSchemaValue:
    names = {"type": "array", "items": {"type": "string"}, "minItems": 1, "uniqueItems": True}
    blocks = {"type": "object", "additionalProperties": {"$ref": _REFERENCE + override}}
    if override == "SharedOverride":
        return blocks | {"description": description}
    return {"anyOf": [blocks, names], "description": description}


def _allow_short_form(
    own: JsonSchemaValue, definitions: Mapping[str, JsonSchemaValue], form: ShortForm
) -> None:
    """Allow a text in place of the items of a map: `inputs: {train: s3://…}`."""
    items = own["properties"][form.where[0]]
    reference = items["additionalProperties"]["$ref"]
    text = definitions[reference.removeprefix(_REFERENCE)]["properties"][form.key]
    items["additionalProperties"] = {"anyOf": [{"$ref": reference}, text]}


def _when(kind: str) -> JsonSchemaValue:
    return {
        "if": {"properties": {"kind": {"const": kind}}, "required": ["kind"]},
        "then": {"$ref": _REFERENCE + kind},
    }
