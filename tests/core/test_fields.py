"""One table, both directions."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.fields import (
    Each,
    Field,
    Items,
    Named,
    Pairs,
    Unit,
    UnknownMembers,
    from_request,
    get,
    locate,
    overlay,
    put,
    rows,
    to_request,
)

INNER = (Field("uri", "Source.Uri"), Field("mode", "Mode"))
TABLE = (
    Field("compute.size", "Resources.SizeInGB", Unit(lambda size: f"{size}GB")),
    Field("compute.count", "Resources.Count"),
    Field("tags", "Tags", Pairs("Key", "Value")),
    Field("inputs", "Channels", Named("ChannelName", INNER)),
    Field("choices", "Choices", Items((Field("type", "Type"),))),
    Field("env", "Environment"),
)
SPEC = {
    "compute": {"size": 30, "count": 0},
    "tags": {"a": "", "b": "2"},
    "inputs": {"train": {"uri": "s3://b", "mode": "Pipe"}, "val": {"uri": "s3://c"}},
    "choices": [{"type": "x"}, {"type": "y"}],
    "env": {"A": "1"},
}
REQUEST = {
    "Resources": {"SizeInGB": 30, "Count": 0},
    "Tags": [{"Key": "a", "Value": ""}, {"Key": "b", "Value": "2"}],
    "Channels": [
        {"ChannelName": "train", "Source": {"Uri": "s3://b"}, "Mode": "Pipe"},
        {"ChannelName": "val", "Source": {"Uri": "s3://c"}},
    ],
    "Choices": [{"Type": "x"}, {"Type": "y"}],
    "Environment": {"A": "1"},
}


def test_a_spec_becomes_a_request() -> None:
    assert to_request(TABLE, SPEC) == REQUEST


def test_a_request_becomes_a_document_with_units() -> None:
    assert from_request(TABLE, REQUEST) == SPEC | {"compute": {"size": "30GB", "count": 0}}


def test_what_is_not_set_is_left_out() -> None:
    assert to_request(TABLE, {"compute": None, "inputs": {"a": {"uri": None}}}) == {
        "Channels": [{"ChannelName": "a"}]
    }


def test_an_empty_map_as_value_of_a_pair_stands_for_none() -> None:
    sent = to_request(TABLE, {"tags": {"a": {}}})
    assert sent == {"Tags": [{"Key": "a"}]}
    assert from_request(TABLE, sent) == {"tags": {"a": {}}}


@pytest.mark.parametrize(
    ("request_", "paths"),
    [
        ({"New": 1}, ("New",)),
        ({"Resources": {"New": {"Deep": 1}}}, ("Resources.New",)),
        ({"Channels": [{"ChannelName": "a", "Source": {"Etag": 1}}]}, ("Source.Etag",)),
    ],
)
def test_a_member_without_a_row_is_named(request_: dict[str, Any], paths: tuple[str, ...]) -> None:
    with pytest.raises(UnknownMembers) as caught:
        from_request(TABLE, request_)
    assert caught.value.paths == paths


def test_two_items_of_one_name_cannot_be_a_map() -> None:
    with pytest.raises(ValueError, match="two items have the Key 'a'"):
        from_request(TABLE, {"Tags": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]})


def test_rows_reach_into_lists() -> None:
    assert set(rows(TABLE)) >= {
        ("inputs.*", "Channels[].ChannelName"),
        ("inputs.*.uri", "Channels[].Source.Uri"),
        ("tags.*", "Tags[].Value"),
        ("choices[].type", "Choices[].Type"),
    }


@pytest.mark.parametrize(
    ("member", "path"),
    [
        (("Resources", "SizeInGB"), ("compute", "size")),
        (("Resources",), ("compute",)),
        (("Resources", "New"), ("compute",)),
        (("Environment", "A"), ("env", "A")),
        (("Channels", 1, "Mode"), ("inputs",)),
        (("Nothing", "Here"), ()),
    ],
)
def test_a_member_is_found_in_the_document_or_its_nearest_parent(
    member: tuple[str | int, ...], path: tuple[str, ...]
) -> None:
    assert locate(TABLE, member) == path


def test_values_are_got_and_put_by_path() -> None:
    values: dict[str, Any] = {"a": {"b": 1}}
    put(values, ("a", "c", "d"), 2)
    assert values == {"a": {"b": 1, "c": {"d": 2}}}
    assert get(values, ("a", "c", "d")) == 2
    assert get(values, ("a", "b", "c")) is None


def test_overlay_merges_maps_replaces_lists_and_removes_nulls() -> None:
    below = {"a": {"b": 1, "c": [1, 2]}, "d": 1}
    above = {"a": {"b": None, "c": [3]}, "e": {"f": None, "g": 1}, "d": {"x": 1}}
    assert overlay(below, above) == {"a": {"c": [3]}, "e": {"g": 1}, "d": {"x": 1}}


_JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda inner: st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=8,
)
_MAP = st.dictionaries(st.text(max_size=2), _JSON, max_size=3)


@given(_MAP, _MAP)
def test_overlay_twice_is_overlay_once(below: dict[str, Any], above: dict[str, Any]) -> None:
    once = overlay(below, above)
    assert overlay(once, above) == once


def test_the_values_of_a_list_are_items_and_not_a_map() -> None:
    """The reference page writes them so."""
    table = (Field("alarms", "Alarms", Each("AlarmName")),)
    assert list(rows(table)) == [("alarms", "Alarms"), ("alarms[]", "Alarms[].AlarmName")]
