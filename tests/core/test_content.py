"""Content: what of a spec is hashed."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel

from reconciler.core.content import AS_WRITTEN, content
from reconciler.core.kind import Spec
from reconciler.core.resource import sha256_of
from reconciler.core.scalars import Float, Integer


class Part(BaseModel):
    """A group of a spec."""

    count: int | None = None
    bound: float | None = None


class Thing(Spec):
    """A spec of a kind that is only here."""

    part: Part | None = None
    parts: dict[str, Part] | None = None
    free: Annotated[dict[str, Any] | None, AS_WRITTEN] = None
    texts: dict[str, str] | None = None


def of(**values: Any) -> dict[str, Any]:
    return content(Thing.model_validate(values), {"tags", "part.count"})


def test_only_what_was_set_is_content() -> None:
    assert of(part={"bound": 0.5}, texts={"a": "1"}) == {
        "part": {"bound": "0.5"},
        "texts": {"a": "1"},
    }


def test_which_resource_it_is_and_whence_it_inherits_is_no_content() -> None:
    assert of(name="a", version=3, runtime="gpu", run=2) == {"run": 2}


def test_what_changes_in_place_leaves_nothing_behind() -> None:
    assert of(tags={"a": "b"}, part={"count": 1}) == {}
    assert of(part={"count": 1, "bound": 1.5}) == {"part": {"bound": "1.5"}}


def test_an_empty_group_stays() -> None:
    assert of(parts={"a": {}}, free={}) == {"parts": {"a": {}}, "free": {}}


def test_numbers_keep_their_characters_and_differ_from_text() -> None:
    numbers = [Float(0.1, "0.10"), Float(0.1, "0.1"), Integer(16, "0x10"), Integer(16)]
    texts = ["0.10", "0.1", '"0.1"', "0x10", "16"]
    hashes = {sha256_of(of(free={"a": value})) for value in (*numbers, *texts)}
    assert len(hashes) == len(numbers) + len(texts)
    assert of(free={"a": Float(0.1, "0.10")}) == {"free": {"a": "0.10"}}
    assert of(free={"a": "adam", "b": None}) == {"free": {"a": "adam", "b": None}}


def test_words_differ_from_the_same_words_in_quotes() -> None:
    for word, text in ((None, "null"), (True, "true"), (False, "false")):
        assert of(free={"a": word}) != of(free={"a": text})


def test_text_elsewhere_is_never_quoted() -> None:
    assert of(texts={"version": "2.6"}) == {"texts": {"version": "2.6"}}
