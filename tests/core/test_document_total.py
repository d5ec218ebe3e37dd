"""Reading is total: for any bytes a map or numbered problems, never anything else, and soon."""

from __future__ import annotations

import time

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reconciler.core import document
from reconciler.core.catalogue import CATALOGUE
from reconciler.core.document import MapNode, plain, read
from reconciler.core.plaintext import MAX_PROBLEMS
from reconciler.core.scalars import HOSTILE
from reconciler.errors import InvalidDocuments

SCANNERS = [document.LOADER, yaml.SafeLoader]

BOMBS = {
    "brackets": b"[" * 100_000,
    "brackets in a map": b"a: " + b"[" * 100_000,
    "maps": b"{a: " * 50_000,
    "maps as keys": b"{" * 100_000,
    "question marks": b"? " * 100_000,
    "dashes": b"- " * 100_000,
    "stairs": b"".join(b" " * n + b"a:\n" for n in range(500)),
    "aliases": b"a: &a [x,x,x,x,x,x,x,x,x]\n"
    + b"".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 9)}]\n".encode()
        for n in range(9)
    ),
    "one alias within itself": b"a: &a [*a]\n",
    "huge key": b"k" * 250_000 + b": 1\n",
    "huge quoted key": b'"' + b"k" * 250_000 + b'": 1\n',
    "huge value": b"a: " + b"v" * 250_000,
    "huge integer": b"a: " + b"9" * 250_000,
    "huge fraction": b"a: 0." + b"9" * 250_000,
    "huge exponent": b"a: 1e" + b"9" * 250_000,
    "digits and colons": b"a: " + b"1:" * 125_000,
    "digits and underscores": b"a: " + b"1_" * 125_000,
    "folded": b"a: >\n" + b" x\n" * 80_000,
    "plain over many lines": b"a: x\n" + b" x\n" * 80_000,
    "comments": b"# x\n" * 60_000,
    "blank lines": b"\n" * 250_000,
    "blanks": b" " * 250_000,
    "tabs": b"\t" * 250_000,
    "commas": b"a: [" + b"," * 250_000,
    "colons": b":" * 250_000,
    "colons in a map": b"{" + b":" * 250_000,
    "quotes": b"'" * 250_000,
    "anchors": b"&a " * 80_000,
    "tags": b"!" * 250_000,
    "tag lines": b"%TAG !e! tag:e,2000:\n" * 10_000 + b"---\na: 1\n",
    "version of many digits": b"%YAML 1." + b"1" * 5_000 + b"\n---\na: 1\n",
    "escape beyond Unicode": b'a: "\\UFFFFFFFF"\n',
    "tag with a broken escape": b"a: !%ff%fe x\n",
    "documents": b"---\n" * 60_000,
    "equal keys": b"a: 1\n" * 50_000,
    "many keys": b"".join(f"k{n}: {n}\n".encode() for n in range(9_000)),
    "hidden characters": "\u202e".encode() * 80_000,
    "not UTF-8": b"\xff" * 250_000,
}


def outcome(data: bytes) -> MapNode | InvalidDocuments:
    try:
        return read(data, "a.yaml")
    except InvalidDocuments as error:
        assert 0 < len(error.problems) <= MAX_PROBLEMS + 1
        assert all(problem.code in CATALOGUE for problem in error.problems)
        return error


def no_node_is_hidden_or_odd(value: object) -> bool:
    if isinstance(value, dict):
        return all(
            isinstance(key, str) and no_node_is_hidden_or_odd(key) and no_node_is_hidden_or_odd(v)
            for key, v in value.items()
        )
    if isinstance(value, list):
        return all(no_node_is_hidden_or_odd(item) for item in value)
    if isinstance(value, str):
        return HOSTILE.search(value) is None
    return value is None or isinstance(value, bool | int | float)


@pytest.mark.parametrize("scanner", SCANNERS)
@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_answered_within_a_second(
    name: str, scanner: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(document, "LOADER", scanner)
    start = time.process_time()
    outcome(BOMBS[name])
    slow = 1 if scanner is SCANNERS[0] else 8
    assert time.process_time() - start < slow


WORDS = ["a", "b", "key:", "0", "1.5", "1e5", "no", "~", "<<", "---", "...", "&x", "*x", "!t"]
WORDS += ["\\u202e", "\\x00", "\\ud800", "é", "漢"]
SIGNS = [*"-?:,[]{}&*!|>'\"%@`#\\", ": ", "- ", " ", "  "]
BREAKS = ["\n", "\n  ", "\n\n", "\r\n", "\r", "\t", "\x00", "\ufeff"]
YAML_PIECES = st.sampled_from([*WORDS, *SIGNS, *BREAKS])


@settings(max_examples=600, deadline=None)
@given(st.lists(YAML_PIECES, max_size=40))
def test_any_text_made_of_yaml_gives_a_clean_map_or_numbered_problems(pieces: list[str]) -> None:
    data = "".join(pieces).encode("utf-8", "surrogatepass")
    for scanner in SCANNERS:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(document, "LOADER", scanner)
            found = outcome(data)
        if isinstance(found, MapNode):
            assert no_node_is_hidden_or_odd(plain(found))


@settings(max_examples=400, deadline=None)
@given(st.binary(max_size=200))
@example(b"")
@example(b"\xef\xbb\xbf")
@example(b"\xff\xfea\x00:\x00")
def test_any_bytes_give_a_map_or_numbered_problems(data: bytes) -> None:
    outcome(data)
    outcome(b"a: " + data)


@settings(max_examples=300, deadline=None)
@given(st.lists(YAML_PIECES, max_size=12))
def test_a_map_that_is_accepted_means_the_same_to_a_yaml_1_1_reader(pieces: list[str]) -> None:
    found = outcome("".join(["a: ", *pieces]).encode("utf-8", "surrogatepass"))
    if isinstance(found, MapNode):
        ours = plain(found)
        text = "".join(["a: ", *pieces]).replace("\r\n", "\n")
        theirs = yaml.load(text, Loader=document.LOADER)
        assert _without_exponents(ours) == _without_exponents(theirs)


def _without_exponents(value: object) -> object:
    """The one difference that is meant: `1e5` is text to YAML 1.1."""
    if isinstance(value, dict):
        return {key: _without_exponents(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_exponents(item) for item in value]
    if isinstance(value, float):
        return getattr(value, "text", value) if "e" in getattr(value, "text", "") else value
    return value
