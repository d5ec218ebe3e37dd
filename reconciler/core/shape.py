"""Shape: what a pydantic model says about a document, as problems with places.

One slip gives one problem, and its path is the path in the YAML.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from reconciler.core.merge import dotted
from reconciler.core.nodes import MapNode, node_at, place_of
from reconciler.core.suggest import did_you_mean
from reconciler.core.wording import reworded
from reconciler.errors import Problem

_NUMBERED = re.compile(r"E[0-9]{3}")
_MODELS = frozenset({"model_type", "model_attributes_type"})
_SECRET = "env"
"""Values under this key are never printed."""

Path = tuple[str | int, ...]


def problems_of(
    error: ValidationError,
    node: MapNode,
    model: type[BaseModel],
    aws_names: Mapping[str, str] | None = None,
) -> tuple[Problem, ...]:
    """Numbered problems for what `model` refused in `node`, one for each place."""
    found: dict[Path, Problem] = {}
    for details in error.errors(include_url=False):
        path = _path_in(node, details["loc"])
        if path not in found:
            found[path] = _problem(details, path, node, model, aws_names or {})
    return tuple(found.values())


def _path_in(node: MapNode, loc: tuple[int | str, ...]) -> Path:
    """The part of pydantic's location that exists in the document.

    pydantic puts names of union members and `[key]` marks into locations; they are left out.
    """
    path: Path = ()
    for step in loc:
        if node_at(node, (*path, step)) is not None:
            path = (*path, step)
    return path


def _problem(
    details: ErrorDetails,
    path: Path,
    node: MapNode,
    model: type[BaseModel],
    aws_names: Mapping[str, str],
) -> Problem:
    kind = details["type"]
    if kind == "extra_forbidden":
        return unknown_key(path, node, tuple(_keys_at(model, path[:-1])), aws_names, (model,))
    if kind == "missing":
        return missing_key((*path, details["loc"][-1]), node)
    place = place_of(node, path, key=not path)
    message, help_text = reworded(details)
    if help_text is None and kind in _MODELS:
        help_text = f"keys that it may have: {', '.join(_keys_at(model, path))}"
    cause = details.get("ctx", {}).get("error")
    if isinstance(cause, ValueError):
        message = str(cause)
    code = kind if _NUMBERED.fullmatch(kind) else "E103"
    if _is_secret(path):
        help_text = "put it in quotes"
    return Problem(code, f"{_named(path)}{_lower(message)}{_got(details, path)}", place, help_text)


def _is_secret(path: Path) -> bool:
    return _SECRET in path


def unknown_key(
    path: Path,
    node: MapNode,
    candidates: tuple[str, ...],
    aws_names: Mapping[str, str],
    models: Iterable[type[BaseModel]],
) -> Problem:
    """E101 for the key at `path`, with the key that was probably meant; `models` are those of the
    whole document."""
    key = str(path[-1])
    guess = did_you_mean(key, candidates, aws_names=aws_names)
    homes = [] if guess in candidates else list(dict.fromkeys(_homes(models, guess or key)))
    help_text: str | None
    where = f" in `{dotted(path[:-1])}`" if path[:-1] else ""
    known = ", ".join(candidates)
    if homes:
        under = " or ".join(homes[:3])
        meant = guess not in (None, key)
        help_text = f"did you mean `{guess}` {under}?" if meant else f"it belongs {under}"
    elif guess:
        help_text = f"did you mean `{guess}`?"
    else:
        help_text = f"known keys: {known}" if 0 < len(known) < 400 else None
    return Problem("E101", f"unknown key `{key}`{where}", place_of(node, path, key=True), help_text)


def missing_key(path: Path, node: MapNode, help_text: str | None = None) -> Problem:
    """E102 for a key that has to be there."""
    return Problem(
        "E102", f"`{dotted(path)}` is missing", place_of(node, path[:-1], key=True), help_text
    )


def _named(path: Path) -> str:
    return f"`{dotted(path)}`: " if path else ""


def _lower(message: str) -> str:
    message = message.removeprefix("Value error, ")
    return message[:1].lower() + message[1:] if message[1:2].islower() else message


def _got(details: ErrorDetails, path: Path) -> str:
    value = details["input"]
    if _is_secret(path) or not isinstance(value, str | int | float):
        return ""
    kind = details["type"]
    if _NUMBERED.fullmatch(kind) or kind in ("value_error", "string_too_long"):
        return ""
    shown = getattr(value, "text", None) or (
        str(value).lower() if value in (True, False) else value
    )
    text = "the text " if isinstance(value, str) and kind.endswith("_type") else ""
    return f", not {text}`{str(shown)[:60]}`"


def _homes(models: Iterable[type[BaseModel]], key: str) -> Iterator[str]:
    """Where the models know a key: at the top of the document, or under one of its keys."""
    for model in models:
        if key in model.model_fields:
            yield "at the top of the document"
        for name, field in model.model_fields.items():
            parts = (field.annotation, *get_args(field.annotation))
            inner = [p for p in parts if isinstance(p, type) and issubclass(p, BaseModel)]
            if any(key in part.model_fields for part in inner):
                yield f"under `{name}`"


def _keys_at(model: type[BaseModel], path: Path) -> Iterator[str]:
    """Keys that the model knows at a path."""
    for found in _models_at((model,), path):
        yield from (field.alias or name for name, field in found.model_fields.items())


def _models_at(models: tuple[type[BaseModel], ...], path: Path) -> tuple[type[BaseModel], ...]:
    for step in path:
        inner: list[type[BaseModel]] = []
        for model in models:
            field = model.model_fields.get(str(step))
            inner.extend(_models_in(field.annotation) if field else (model,))
        models = tuple(inner)
    return models


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)
