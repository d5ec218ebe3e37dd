"""Problems as a person reads them."""

from __future__ import annotations

import pytest

from reconciler.core.document import read
from reconciler.errors import InvalidDocuments, Place, Problem
from reconciler.render.problems import render
from reconciler.render.theme import ASCII, Role, Theme

PATH = "jobs/churn/churn-xgb.yaml"


def place(line: int, column: int, width: int = 1, path: str = PATH) -> Place:
    return Place(path, line, column, width)


def shown(source: str, line: int, column: int, width: int, code: str = "E103") -> tuple[str, str]:
    """The source line and the caret line of one problem, without the gutter."""
    text = render([Problem(code, "wrong", place(line, column, width))], {PATH: source})
    rows = [row.partition("| ")[2] for row in text.split("\n") if " |" in row]
    return rows[1], rows[2]


def test_a_problem_looks_as_the_manual_shows_it() -> None:
    source = "\n" * 13 + "  MaxWaitTimeInSeconds: 3600\n"
    problem = Problem(
        "E101",
        "unknown key `MaxWaitTimeInSeconds` in `stopping_condition`",
        place(14, 3, 20),
        "did you mean `max_wait_time`?",
    )
    assert render([problem], {PATH: source}) == (
        "error[E101]: unknown key `MaxWaitTimeInSeconds` in `stopping_condition`\n"
        "  --> jobs/churn/churn-xgb.yaml:14:3\n"
        "   |\n"
        "14 |   MaxWaitTimeInSeconds: 3600\n"
        "   |   ^^^^^^^^^^^^^^^^^^^^\n"
        "   = help: did you mean `max_wait_time`?\n"
        "\n"
        "1 error in 1 document\n"
    )


def test_related_places_follow_as_notes_with_their_own_lines() -> None:
    with pytest.raises(InvalidDocuments) as caught:
        read(b"eta: 1\nmax_depth: 2\neta: 3\n", PATH)
    assert render(caught.value.problems, {PATH: b"eta: 1\nmax_depth: 2\neta: 3\n"}) == (
        "error[E002]: the key `eta` is written twice\n"
        " --> jobs/churn/churn-xgb.yaml:3:1\n"
        "  |\n"
        "3 | eta: 3\n"
        "  | ^^^\n"
        "  = help: keep one of the two\n"
        "note: first written here\n"
        " --> jobs/churn/churn-xgb.yaml:1:1\n"
        "  |\n"
        "1 | eta: 1\n"
        "  | ^^^\n"
        "\n"
        "1 error in 1 document\n"
    )


def test_no_problems_are_no_text() -> None:
    assert render([], {}) == ""


def test_problems_come_in_the_order_of_their_places_and_are_counted() -> None:
    problems = [
        Problem("E301", "no place"),
        Problem("E103", "third", place(1, 1, path="jobs/b.yaml")),
        Problem("E103", "second", place(10, 1, path="jobs/a.yaml")),
        Problem("E103", "first", place(9, 1, path="jobs/a.yaml")),
    ]
    text = render(problems, {})
    found = [line.split(": ")[1] for line in text.split("\n") if line.startswith("error")]
    assert found == ["first", "second", "third", "no place"]
    assert text.endswith("\n\n4 errors in 2 documents\n")


def test_a_problem_without_place_or_source_still_shows_message_and_help() -> None:
    problems = [Problem("E301", "no credentials", help="log in"), Problem("E103", "x", place(7, 2))]
    assert render(problems, {PATH: "one line\n"}) == (
        "error[E103]: x\n --> jobs/churn/churn-xgb.yaml:7:2\n\n"
        "error[E301]: no credentials\n  = help: log in\n\n"
        "2 errors in 1 document\n"
    )


def test_only_problems_without_place_are_counted_without_documents() -> None:
    assert render([Problem("E301", "x")], {}).endswith("\n1 error\n")


@pytest.mark.parametrize(
    ("source", "column", "width", "line", "carets"),
    [
        ("\tkey: 1", 2, 3, " key: 1", " ^^^"),
        ("名前: 値 x", 5, 1, "名前: 値 x", "      ^^"),
        ("e\u0301e\u0301: x", 6, 1, "e\u0301e\u0301: x", "   ^"),
        ("a\u202eb: x", 5, 1, "a\\u202eb: x", " " * 9 + "^"),
        ("a: x", 9, 1, "a: x", "    ^"),
        ("##[x]: y", 8, 1, "# #[x]: y", " " * 8 + "^"),
    ],
)
def test_carets_stand_under_what_is_meant(
    source: str, column: int, width: int, line: str, carets: str
) -> None:
    assert shown(source, 1, column, width) == (line, carets)


def test_a_byte_order_mark_and_windows_line_ends_do_not_show() -> None:
    assert shown("\ufeffa: 1\r\nb: 2\r\n", 1, 1, 1) == ("a: 1", "^")
    assert shown("\ufeffa: 1\r\nb: 2\r\n", 2, 4, 1) == ("b: 2", "   ^")


def test_a_long_line_is_cut_around_what_is_meant() -> None:
    line, carets = shown("k: " + "x" * 5000 + " bad " + "y" * 5000, 1, 5005, 3)
    assert line.startswith("…x")
    assert line.endswith("y…")
    assert line[carets.index("^") :].startswith("bad ")
    assert carets.count("^") == 3
    assert len(line) <= 100
    line, carets = shown("k: " + "x" * 5000, 1, 4, 5000)
    assert line.startswith("k: xxx")
    assert len(carets) <= len(line) <= 100


def test_hostile_characters_are_shown_escaped_everywhere() -> None:
    hostile = "\x1b[31m\u202e\r\n::error::x"
    problem = Problem(
        "E103", hostile, place(1, 1, path="jobs/\x1b.yaml"), hostile, ((hostile, place(1, 2)),)
    )
    text = render([problem], {"jobs/\x1b.yaml": hostile, PATH: hostile})
    assert not any(sign in text for sign in "\x1b\u202e\r")
    assert not any(line.lstrip().startswith("::") for line in text.split("\n"))


@pytest.mark.parametrize(
    ("source", "line", "column"),
    [
        ("env:\n  TOKEN: canary\n", 2, 3),
        ("env:\n  # why\n\n  A: b\n  TOKEN: >\n    canary\n", 6, 5),
        ("env: {TOKEN: canary}\n", 1, 1),
        ("environments: {dev: {env: {TOKEN: canary}}}\n", 1, 1),
        ("environments:\n  dev:\n    env:\n      TOKEN: 'canary'\n", 4, 7),
        ("env: {\n  A: b, TOKEN: canary\n}\n", 2, 3),
        ('"env":\n  TOKEN: canary\n  TOKEN: canary\n', 3, 3),
        ("api_overrides:\n  Environment:\n    TOKEN: canary\n", 3, 5),
    ],
)
def test_values_of_the_environment_are_covered(source: str, line: int, column: int) -> None:
    text = render([Problem("E103", "x", place(line, column))], {PATH: source})
    assert "canary" not in text
    assert "******" in text


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ('env: {N: x, TOKEN: "s, B: t"}', "env: {N: *, TOKEN: *** ** **}"),
        ("env: {'A': 'it''s, B: t', B: u}", "env: {'A': ******* ** **, B: *}"),
        ('env: {A: x, B: "s, C: t', "env: {A: ** ** *** ** *"),
        ("env: {A: it's, B: x}", "env: {** ***** ** *}"),
        ("env: {A: [s], B: x}", "env: {** **** ** *}"),
    ],
)
def test_names_of_variables_are_shown_as_far_as_they_are_surely_names(
    line: str, shown: str
) -> None:
    place = Place("jobs/a.yaml", 1, 1, 3)
    assert shown in render([Problem("E101", "m", place)], {"jobs/a.yaml": line})


def test_keys_beside_the_environment_are_not_covered() -> None:
    source = "env:\n  A: b\nenvironments:\n  dev: {name: seen}\nhyperparameters:\n  x: seen\n"
    assert shown(source, 4, 3, 3)[0] == "  dev: {name: seen}"
    assert shown(source, 6, 3, 1)[0] == "  x: seen"


def test_a_secret_is_covered_in_every_problem_of_its_line() -> None:
    source = "tags: {a: canary, b: no}\n"
    problems = [Problem("E208", "looks like a secret", place(1, 11, 6))]
    problems.append(Problem("E103", "wrong", place(1, 22, 2)))
    text = render(problems, {PATH: source})
    assert "canary" not in text
    assert text.count("tags: {a: ******, b: no}") == 2


def test_the_theme_paints_and_chooses_the_signs() -> None:
    def paint(text: str, role: Role) -> str:
        return f"<{role}>{text}</>"

    problem = Problem("E103", "wrong", place(1, 1, 5000))
    text = render([problem], {PATH: "é" + "x" * 5000}, theme=Theme(paint, ASCII))
    assert text.startswith("<bad>error[E103]</>: <strong>wrong</>\n<dim> --></> jobs/")
    assert "<bad>^^^" in text
    assert "…" not in text
