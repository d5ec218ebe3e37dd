"""Problems as GitHub's annotations and as SARIF."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.catalogue import CATALOGUE
from reconciler.errors import Place, Problem
from reconciler.render.annotations import github_text, sarif_document
from reconciler.render.inert import inert
from reconciler.render.json import dumps
from tests.render.hostile_texts import HOSTILE

PLACE = Place("jobs/churn/churn-xgb.yaml", 14, 3, 20)
PROBLEM = Problem("E101", "unknown key `x` in `y`", PLACE, "did you mean `z`?")
COMMAND = re.compile(r"::(error|notice) ([^:]*)::(.*)")
ANY = st.one_of(st.text(), st.sampled_from(HOSTILE))


def test_an_annotation_says_where_what_and_what_to_do() -> None:
    """In the form that a runner reads."""
    assert github_text([PROBLEM]) == (
        "::error file=jobs/churn/churn-xgb.yaml,line=14,col=3,endColumn=22,title=E101"
        "::unknown key `x` in `y`%0Ahelp: did you mean `z`?\n"
    )


def test_a_problem_without_a_place_is_an_annotation_too() -> None:
    """GitHub then shows it with the run."""
    assert github_text([Problem("E100", "nothing")]) == "::error title=E100::nothing\n"
    assert github_text([]) == ""


def test_the_worst_ten_come_first_and_the_others_are_counted() -> None:
    """GitHub shows ten of a step: what cannot be read before what is only wrong."""
    problems = [Problem("E206", f"limit {i}", Place("jobs/a.yaml", i, 1)) for i in range(1, 31)]
    problems += [Problem("E001", "not YAML", Place("jobs/z.yaml", 1, 1))]
    lines = github_text(problems).splitlines()
    assert "title=E001" in lines[0]
    assert [line.startswith("::error ") for line in lines[:11]] == [True] * 10 + [False]
    assert lines[10] == "::notice title=reconciler::21 more problems, in the log of this step"
    assert len(lines) == 32
    assert lines[-1] == "error jobs/a.yaml:30:1: error[E206]: limit 30"


@settings(deadline=None)
@given(ANY, ANY, ANY)
def test_no_text_can_end_its_command_or_begin_another(path: str, message: str, cure: str) -> None:
    """One line and three properties, whatever is in them; a runner reads the same text back."""
    [line] = github_text([Problem("E101", message, Place(path, 1, 1), cure)]).splitlines()
    found = COMMAND.fullmatch(line)
    assert found is not None
    properties = dict(pair.split("=", 1) for pair in found[2].split(","))
    assert properties.keys() == {"file", "line", "col", "endColumn", "title"}
    assert unescaped(properties["file"]) == inert(path)
    told = inert(message) + (f"\nhelp: {inert(cure)}" if cure else "")
    assert unescaped(found[3]) == told


def unescaped(text: str) -> str:
    """As actions/runner does it: the sign of percent last."""
    for escape, sign in (("%0A", "\n"), ("%0D", "\r"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(escape, sign)
    return text


@pytest.mark.parametrize("hostile", HOSTILE)
def test_plain_lines_are_no_commands(hostile: str) -> None:
    """The eleventh problem and those after it are log lines."""
    text = github_text([Problem("E101", hostile, Place(hostile, i, 1)) for i in range(1, 13)])
    for line in text.splitlines()[11:]:
        assert line.startswith("error ") and "##[" not in line


def test_sarif_has_the_rules_once_and_every_problem_with_its_place() -> None:
    """Columns count characters, and the end is the column after the last one."""
    other = Problem("E101", "again", PLACE, related=(("first here", PLACE),))
    document = sarif_document([PROBLEM, other, Problem("E203", "no place")])
    assert document["version"] == "2.1.0" and "sarif-schema-2.1.0.json" in document["$schema"]
    [run] = document["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["E101", "E203"]
    assert rules[0]["shortDescription"] == {"text": CATALOGUE["E101"].title}
    assert run["columnKind"] == "unicodeCodePoints"
    results = run["results"]
    assert [(r["ruleId"], r["ruleIndex"]) for r in results] == [("E101", 0)] * 2 + [("E203", 1)]
    first = next(r for r in results if "help:" in r["message"]["text"])
    assert first["message"]["text"] == "unknown key `x` in `y`\nhelp: did you mean `z`?"
    assert first["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {
                    "uri": "jobs/churn/churn-xgb.yaml",
                    "uriBaseId": "%SRCROOT%",
                },
                "region": {"startLine": 14, "startColumn": 3, "endColumn": 23},
            }
        }
    ]
    assert results[0]["relatedLocations"][0]["message"] == {"text": "first here"}
    assert results[2]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "."


def test_sarif_of_no_problem_is_a_run_without_results() -> None:
    """Code scanning then closes what was open."""
    assert sarif_document([])["runs"][0]["results"] == []


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_path_in_sarif_is_a_relative_uri(hostile: str) -> None:
    """Whatever a file is called."""
    document: dict[str, Any] = sarif_document([Problem("E101", hostile, Place(hostile, 1, 1))])
    text = dumps(document)
    assert json.loads(text) == document
    [result] = document["runs"][0]["results"]
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert re.fullmatch(r"[A-Za-z0-9_.~/%-]*", uri)
