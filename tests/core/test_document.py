"""Reading documents: what is accepted, what is refused, and where."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from reconciler.core import document
from reconciler.core.document import MapNode, from_plain, node_at, place_of, plain, read
from reconciler.core.scalars import Float, Integer
from reconciler.errors import InvalidDocuments, Place, Problem

DATA = Path(__file__).parents[1] / "data" / "yaml"
PATH = "jobs/a.yaml"


@pytest.fixture(params=["libyaml", "python"], autouse=True)
def scanner(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Everything holds with both of PyYAML's scanners."""
    if request.param == "python":
        monkeypatch.setattr(document, "LOADER", yaml.SafeLoader)
    elif not yaml.__with_libyaml__:
        pytest.skip("PyYAML has no libyaml here")
    yield


def problems(text: str | bytes) -> tuple[Problem, ...]:
    data = text.encode() if isinstance(text, str) else text
    with pytest.raises(InvalidDocuments) as caught:
        read(data, PATH)
    return caught.value.problems


def only(text: str | bytes) -> Problem:
    (problem,) = problems(text)
    return problem


def value(text: str) -> object:
    return plain(read(f"a: {text}\n".encode(), PATH))["a"]


def stretch(text: str, place: Place | None) -> str:
    """The characters that a place covers."""
    assert place is not None
    return text.split("\n")[place.line - 1][place.column - 1 :][: place.width]


@pytest.mark.parametrize("path", sorted(DATA.glob("good-*.yaml")), ids=lambda path: path.stem)
def test_a_strict_document_reads_as_other_readers_read_it(path: Path) -> None:
    data = path.read_bytes()
    assert plain(read(data, PATH)) == yaml.safe_load(data)


@pytest.mark.parametrize("path", sorted(DATA.glob("bad-*.yaml")), ids=lambda path: path.stem)
def test_a_bad_document_says_the_number_and_line_that_its_comment_says(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    expected = [
        (comment.split()[0], number)
        for number, line in enumerate(text.split("\n"), 1)
        for comment in line.split("#! ")[1:]
    ]
    found = [(problem.code, problem.place.line) for problem in problems(text) if problem.place]
    assert found == expected


def test_every_problem_says_where_and_what_to_write() -> None:
    for path in DATA.glob("bad-*.yaml"):
        for problem in problems(path.read_bytes()):
            assert problem.place is not None, path
            assert problem.help, path


def test_a_key_written_twice_shows_both_places() -> None:
    text = "eta: 1\nnum_round: 2\neta: 3\n"
    problem = only(text)
    assert (problem.code, problem.place) == ("E002", Place(PATH, 3, 1, 3))
    assert problem.related == (("first written here", Place(PATH, 1, 1, 3)),)


def test_keys_are_equal_by_their_text_not_by_their_quotes() -> None:
    assert only("a: 1\n\"a\": 2\n'b': 3\n").code == "E002"


def test_the_same_key_in_two_maps_is_fine() -> None:
    assert plain(read(b"a: {x: 1}\nb: {x: 1}\n", PATH)) == {"a": {"x": 1}, "b": {"x": 1}}


def test_all_problems_of_a_document_are_found_at_once_in_their_order() -> None:
    text = "a: no\nb: &x 1\nc: *x\nd: !!int 2\n<<: {e: 1}\n1: f\na: 0123\n"
    codes = [problem.code for problem in problems(text)]
    assert codes == ["E009", "E005", "E005", "E006", "E005", "E008", "E002", "E009"]


def test_what_came_before_a_slip_of_grammar_is_still_reported() -> None:
    assert [problem.code for problem in problems("a: no\nb: [1, 2\nc: ]x: {\n")] == ["E009", "E001"]


def test_a_document_with_a_hundred_problems_reports_twenty() -> None:
    assert len(problems("".join(f"k{n}: no\n" for n in range(100)))) == 20


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("a: no\n", "no"),
        ("b: 1\nkey: &name 1\n", "&name 1"),
        ("b: 1\nkey: [1, *name]\n", "*name"),
        ("b: !!str x\n", "!!str x"),
        ('b: "\\u202e"\n', '"\\u202e"'),
        ("漢字: 0123\n", "0123"),
        ("🚀: 0x1f\n🚀🚀: {a: no}\n", "no"),
        ('a: "x\n  \\u202e"\n', '"x'),
        ("a: 1\n[b]: 2\n", "["),
    ],
)
def test_the_place_covers_what_is_refused(text: str, marked: str) -> None:
    assert stretch(text, only(text).place) == marked


def test_places_cover_keys_values_and_collections_on_one_line() -> None:
    text = "name: x y  # why\ninputs:\n  train: {s3_uri: s3://b/é}\nlist: [1, 2]\nitems:\n- p\n"
    root = read(text.encode(), PATH)

    def covered(*path: str | int, key: bool = False) -> str:
        return stretch(text, place_of(root, path, key=key))

    assert covered("name") == "x y"
    assert covered("name", key=True) == "name"
    assert covered("inputs") == "train"
    assert covered("inputs", "train") == "{s3_uri: s3://b/é}"
    assert covered("inputs", "train", "s3_uri") == "s3://b/é"
    assert covered("list") == "[1, 2]"
    assert covered("list", 1) == "2"
    assert covered("items", 0, key=True) == "p"


def test_a_place_that_is_not_there_is_that_of_the_nearest_key_above() -> None:
    root = read(b"a: 1\nstopping_condition:\n  max_runtime: 6h\nl: [x]\n", PATH)
    nearest = Place(PATH, 2, 1, 18)
    assert place_of(root, ("stopping_condition", "max_wait_time", "x")) == nearest
    assert place_of(root, ("nothing",)) == Place(PATH, 1, 1, 1)
    assert place_of(root, ("l", 3)) == Place(PATH, 4, 1, 1)
    assert place_of(root, ()) == Place(PATH, 1, 1, 1)


def test_a_node_is_found_by_its_path_or_is_none() -> None:
    root = read(b"a: {b: [1, {c: x}]}\n", PATH)
    node = node_at(root, ("a", "b", 1, "c"))
    assert node is not None
    assert plain(node) == "x"
    assert node_at(root, ("a", "b", 2)) is None
    assert node_at(root, ("a", 0)) is None
    assert node_at(root, ("a", "b", "c")) is None


def test_plain_values_become_nodes_at_one_place_and_back() -> None:
    value = {"a": [1, 0.5, True, None, "x", {"b": {}}], "c": Integer(7, "+7")}
    node = from_plain(value, Place(PATH, 3, 2))
    assert plain(node) == value
    assert plain(node)["c"].text == "+7"
    assert isinstance(plain(node)["a"][0], Integer)
    assert plain(node)["a"][1].text == "0.5"
    assert place_of(node, ("a", 5, "b")) == Place(PATH, 3, 2)
    with pytest.raises(TypeError, match="cannot hold a set"):
        from_plain({"a": {1}}, Place(PATH, 1, 1))


def test_a_number_keeps_the_characters_it_was_written_with() -> None:
    found = plain(read(b"a: 0.10\nb: 1e-05\nc: +7\nd: 0x1F\ne: 2.\n", PATH))
    assert {key: number.text for key, number in found.items()} == {
        "a": "0.10", "b": "1e-05", "c": "+7", "d": "0x1F", "e": "2.",
    }  # fmt: skip
    assert found == {"a": 0.1, "b": 0.00001, "c": 7, "d": 31, "e": 2.0}
    assert isinstance(found["a"], Float)
    assert isinstance(found["c"], Integer)


def test_quoted_text_stays_text_whatever_it_looks_like() -> None:
    assert value('"no"') == "no"
    assert value("'0123'") == "0123"
    assert value('""') == ""
    assert value("|\n  2024-01-01") == "2024-01-01\n"


def test_a_value_left_out_is_null_and_has_a_place() -> None:
    root = read(b"a:\nb: ~\nc: null\n", PATH)
    assert plain(root) == {"a": None, "b": None, "c": None}
    assert place_of(root, ("a",)).line == 1


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n", "\n\n"])
def test_an_empty_document_is_an_error_of_its_own(text: str) -> None:
    problem = only(text)
    assert (problem.code, problem.message) == ("E011", "the document is empty")


@pytest.mark.parametrize("text", ["- a\n", "text\n", "12\n", "[a]\n"])
def test_a_document_is_a_map(text: str) -> None:
    assert only(text).code == "E011"


def test_one_document_may_have_its_marks() -> None:
    assert plain(read(b"---\na: 1\n...\n", PATH)) == {"a": 1}


def test_a_byte_order_mark_and_windows_line_ends_change_nothing() -> None:
    text = "a: |\n  x\n  y\nb: 1\n"
    strange = b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()
    assert read(strange, PATH) == read(text.encode(), PATH)


@pytest.mark.parametrize(
    "character", "\x00\x07\x1b\r\x7f\x85\u061c\u200e\u2028\u202e\u2066\ufeff\ufffe\U000e0041"
)
def test_a_hidden_character_is_refused_plain_and_escaped(character: str) -> None:
    problem = only(f"a: 1\nbc: x{character}y\n")
    assert problem.code == "E004"
    assert f"U+{ord(character):04X}" in problem.message
    assert problem.place == Place(PATH, 2, 6)
    assert only(f'a: "\\U{ord(character):08x}"\n').code == "E004"


def test_a_lone_surrogate_in_an_escape_is_refused() -> None:
    assert only('a: "\\ud800"\n').code in ("E001", "E004")


def test_text_of_all_scripts_and_emoji_is_accepted() -> None:
    text = "a: Größe 模型 модель 👩\u200d🔬 \xa0 x\n"
    assert plain(read(text.encode(), PATH))["a"] == text[3:-1]


def test_bytes_that_are_not_utf8_say_where() -> None:
    problem = only("a: 1\né: ".encode() + b"\xff\n")
    assert (problem.code, problem.place) == ("E004", Place(PATH, 2, 4))
    assert only("a: 1\n".encode("utf-16")).code == "E004"


def test_a_tab_in_the_indentation_says_so() -> None:
    problem = only("a:\n\tb: 1\n")
    assert problem.code == "E001"
    assert problem.help == "indent with spaces, not tabs"


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("metrics:\n  loss: [0-9.]+\n  b: 2\n", "["),
        ("metrics: {loss: [0-9.]+}\n", "["),
        ("metrics:\n  loss: [a-z]=([0-9]+)\n", "["),
        ("a: {b}+\n", "{"),
    ],
)
def test_a_pattern_that_reads_like_a_list_has_to_be_quoted(text: str, start: str) -> None:
    assert only(text).help == (
        f"put a text that begins with `{start}` in single quotes, such as a pattern"
    )


@pytest.mark.parametrize("key", ["1", "true", "null", "~", "1.5", "{a: b}", "[a]", "?\n"])
def test_a_key_that_is_not_text_is_refused(key: str) -> None:
    assert only(f"x: 1\n{key}: 1\n").code == "E008"


def test_a_refused_collection_as_key_does_not_shift_what_follows() -> None:
    text = "? {a: {b: c}}\n: {d: [e]}\nf: no\n"
    assert [(p.code, p.place.line) for p in problems(text) if p.place] == [("E008", 1), ("E009", 3)]


def test_a_merge_key_in_quotes_is_an_ordinary_key() -> None:
    assert plain(read(b'"<<": 1\n', PATH)) == {"<<": 1}


def test_size_depth_and_number_of_events_are_bounded() -> None:
    filler = "#" * (256 * 1024 - 5)
    assert plain(read(f"a: 1\n{filler}".encode(), PATH)) == {"a": 1}
    assert only(f"a: 1\n{filler}#").code == "E003"
    deepest = "a: " + "[" * 23 + "]" * 23
    assert isinstance(read(deepest.encode(), PATH), MapNode)
    assert only("a: " + "[" * 24 + "]" * 24).code == "E003"
    assert len(value("[" + "1," * 19_000 + "]")) == 19_000  # type: ignore[arg-type]
    assert only("a: [" + "1," * 20_000 + "]").code == "E003"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: 1\n<<<<<<< HEAD\nb: 1\n=======\nb: 2\n>>>>>>> feature/x\n", 2),
        ("a: 1\nb: 2\n>>>>>>> feature/x\n", 3),
        ("a: |\n  text\n||||||| 1eed6ad\nb: 2\n", 3),
        ("a: 1\n=======\nb: 2\n", 2),
    ],
)
def test_a_merge_that_was_not_finished_is_told_at_its_first_mark(text: str, line: int) -> None:
    problem = only(text)
    assert problem.code == "E001"
    assert problem.place is not None and problem.place.line == line
    assert "merge conflict" in problem.message


def test_marks_of_a_merge_inside_a_text_are_text() -> None:
    assert value("|\n  <<<<<<< HEAD\n  =======") == "<<<<<<< HEAD\n=======\n"


@pytest.mark.parametrize(("key", "code"), [("N", "E009"), ("2", "E008"), ("0123", "E009")])
def test_a_key_that_is_not_text_is_told_to_be_quoted_and_nothing_else(key: str, code: str) -> None:
    problem = only(f"env: {{{key}: x}}\n")
    assert (problem.code, problem.help) == (code, f'write "{key}" in quotes')
