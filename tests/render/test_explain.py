"""Explanations of rules and fields."""

from __future__ import annotations

from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from reconciler.core.catalogue import CATALOGUE
from reconciler.core.environment import Duration
from reconciler.render.explain import field_paths, field_text, find_field, rule_text
from reconciler.render.theme import Theme


class Channel(BaseModel):
    """A channel."""

    job: str | None = None


class Job(BaseModel):
    """A job."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    max_runtime: Duration | None = None
    """Longest time of the run."""
    mode: Literal["File", "Pipe"] = "File"
    inputs: Annotated[dict[str, Channel] | None, Field(max_length=20)] = None
    subnets: list[str] | None = None
    run: int | str | None = None
    spot: bool = False


@pytest.mark.parametrize("code", sorted(CATALOGUE))
def test_every_rule_can_be_explained(code: str) -> None:
    """Number, reason and cure."""
    rule = CATALOGUE[code]
    text = rule_text(rule, Theme())
    assert text.startswith(f"{code}: {rule.title}\n")
    assert rule.why in text and rule.cure in text


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("max_runtime", "a number with its unit"),
        ("mode", "one of File, Pipe"),
        ("inputs", "a map by name; each a map with job"),
        ("inputs.train.job", "text"),
        ("subnets", "a list; each text"),
        ("run", "a whole number or text"),
        ("spot", "true or false"),
    ],
)
def test_a_field_says_what_it_may_hold(path: str, form: str) -> None:
    """In words of the document, not of Python."""
    field = find_field(Job, path)
    assert field is not None
    assert f"  value    {form}\n" in field_text("Job", path, field, {}, Theme())


def test_a_field_tells_its_meaning_default_and_aws_name() -> None:
    """As far as there are any."""
    names = {"MaxRuntimeInSeconds": "max_runtime", "Mode": "mode"}
    runtime, mode = find_field(Job, "max_runtime"), find_field(Job, "mode")
    assert runtime is not None and mode is not None
    assert field_text("Job", "max_runtime", runtime, names, Theme()) == (
        "Job max_runtime\n"
        "  Longest time of the run.\n"
        "  value    a number with its unit\n"
        "  AWS      MaxRuntimeInSeconds\n"
    )
    assert "  default  File\n" in field_text("Job", "mode", mode, names, Theme())


@pytest.mark.parametrize("path", ["nothing", "mode.deeper", "inputs.train.nothing", ""])
def test_what_is_no_field_is_not_found(path: str) -> None:
    """Also below a value that has nothing below it."""
    assert find_field(Job, path) is None


def test_every_path_that_is_listed_can_be_found() -> None:
    """Names of map entries are `NAME`."""
    paths = list(field_paths(Job))
    assert "inputs.NAME.job" in paths
    assert all(find_field(Job, path) is not None for path in paths)
