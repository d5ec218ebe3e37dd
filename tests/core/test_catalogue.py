"""The catalogue of errors is whole: every number that is used is explained, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reconciler.core.catalogue import CATALOGUE, Rule
from reconciler.core.document import read

PACKAGE = Path(__file__).parents[2] / "reconciler"
_NUMBER = re.compile(r"""["'](E[0-9]{3})["']""")


def test_every_number_that_the_code_uses_is_explained_and_no_other() -> None:
    used = {
        number
        for path in PACKAGE.rglob("*.py")
        if not path.name.startswith("catalogue")
        for number in _NUMBER.findall(path.read_text(encoding="utf-8"))
    }
    assert used == CATALOGUE.keys()


def test_no_number_is_explained_twice_and_they_are_in_order() -> None:
    sources = [path.read_text(encoding="utf-8") for path in PACKAGE.glob("core/catalogue_*.py")]
    numbers = [number for source in sources for number in _NUMBER.findall(source)]
    assert sorted(numbers) == list(CATALOGUE)
    assert len(numbers) == len(set(numbers))


@pytest.mark.parametrize("rule", CATALOGUE.values(), ids=list(CATALOGUE))
def test_an_entry_is_short_to_read_and_says_why_and_what_to_do(rule: Rule) -> None:
    assert len(rule.title) <= 60
    assert not rule.title.endswith(".")
    for text in (rule.why, rule.cure):
        assert text.endswith(".")
        assert 20 < len(text) <= 400
        assert "  " not in text


@pytest.mark.parametrize("rule", CATALOGUE.values(), ids=list(CATALOGUE))
def test_an_example_is_a_strict_document_or_commands(rule: Rule) -> None:
    if rule.example and not rule.example.startswith("reconciler "):
        assert read(rule.example.encode(), "example.yaml").entries
