"""Hostile text cannot act, whatever it holds."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.render.inert import inert, inert_json


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b[2J\x1b]0;title\x07", "\\x1b[2J\\x1b]0;title\\x07"),
        ("a\u202eb", "a\\u202eb"),
        ("line\nerror: fake\r", "line\\nerror: fake\\x0d"),
        ("tab\there", "tab here"),
        ("\U000e0041", "\\U000e0041"),
        ("plain text: ü → 日本", "plain text: ü → 日本"),
    ],
)
def test_characters_that_could_act_are_shown_as_their_escapes(hostile: str, shown: str) -> None:
    """Escapes, direction marks and line breaks become visible; other text stays."""
    assert inert(hostile) == shown


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("::set-output name=x::y", ": :set-output name=x::y"),
        ("  ::error::boom", "  : :error::boom"),
        ("x ##[error]boom", "x # #[error]boom"),
        ("std::vector", "std::vector"),
    ],
)
def test_a_runner_finds_no_workflow_command(hostile: str, shown: str) -> None:
    """`::` at the start of a line and `##[` anywhere lose their meaning."""
    assert inert(hostile) == shown


@given(st.text())
def test_any_text_becomes_one_line_without_control_characters(text: str) -> None:
    """Whatever comes in, what goes out is one line, and no runner's command."""
    shown = inert(text)
    assert "\n" not in shown and "\r" not in shown
    assert not any(unicodedata.category(character) == "Cc" for character in shown)
    assert not shown.lstrip().startswith("::")
    assert "##[" not in shown


@given(st.text())
def test_what_is_inert_stays_as_it_is(text: str) -> None:
    """Passing through twice changes nothing more."""
    assert inert(inert(text)) == inert(text)


@given(st.text())
def test_json_says_the_same_and_cannot_act(text: str) -> None:
    """Machines read back every character; a terminal or a runner sees none that acts."""
    shown = inert_json(json.dumps({"text": text}, ensure_ascii=False))
    assert json.loads(shown) == {"text": text}
    assert not any(unicodedata.category(character) == "Cc" for character in shown)
    assert "##[" not in shown and "\u202e" not in shown
