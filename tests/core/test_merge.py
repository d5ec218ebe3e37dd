"""Merging layers: RFC 7386, and what is added to it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.document import MapNode, from_plain, place_of, plain, read
from reconciler.core.merge import (
    NO_RULES,
    Exclusive,
    MergeRules,
    ShortForm,
    dotted,
    expand,
    merge,
    origins,
)
from reconciler.core.scalars import Integer
from reconciler.errors import Place

RULES = MergeRules(
    exclusive=(
        Exclusive((), frozenset({"script", "container", "builtin", "serverless"})),
        Exclusive(("inputs", "*"), frozenset({"s3_uri", "path", "job"})),
    ),
    short_forms=(ShortForm(("inputs", "*"), "s3_uri"),),
)


def layer(value: dict[str, Any], line: int = 1) -> MapNode:
    node = from_plain(value, Place("x.yaml", line, 1))
    assert isinstance(node, MapNode)
    return node


def layers(*texts: str) -> list[MapNode]:
    return [read(text.encode(), f"{number}.yaml") for number, text in enumerate(texts)]


def merged(*values: dict[str, Any], rules: MergeRules = RULES, body: int | None = -1) -> Any:
    return plain(merge([layer(value) for value in values], rules, body=body))


@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        ({"a": "foo"}, {"a": None}, {}),
        ({"e": 1}, {"a": 1}, {"e": 1, "a": 1}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_the_examples_of_rfc_7386_hold(
    target: dict[str, Any], patch: dict[str, Any], result: dict[str, Any]
) -> None:
    assert merged(target, patch, rules=NO_RULES) == result


def test_a_map_over_a_list_or_a_scalar_starts_from_nothing() -> None:
    assert merged({"a": [1]}, {"a": {"b": 1, "c": None}}) == {"a": {"b": 1}}
    assert merged({"a": {"b": 1}}, {"a": "x"}, {"a": {"c": 2}}) == {"a": {"c": 2}}


def test_what_was_removed_may_be_set_again_and_keeps_nothing_of_before() -> None:
    assert merged({"a": {"b": 1}}, {"a": None}, {"a": {"c": 2}}) == {"a": {"c": 2}}


def test_null_inside_a_list_is_a_value() -> None:
    assert merged({"a": [1]}, {"a": [None]}) == {"a": [None]}


def test_every_value_keeps_the_place_it_came_from() -> None:
    result = merge(
        layers(
            "compute:\n  instance_type: ml.m5.xlarge\n  volume_size: 30GB\ntags: {a: x}\n",
            "compute:\n  volume_size: 100GB\n",
        )
    )
    assert origins(result) == {
        "compute.instance_type": Place("0.yaml", 2, 18, 12),
        "compute.volume_size": Place("1.yaml", 2, 16, 5),
        "tags.a": Place("0.yaml", 4, 11, 1),
    }
    assert place_of(result, ("compute", "volume_size"), key=True) == Place("1.yaml", 2, 3, 11)
    assert place_of(result, ("compute",)).path == "1.yaml"


def test_numbers_keep_their_text_through_a_merge() -> None:
    (eta,) = plain(merge(layers("a: 1\n", "a: 0x1F\n"))).values()
    assert isinstance(eta, Integer)
    assert eta.text == "0x1F"


def test_a_nearer_member_of_an_exclusive_set_removes_the_farther_ones() -> None:
    far = {"script": {"source_dir": "a"}, "env": {"A": "1"}}
    assert merged(far, {"container": {"image": "x"}}) == {
        "container": {"image": "x"},
        "env": {"A": "1"},
    }


def test_the_same_member_merges_and_an_override_of_null_removes_only_itself() -> None:
    far = {"script": {"source_dir": "a"}}
    assert merged(far, {"script": {"entry_script": "b"}}) == {
        "script": {"source_dir": "a", "entry_script": "b"}
    }
    assert merged(far, {"container": None}) == far


def test_a_member_that_returns_starts_anew() -> None:
    assert merged({"script": {"a": 1}}, {"container": {"b": 2}}, {"script": {"c": 3}}) == {
        "script": {"c": 3}
    }


def test_two_members_in_one_layer_both_stay_for_the_rule_that_refuses_them() -> None:
    both = {"script": {"a": 1}, "container": {"b": 1}}
    assert merged({"builtin": {"c": 1}}, both) == both


def test_exclusive_sets_hold_in_each_channel() -> None:
    far = {"inputs": {"train": {"s3_uri": "s3://a", "content_type": "csv"}, "test": "s3://t"}}
    assert merged(far, {"inputs": {"train": {"path": "data"}}}) == {
        "inputs": {
            "train": {"content_type": "csv", "path": "data"},
            "test": {"s3_uri": "s3://t"},
        }
    }


def test_short_forms_are_written_out_before_merging_and_keep_their_place() -> None:
    far = {"inputs": {"train": {"path": "data", "input_mode": "File"}}}
    assert merged(far, {"inputs": {"train": "s3://b"}}) == {
        "inputs": {"train": {"input_mode": "File", "s3_uri": "s3://b"}}
    }
    (node,) = layers("inputs:\n  train: s3://b/\n")
    place = Place("0.yaml", 2, 10, 7)
    assert origins(expand(node, RULES)) == {"inputs.train.s3_uri": place}
    assert place_of(expand(node, RULES), ("inputs", "train", "s3_uri"), key=True) == place


def test_writing_short_forms_out_twice_changes_nothing() -> None:
    node = layer({"inputs": {"train": "s3://b", "odd": 7}, "other": "text"})
    once = expand(node, RULES)
    assert expand(once, RULES) == once
    assert plain(once)["inputs"]["odd"] == 7


def test_null_is_a_value_only_in_the_hyperparameters_of_the_own_body() -> None:
    far = {"hyperparameters": {"a": 1, "b": 2}}
    own = {"hyperparameters": {"a": None}, "env": {"x": None}}
    assert merged(far, own) == {"hyperparameters": {"a": None, "b": 2}, "env": {}}
    assert merged(own, far, body=0) == {"hyperparameters": {"a": 1, "b": 2}, "env": {}}
    assert merged(far, own, {"hyperparameters": {"b": None}}, body=1) == {
        "hyperparameters": {"a": None},
        "env": {},
    }
    assert merged(far, own, body=None) == {"hyperparameters": {"b": 2}, "env": {}}
    assert merged(far, {"hyperparameters": None}) == {}


def test_nothing_to_merge_is_an_error_of_the_caller() -> None:
    with pytest.raises(ValueError, match="nothing to merge"):
        merge([])


def test_a_path_is_written_so_that_it_can_be_told_apart() -> None:
    assert dotted(("inputs", "train", "s3_uri")) == "inputs.train.s3_uri"
    assert dotted(("gates", "validation:auc", "min")) == "gates.validation:auc.min"
    assert dotted(("tags", "a.b")) == 'tags."a.b"'
    assert dotted(("subnets", 0)) == "subnets[0]"
    assert dotted(()) == ""


def test_a_list_and_an_empty_map_are_one_value_each() -> None:
    assert list(origins(layer({"a": [1, {"b": 2}], "c": {}, "d": {"e": None}}))) == [
        "a", "c", "d.e",
    ]  # fmt: skip


KEYS = st.sampled_from(["a", "b", "script", "container", "inputs", "hyperparameters", "s3_uri"])
VALUES = st.recursive(
    st.none() | st.integers(0, 3) | st.sampled_from(["s3://x", "t"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=8,
)
LAYERS = st.lists(st.dictionaries(KEYS, VALUES, max_size=5), min_size=1, max_size=5)


def rfc_7386(target: Any, patch: Any) -> Any:
    """MergePatch as the RFC's section 2 writes it."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = rfc_7386(result.get(name), value)
    return result


@given(LAYERS)
def test_without_rules_it_is_the_merge_of_the_rfc_layer_by_layer(values: list[Any]) -> None:
    expected: Any = {}
    for value in values:
        expected = rfc_7386(expected, value)
    assert merged(*values, rules=NO_RULES) == expected


@given(LAYERS, st.integers(0, 4), st.integers(0, 5))
def test_merging_one_by_one_equals_merging_at_once(values: list[Any], body: int, cut: int) -> None:
    own = body if body < len(values) else None
    nodes = [layer(value, line) for line, value in enumerate(values, 1)]
    so_far = merge(nodes[:1], RULES, body=0 if own == 0 else None)
    for index, node in enumerate(nodes[1:], 1):
        done = own is not None and own < index
        so_far = merge([so_far, node], RULES, body=0 if done else 1 if own == index else None)
    assert so_far == merge(nodes, RULES, body=own)


@given(st.dictionaries(KEYS, VALUES, max_size=5))
def test_a_layer_over_itself_changes_nothing(value: dict[str, Any]) -> None:
    assert merged(value, value) == merged(value)


def test_a_thousand_layers_cost_no_more_than_their_size() -> None:
    many = [layer({"a": {"b": {f"k{n}": n}}}) for n in range(3000)]
    assert len(plain(merge(many))["a"]["b"]) == 3000
