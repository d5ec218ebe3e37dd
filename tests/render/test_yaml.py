"""A resolved document as YAML reads back as the same document."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.document import read
from reconciler.core.nodes import MapNode, from_plain, plain
from reconciler.core.scalars import HOSTILE, Float, Integer
from reconciler.errors import Place
from reconciler.render.yaml import hidden, scalar_text, yaml_text

HERE = Place("jobs/a.yaml", 3, 1)


def _node(value: dict[str, Any]) -> MapNode:
    node = from_plain(value, HERE)
    assert isinstance(node, MapNode)
    return node


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("text", "text"),
        ("s3://bucket/key/", "s3://bucket/key/"),
        ("no", '"no"'),
        ("1.0", '"1.0"'),
        ("", '""'),
        ("a: b", '"a: b"'),
        ("# x", '"# x"'),
        ("-c", '"-c"'),
        ("ends:", '"ends:"'),
        (True, "true"),
        (None, "null"),
        (Float(0.0001, "1e-4"), "1e-4"),
        (Integer(7), "7"),
    ],
)
def test_text_is_quoted_exactly_when_it_would_be_something_else(value: Any, shown: str) -> None:
    """Numbers keep the characters they were written with."""
    assert scalar_text(value) == shown


TEXT = st.text(max_size=20).filter(lambda text: not HOSTILE.search(text))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(TEXT, VALUES, max_size=4))
def test_what_is_shown_can_be_copied_into_a_document(value: dict[str, Any]) -> None:
    """The strict reader reads back the same values."""
    value = {f"k{key}": item for key, item in value.items()}
    text = yaml_text(_node(value))
    assert plain(read(text.encode(), "shown.yaml")) == value if value else text == ""


def test_origins_stand_beside_each_value() -> None:
    """File and line, aligned."""
    text = yaml_text(_node({"compute": {"instance_count": 1}, "inputs": ["a"]}), origins=True)
    assert text == (
        "compute:\n"
        "  instance_count: 1  # jobs/a.yaml:3\n"
        "inputs:\n"
        "  - a                # jobs/a.yaml:3\n"
    )


def test_a_comment_never_touches_a_long_value() -> None:
    """Glued to it, it would be part of the value."""
    document = {"command": "a" * 90, "name": "x"}
    text = yaml_text(_node(document), origins=True)
    assert plain(read(text.encode(), "shown.yaml")) == document


def test_values_of_the_environment_are_fingerprints() -> None:
    """Both of `env` and of an override of Environment; nothing else is touched."""
    document = _node(
        {
            "env": {"TOKEN": "s3cr3t"},
            "api_overrides": {"Environment": {"OTHER": "s3cr3t"}, "X": {"env": "kept"}},
            "hyperparameters": {"env": {"a": "kept"}},
        }
    )
    shown = plain(hidden(document))
    assert "s3cr3t" not in str(shown)
    assert shown["env"]["TOKEN"].startswith("sha256:")
    assert shown["hyperparameters"] == {"env": {"a": "kept"}}
    assert shown["api_overrides"]["X"] == {"env": "kept"}
