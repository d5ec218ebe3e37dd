"""Explanations of rules and keys."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.core.catalogue import CATALOGUE
from reconciler.core.reference import Key
from reconciler.core.schema import DURATION
from reconciler.render.explain import form, key_text, rule_text
from reconciler.render.theme import Theme

TEXT = {"type": "string"}
CHANNEL = {"type": "object", "properties": {"job": TEXT}}


@pytest.mark.parametrize("code", sorted(CATALOGUE))
def test_every_rule_can_be_explained(code: str) -> None:
    """Number, reason and cure."""
    rule = CATALOGUE[code]
    text = rule_text(rule, Theme())
    assert text.startswith(f"{code}: {rule.title}\n")
    assert rule.why in text and rule.cure in text


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        (DURATION, "a number with its unit, such as 90s"),
        ({"type": "string", "enum": ["File", "Pipe"]}, "one of File, Pipe"),
        ({"const": "v1"}, "v1"),
        ({"type": "object", "additionalProperties": CHANNEL}, "a map by name; each a map with job"),
        ({"type": "object", "additionalProperties": True}, "a map of any values"),
        ({"type": "object", "properties": {}}, "an empty map: {}"),
        ({"type": "array", "items": TEXT}, "a list; each text"),
        ({"anyOf": [{"type": "string"}, {"type": "integer"}]}, "text or a whole number"),
        ({"anyOf": [TEXT, {"type": "array", "items": TEXT}]}, "text; or a list; each text"),
        ({"type": "integer", "minimum": 1, "maximum": 30}, "a whole number from 1 to 30"),
        ({"type": "number", "minimum": 0}, "a number from 0"),
        ({"type": "boolean"}, "true or false"),
        ({}, "any value"),
    ],
)
def test_a_value_is_told_in_words(schema: dict[str, Any], words: str) -> None:
    """In words of the document, not of Python or JSON."""
    assert form(schema, names_keys=True) == words


def test_a_key_tells_its_meaning_default_example_and_members() -> None:
    """As far as there are any."""
    mode = Key("mode", "How data come.", {"type": "string", "enum": ["File", "Pipe"]})
    assert key_text("Job", mode, ("Mode", "Way"), Theme()) == (
        "Job mode\n"
        "  How data come.\n"
        "  value    one of File, Pipe\n"
        "  example  mode: File\n"
        "  AWS      Mode, Way\n"
    )
    spot = Key("spot", "", {"type": "boolean", "default": False})
    assert "  default  false\n" in key_text("Job", spot, (), Theme())
    assert key_text("Job", Key("job", "", TEXT), (), Theme()) == "Job job\n  value    text\n"


@pytest.mark.parametrize(
    ("path", "example"),
    [
        ("on", "on: true"),
        ("a.on", "a: {on: true}"),
        ("a.NAME.on", "a: {NAME: {on: true}}"),
        ("a[].on", "a: [{on: true}]"),
        ("a.b[]", "a: {b: [true]}"),
        ("a[].b.on", "a: [{b: {on: true}}]"),
    ],
)
def test_an_example_is_one_line_of_yaml(path: str, example: str) -> None:
    """From the root of the document."""
    text = key_text("Job", Key(path, "", {"type": "boolean"}), (), Theme())
    assert f"  example  {example}\n" in text
    assert ("a name of your own" in text) == ("NAME" in path)
