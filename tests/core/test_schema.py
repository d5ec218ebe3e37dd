"""The JSON Schema for editors accepts what the reconciler accepts, and little else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from reconciler.core.schema import schema, schema_text
from reconciler.kinds import KINDS

ROOT = Path(__file__).parents[2]
SPECS = sorted((ROOT / "tests" / "data" / "specs").rglob("*.yaml"))
SCHEMA = schema(KINDS)
HEADER = {"apiVersion": "sagemaker-gitops/v1", "kind": "TrainingJob"}


def errors(document: dict[str, Any]) -> list[str]:
    found = jsonschema.Draft7Validator(SCHEMA).iter_errors(document)
    return [error.message for error in found]


def test_the_schema_is_valid_draft_7() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)


def test_the_committed_schema_is_fresh() -> None:
    committed = (ROOT / "schemas" / "spec.v1.json").read_text(encoding="utf-8")
    assert committed == schema_text(KINDS), "write it: reconciler schema -o schemas/spec.v1.json"


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_the_example_documents_are_accepted(path: Path) -> None:
    assert errors(yaml.safe_load(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "keys",
    [
        {"inputs": {"train": "s3://bucket/key/"}},
        {"environments": ["dev", "prod"]},
        {"environments": {"dev": {}, "prod": {"compute": {"volume_size": None}, "gates": None}}},
        {"environments": {"prod": {"version": 5}}},
        {"env": {"A": None}, "compute": {"instance_type": None}},
        {"hyperparameters": {"a": 1, "b": [1.5, {"c": None}]}},
        {"kind": "Runtime", "name": "gpu", "compute": {"volume_size": "1TB"}},
    ],
)
def test_what_may_be_written_is_accepted(keys: dict[str, Any]) -> None:
    assert errors(HEADER | keys) == []


@pytest.mark.parametrize(
    "keys",
    [
        {"compute": {"instance_typ": "ml.m5.large"}},
        {"compute": {"instance_type": "m5.large"}},
        {"compute": {"volume_size": 30}},
        {"stopping_condition": {"max_runtime": 3600}},
        {"stopping_condition": {"max_runtime": "1 hour"}},
        {"script": {"framework_version": 2.1}},
        {"inputs": {"train": {"input_mode": "Fast"}}},
        {"environments": {"dev": None}},
        {"environments": {"dev": {"computed": {}}}},
        {"environments": []},
        {"kind": "Defaults", "version": 3},
        {"kind": "Defaults", "environments": ["dev"]},
        {"kind": "Trainingjob"},
        {"apiVersion": "v1"},
    ],
)
def test_a_slip_is_one_error(keys: dict[str, Any]) -> None:
    assert len(errors(HEADER | keys)) == 1


def parts(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        node = list(node.values())
    if isinstance(node, list):
        for item in node:
            yield from parts(item)


def test_patterns_stay_in_the_subset_that_every_editor_reads() -> None:
    patterns = [part["pattern"] for part in parts(SCHEMA) if isinstance(part.get("pattern"), str)]
    assert patterns
    for pattern in patterns:
        re.compile(pattern)
        assert not re.search(r"\(\?|\\[dwsDWSbpP]", pattern), pattern


def test_every_key_is_described_and_nothing_has_a_made_up_title() -> None:
    definitions = SCHEMA["definitions"]
    for name in ("TrainingJob", "Compute", "Input", "Script", "Environment"):
        for key, value in definitions[name]["properties"].items():
            target = definitions.get(str(value.get("$ref", "")).rpartition("/")[2], value)
            assert key in HEADER or "description" in value or "description" in target, (name, key)
    assert not any(isinstance(part.get("title"), str) for part in parts(SCHEMA))


def test_only_the_header_and_an_environments_own_keys_are_required() -> None:
    required = {name for name, part in SCHEMA["definitions"].items() if part.get("required")}
    assert SCHEMA["required"] == ["apiVersion", "kind"]
    assert required == {"Environment"}


def test_it_is_one_json_text_with_a_newline_at_the_end() -> None:
    text = schema_text(KINDS)
    assert json.loads(text) == SCHEMA
    assert text.endswith("}\n")
