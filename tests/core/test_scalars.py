"""Plain words: their value, their text, and which are refused."""

from __future__ import annotations

import copy
import json
import pickle

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.scalars import Float, Integer, RefusedScalar, Scalar, read_plain, written


def refusal(text: str) -> RefusedScalar:
    with pytest.raises(RefusedScalar) as caught:
        read_plain(text)
    return caught.value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None), ("~", None), ("null", None), ("true", True), ("false", False),
        ("0", 0), ("-0", 0), ("12", 12), ("+12", 12), ("0xff", 255), ("9" * 18, 10**18 - 1),
        ("0.5", 0.5), (".5", 0.5), ("-.5", -0.5), ("5.", 5.0), ("1e-5", 1e-5), ("1E5", 1e5),
        ("1.5e+3", 1500.0), ("00.5", 0.5),
        ("nO", "nO"), ("yess", "yess"), ("1.7-1", "1.7-1"), ("2026-12", "2026-12"), (".", "."),
        ("1.2.3", "1.2.3"), ("-", "-"), ("+", "+"), ("12ab", "12ab"), ("_1", "_1"), ("0x", "0x"),
        ("10:80", "10:80"), ("1e", "1e"), ("e5", "e5"),
        ("٢٣", "٢٣"), ("2024-01-01x", "2024-01-01x"),
    ],
)  # fmt: skip
def test_a_plain_word_has_the_value_of_the_core_schema(text: str, value: Scalar) -> None:
    found = read_plain(text)
    assert found == value
    assert isinstance(found, type(value))


@pytest.mark.parametrize("text", ["12", "+12", "-0", "0xff", "0.50", ".5", "1e-05", "5."])
def test_a_number_is_written_as_it_was_read(text: str) -> None:
    assert written(read_plain(text)) == text


def test_words_are_written_in_their_one_spelling() -> None:
    assert [written(value) for value in (True, False, None, "a b")] == [
        "true", "false", "null", "a b",
    ]  # fmt: skip


def test_a_number_from_elsewhere_is_written_in_its_usual_form() -> None:
    assert [written(value) for value in (1, 0, 1.0, 1e-7)] == ["1", "0", "1.0", "1e-07"]


@pytest.mark.parametrize(
    ("text", "cure"),
    [
        ("no", 'write false, or "no" if you mean the text'),
        ("ON", 'write true, or "ON" if you mean the text'),
        ("True", 'write true, or "True" if you mean the text'),
        ("0123", 'write "0123" if you mean the text'),
        ("2024-01-01", 'write "2024-01-01" if you mean the text'),
        ("1" + "_0" * 100, "put it in quotes"),
    ],
)
def test_a_refused_word_says_what_to_write(text: str, cure: str) -> None:
    assert (refusal(text).code, refusal(text).cure) == ("E009", cure)


@pytest.mark.parametrize("text", ["9" * 19, "1e400", "-1e400", ".inf", "-.INF", ".nan"])
def test_a_number_out_of_range_is_refused(text: str) -> None:
    assert refusal(text).code == "E010"


def test_a_message_stays_short_however_long_the_word_is() -> None:
    assert len(str(refusal("0" * 10_000))) < 200


@pytest.mark.parametrize("number", [Integer(7, "+7"), Float(0.1, "0.10")])
def test_a_number_survives_copies_with_its_text(number: Integer | Float) -> None:
    for same in (copy.deepcopy(number), pickle.loads(pickle.dumps(number))):
        assert (same, same.text, type(same)) == (number, number.text, type(number))


def test_a_number_without_text_has_its_usual_form() -> None:
    assert (Integer(7).text, Float(1e-5).text) == ("7", "1e-05")
    assert json.dumps([Integer(7, "+7"), Float(0.1, "0.10")]) == "[7, 0.1]"


WORDS = st.text("0123456789+-._:eExobaf nytTZ~=", max_size=12) | st.sampled_from(
    ["yes", "No", "on", "OFF", "true", "True", "null", "NULL", "2024-01-01", "1:30", "0b1"]
)


@settings(max_examples=3000, deadline=None)
@given(WORDS)
def test_an_accepted_word_means_the_same_to_yaml_1_1(text: str) -> None:
    try:
        found = read_plain(text)
    except RefusedScalar:
        return
    loader = yaml.SafeLoader("")
    tag = loader.resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]
    if tag == "tag:yaml.org,2002:str" and isinstance(found, Float):
        assert "e" in text.lower() or text[:2] in ("-.", "+.")  # PyYAML's own gaps
        return
    theirs = loader.construct_object(yaml.ScalarNode(tag, text))
    assert found == theirs
    assert isinstance(found, type(theirs))
