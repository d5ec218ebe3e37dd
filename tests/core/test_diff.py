"""A diff names each field that differs, by its path in the document."""

from __future__ import annotations

import subprocess
import sys

from reconciler.core.diff import compare
from reconciler.core.plan import FieldChange
from reconciler.errors import Place

BEFORE = {
    "hyperparameters": {"a": "1", "b": "2", "x.y": "1"},
    "inputs": {"train": {"s3_uri": "s3://a/"}},
    "args": ["a", "b"],
    "same": {"q": 1},
    "compute": {"instance_count": 1},
    "text": "1",
}


def test_equal_documents_have_no_differences() -> None:
    assert compare(BEFORE, dict(BEFORE)) == ()


def test_equal_documents_do_not_cost_the_import_of_deepdiff() -> None:
    code = (
        "import sys; from reconciler.core.diff import compare; compare({'a': 1}, {'a': 1});"
        "assert 'deepdiff' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_every_kind_of_difference_is_told_field_by_field() -> None:
    after = {
        "hyperparameters": {"a": "3", "c": "2", "x.y": "2"},
        "inputs": {"train": {"path": "data"}, "val": {"s3_uri": "s3://x/", "shuffle": {"seed": 1}}},
        "args": ["a", "c", "d"],
        "same": {"q": 1},
        "compute": {"instance_count": 2, "volume_size": 3},
        "text": {"u": "1"},
        "empty": {},
    }
    assert {(c.path, repr(c.before), repr(c.after)) for c in compare(BEFORE, after)} == {
        ("hyperparameters.a", "'1'", "'3'"),
        ("hyperparameters.b", "'2'", "None"),
        ("hyperparameters.c", "None", "'2'"),
        ('hyperparameters."x.y"', "'1'", "'2'"),
        ("inputs.train.s3_uri", "'s3://a/'", "None"),
        ("inputs.train.path", "None", "'data'"),
        ("inputs.val.s3_uri", "None", "'s3://x/'"),
        ("inputs.val.shuffle.seed", "None", "1"),
        ("args", "['a', 'b']", "['a', 'c', 'd']"),
        ("compute.instance_count", "1", "2"),
        ("compute.volume_size", "None", "3"),
        ("text", "'1'", "{'u': '1'}"),
        ("empty", "None", "{}"),
    }


def test_a_difference_says_where_the_value_is_written_now() -> None:
    place = Place("jobs/a.yaml", 3, 5)
    (change,) = compare({"a": {"b": 1}}, {"a": {"b": 2}}, places={"a.b": place})
    assert change == FieldChange("a.b", 1, 2, place)
    (removed,) = compare({"a": {"b": 1, "c": 1}}, {"a": {"c": 1}}, places={"a": place})
    assert removed.place == place


def test_a_number_that_became_text_is_a_difference() -> None:
    assert [c.path for c in compare({"a": 1}, {"a": "1"})] == ["a"]
    assert [c.path for c in compare({"a": True}, {"a": "true"})] == ["a"]
