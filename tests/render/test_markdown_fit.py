"""Sections that share the room of a comment."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.render.markdown_fit import Section, fit, paragraph


def sections(rows: int, diffs: int) -> list[Section]:
    """A head, a table, blocks to unfold, and an end."""
    return [
        paragraph("head"),
        Section(tuple(f"| {'r' * 50} {i} |" for i in range(rows)), "<t>\n", "\n</t>", rank=1),
        Section(tuple(f"<d>{'ü' * 80} {i}</d>" for i in range(diffs)), between="\n\n", rank=2),
        paragraph("end"),
    ]


def test_all_is_shown_where_there_is_room() -> None:
    """In its order, with nothing said about what is missing."""
    text = fit(sections(2, 1), 10_000)
    assert text.startswith("head\n\n<t>\n| rrr") and text.endswith("\n\nend\n")
    assert "not shown" not in text


def test_a_section_without_items_leaves_nothing() -> None:
    """No frame around nothing."""
    assert fit(sections(0, 0), 10_000) == "head\n\nend\n"


@settings(deadline=None)
@given(st.integers(0, 300), st.integers(0, 300), st.integers(400, 20_000))
def test_a_comment_keeps_to_its_size_and_its_parts_are_whole(
    rows: int, diffs: int, limit: int
) -> None:
    """In bytes; what opens is closed, and what is left out is counted."""
    text = fit(sections(rows, diffs), limit)
    assert len(text.encode()) <= limit
    assert text.count("<t>") == text.count("</t>")
    assert text.count("<d>") == text.count("</d>")
    hidden = rows + diffs - text.count("| r") - text.count("<d>")
    said = [int(line.split()[0]) for line in text.splitlines() if "not shown" in line]
    assert sum(said) == hidden


def test_the_least_needed_section_gives_way_first() -> None:
    """Rows before blocks."""
    text = fit(sections(20, 20), 2_000)
    assert text.count("| r") == 20
    assert text.count("<d>") < 20
    none = fit(sections(20, 20), 900)
    assert none.count("| r") < 20 and "<d>" not in none
