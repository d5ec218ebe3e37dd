"""The documents that jobs of a workflow hand on: a plan, and what an apply reports.

A plan was made from a pull request, so what is read here can say anything, in any form. Held
against its form is what is read of it; the rest is nobody's business.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from reconciler.errors import ReconcilerError


class _Read(BaseModel):
    model_config = ConfigDict(strict=True)


class _Change(_Read):
    name: str


class _Row(_Read):
    model_config = ConfigDict(extra="forbid")

    action: str
    kind: str
    name: str
    version: int | None
    digest: str
    change_digest: str
    cost_bound: str | None
    images: list[str]
    attempts: int
    terms: str


class _Place(_Read):
    path: str


class _Note(_Read):
    standing: str
    kind: str
    name: str
    version: int | None
    digest: str
    then: str | None
    attempts: int
    code: str | None
    message: str
    help: str | None
    place: _Place | None


class _Revision(_Read):
    base: Annotated[str, Field(pattern=r"^[0-9a-f]{40,64}$")] | None
    commit: str | None = None


class _Basis(_Read):
    paths: list[str]
    records: dict[str, str]


class _Plan(_Read):
    revision: _Revision
    changes: list[_Change]
    notes: list[_Note]
    problems: list[Any]
    approval: list[_Row]
    asked: list[str] | None
    basis: _Basis | None


class _Outcome(_Read):
    name: str
    version: int | None
    state: str | None
    message: str


class _Report(_Read):
    failed: bool
    outcomes: list[_Outcome]
    repaired: list[str]
    plan: _Plan | None


_FORMS: Mapping[str, type[_Read]] = {
    "reconciler/plan/v1": _Plan,
    "reconciler/report/v1": _Report,
}


def read_document(path: Path, format: str) -> Mapping[str, Any] | None:
    """A document of one of the formats `reconciler/plan/v1` and `reconciler/report/v1`; None if
    it is not there. Raises ReconcilerError for one that is not of the format."""
    try:
        document = json.loads(path.read_text("utf-8"))
        _FORMS[format].model_validate(document)
        if document["format"] == format:
            return dict(document)
    except FileNotFoundError:
        return None
    except (IsADirectoryError, KeyError, RecursionError, ValidationError, ValueError):
        pass
    raise ReconcilerError(
        f"{path} is not a document of the format {format}",
        advice="have it written again by the version of the reconciler that reads it",
    )
