"""Problems for the machines around a pull request: GitHub's annotations, and SARIF.

Both get the same inert texts as a person. An annotation is a line of output that a runner obeys,
so each part of it is escaped as the runner's own toolkit does.
"""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Iterable, Sequence
from typing import Any

from reconciler import __version__
from reconciler.core.catalogue import CATALOGUE, Rule
from reconciler.errors import Place, Problem
from reconciler.render.inert import inert
from reconciler.render.values import counted

_SHOWN = 10
"""Annotations of one kind that GitHub shows for one step."""

_DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY = {**_DATA, ":": "%3A", ",": "%2C"}
"""What @actions/core escapes in the text of a command, and in its properties (command.ts)."""

_SARIF_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)


def github_text(problems: Iterable[Problem]) -> str:
    """`::error` lines for the worst ten; the others as plain lines below a count of them.

    The worst is what keeps most of a document from being checked: the lowest number.
    """
    found = sorted(problems, key=_worst_first)
    lines = [_annotation(problem) for problem in found[:_SHOWN]]
    rest = found[_SHOWN:]
    if rest:
        told = f"{counted(len(rest), 'more problem')}, in the log of this step"
        lines.append(f"::notice title=reconciler::{_escaped(told, _DATA)}")
        lines += [f"error {inert(str(problem))}" for problem in rest]
    return "".join(f"{line}\n" for line in lines)


def sarif_document(problems: Iterable[Problem]) -> dict[str, Any]:
    """SARIF 2.1.0, as code scanning takes it; columns count characters."""
    found = sorted(problems, key=_worst_first)
    codes = sorted({problem.code for problem in found})
    driver = {
        "name": "reconciler",
        "version": __version__,
        "rules": [_rule(code, CATALOGUE.get(code)) for code in codes],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(problem, codes) for problem in found],
    }
    return {"$schema": _SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}


def _worst_first(problem: Problem) -> tuple[str, bool, Place, str]:
    place = problem.place or Place("", 0, 0)
    return problem.code, problem.place is None, place, problem.message


def _annotation(problem: Problem) -> str:
    properties = {"title": problem.code}
    if problem.place:
        place = problem.place
        properties = {
            "file": inert(place.path),
            "line": str(place.line),
            "col": str(place.column),
            "endColumn": str(place.column + max(place.width, 1) - 1),
            **properties,
        }
    told = ",".join(f"{key}={_escaped(text, _PROPERTY)}" for key, text in properties.items())
    places = "".join(f"\n{inert(note)}: {inert(str(place))}" for note, place in problem.related)
    return f"::error {told}::{_escaped(_message(problem) + places, _DATA)}"


def _message(problem: Problem) -> str:
    """What is wrong and, on a line of its own, what to do."""
    cure = f"\nhelp: {inert(problem.help)}" if problem.help else ""
    return inert(problem.message) + cure


def _escaped(text: str, table: dict[str, str]) -> str:
    return re.sub("[%\r\n:,]", lambda found: table.get(found[0], found[0]), text)


def _rule(code: str, rule: Rule | None) -> dict[str, Any]:
    if rule is None:
        return {"id": code}
    return {
        "id": code,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.why},
        "help": {"text": rule.cure},
        "defaultConfiguration": {"level": "error"},
    }


def _result(problem: Problem, codes: Sequence[str]) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": problem.code,
        "ruleIndex": codes.index(problem.code),
        "level": "error",
        "message": {"text": _message(problem)},
        "locations": [_location(problem.place)],
    }
    if problem.related:
        result["relatedLocations"] = [
            {**_location(place), "message": {"text": inert(note)}}
            for note, place in problem.related
        ]
    return result


def _location(place: Place | None) -> dict[str, Any]:
    """Where; the whole repository for a problem without a place, since GitHub wants one."""
    path = urllib.parse.quote(place.path.encode("utf-8", "surrogatepass")) if place else "."
    artifact = {"uri": path, "uriBaseId": "%SRCROOT%"}
    if place is None:
        return {"physicalLocation": {"artifactLocation": artifact}}
    region = {
        "startLine": place.line,
        "startColumn": place.column,
        "endColumn": place.column + max(place.width, 1),
    }
    return {"physicalLocation": {"artifactLocation": artifact, "region": region}}
