"""Foreign text in Markdown stays text."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.resource import Revision
from reconciler.errors import Place
from reconciler.render.inert import inert
from reconciler.render.markdown import code, fenced, html_code, link, literal, prose, source_url
from tests.render.hostile_texts import HOSTILE
from tests.render.markdown_reading import PARSER, acting, foreign_html, tags, words

FRAMES = ("{}", "before {} after", "- {}", "**{}**x", "| a | b |\n|---|---|\n| {} | z |\n")
SIGNS = st.text(alphabet="ab1 `*_[]()<>|\\~!#@:$&.-+=\n\t/\"'")
ANY = st.one_of(SIGNS, st.text(), st.sampled_from(HOSTILE))


def squeezed(text: str) -> str:
    """Without blanks: readers trim and fold them."""
    return "".join(text.split())


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_only_text_wherever_it_stands(text: str) -> None:
    """No markup, no link, no mention, no HTML, in a paragraph, a list, a table."""
    for frame, sink in itertools.product(FRAMES, (literal, code, prose)):
        page = frame.format(sink(text))
        assert tags(page) <= {"strong_open", "strong_close"}
        assert acting(page) == []


@settings(deadline=None)
@given(ANY)
def test_literal_shows_every_character(text: str) -> None:
    """What was written is what is read."""
    expected = squeezed(inert(text).replace("\u200b", ""))
    assert squeezed(words("x " + literal(text))) == "x" + expected
    assert tags("x " + literal(text)) == set()
    assert acting("x " + literal(text)) == []


@settings(deadline=None)
@given(ANY)
def test_code_shows_every_character_in_code(text: str) -> None:
    """Also in a table, also with backticks and bars in it."""
    for frame in ("x {}", "| x |\n|---|\n| {} |\n"):
        page = frame.format(code(text))
        expected = squeezed(inert(text).replace("\u200b", ""))
        assert squeezed(words(page)) == "x" + expected
        assert tags(page) == set()
        assert acting(page) == []


@settings(deadline=None)
@given(ANY, ANY)
def test_a_table_keeps_its_cells(first: str, second: str) -> None:
    """A bar in a name opens no further cell."""
    table = f"| a | b |\n|---|---|\n| {code(first)} | {prose(second)} |\n"
    cells = [token for token in PARSER.parse(table) if token.type == "td_open"]
    assert len(cells) == 2


@settings(deadline=None)
@given(ANY)
def test_prose_is_only_text_and_code(text: str) -> None:
    """Whatever stands between backticks."""
    assert tags("x " + prose(text)) == set()
    assert acting("x " + prose(text)) == []


def test_backticks_in_a_sentence_of_ours_become_code() -> None:
    """As in `unknown key …`."""
    assert prose("unknown key `a|b` in `c`") == "unknown key `a`&#124;`b` in `c`"
    assert prose("`a``b`") == "`a` `b`"
    assert prose("a lone ` sign") == "a lone \\` sign"


@settings(deadline=None)
@given(st.lists(ANY, max_size=5))
def test_a_fence_holds_its_lines(lines: list[str]) -> None:
    """Exactly one block, whatever the lines are."""
    blocks = PARSER.parse(fenced(lines))
    assert [block.type for block in blocks] == ["fence"]
    body = "".join(f"{inert(line)}\n" for line in lines)
    assert blocks[0].content.replace("\u200b", "") == body.replace("\u200b", "")


@settings(deadline=None)
@given(ANY)
def test_code_in_html_is_only_text(text: str) -> None:
    """In a summary Markdown does not look, so HTML's own signs are what counts."""
    block = f"<summary>{html_code(text)}</summary>"
    assert foreign_html(block) == []
    assert "\n" not in block


@settings(deadline=None)
@given(ANY)
def test_an_address_leads_to_the_repository_whatever_the_path_is(path: str) -> None:
    """A path cannot end the link, or leave the host."""
    revision = Revision("9" * 40, repository="github.com/acme/ml")
    page = link("here", source_url(revision, Place(path, 3, 1)))
    assert acting(page) == []
    assert tags(page) == {"link_open", "link_close"}


@pytest.mark.parametrize("repository", ["ml", "", "evil.example/a b/c", "a/b/c/d", "h/o/n)[x](y"])
def test_there_is_no_link_to_a_repository_that_has_no_address(repository: str) -> None:
    """A folder's name is no host."""
    assert source_url(Revision("9" * 40, repository=repository), Place("a", 1, 1)) is None
    assert source_url(Revision(None, repository="h/o/n"), Place("a", 1, 1)) is None
    assert link("here", None) == "here"
