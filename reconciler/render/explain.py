"""Explanations as text: a rule of the catalogue, a field of a kind's spec."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, BeforeValidator
from pydantic.fields import FieldInfo

from reconciler.core.catalogue import Rule
from reconciler.render.theme import Theme

_WORDS: Mapping[Any, str] = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
}


def rule_text(rule: Rule, theme: Theme) -> str:
    """Number and title, why the rule is there, how to follow it, an example."""
    lines = [theme.paint(f"{rule.code}: {rule.title}", "strong"), "", rule.why, "", rule.cure]
    if rule.example:
        lines += ["", *(f"    {line}" for line in rule.example.strip("\n").splitlines())]
    return "\n".join(lines) + "\n"


def field_text(
    kind: str, path: str, field: FieldInfo, aws_names: Mapping[str, str], theme: Theme
) -> str:
    """What a field means, what it may hold, its default, and AWS's name for it."""
    lines = [theme.paint(f"{kind} {path}", "strong")]
    if field.description:
        lines.append(f"  {' '.join(field.description.split())}")
    lines.append(f"  value    {_form(field.annotation)}")
    if field.default is not None and not field.is_required():
        lines.append(f"  default  {_default(field.default)}")
    key = path.rpartition(".")[2]
    names = sorted({name for name, ours in aws_names.items() if ours in (path, key)})
    if names:
        lines.append(f"  AWS      {', '.join(names)}")
    return "\n".join(lines) + "\n"


def find_field(model: type[BaseModel], path: str) -> FieldInfo | None:
    """The field at a dotted path; below a map any word stands for the name (`inputs.train.job`)."""
    words = path.split(".")
    current: Any = model
    field: FieldInfo | None = None
    while words:
        shape = _bare(current)
        word = words.pop(0)
        if _is_model(shape):
            field = shape.model_fields.get(word)
            if field is None:
                return None
            current = field.annotation
        elif get_origin(shape) is dict and field is not None:
            current = get_args(shape)[1]
        else:
            return None
    return field


def field_paths(model: type[BaseModel]) -> Iterator[str]:
    """Every path that `find_field` knows, names of map entries as `NAME`."""
    yield from _paths(model, "")


def _paths(shape: Any, prefix: str) -> Iterator[str]:
    shape = _bare(shape)
    if _is_model(shape):
        for name, field in shape.model_fields.items():
            yield prefix + name
            yield from _paths(field.annotation, f"{prefix}{name}.")
    elif get_origin(shape) is dict:
        yield from _paths(get_args(shape)[1], f"{prefix}NAME.")


def _bare(annotation: Any) -> Any:
    """An annotation without `| None` and `Annotated`."""
    if get_origin(annotation) is Annotated:
        return _bare(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        members = [member for member in get_args(annotation) if member is not type(None)]
        return _bare(members[0]) if len(members) == 1 else annotation
    return annotation


def _has_unit(annotation: Any) -> bool:
    """Whether a number is written as text with a unit, such as `6h`: a validator reads it."""
    if get_origin(annotation) in (Union, types.UnionType):
        members = [member for member in get_args(annotation) if member is not type(None)]
        return len(members) == 1 and _has_unit(members[0])
    if get_origin(annotation) is not Annotated:
        return False
    kind, *metadata = get_args(annotation)
    return kind is int and any(isinstance(item, BeforeValidator) for item in metadata)


def _is_model(shape: Any) -> bool:
    return isinstance(shape, type) and issubclass(shape, BaseModel)


def _form(annotation: Any) -> str:
    """What a value may be, in words."""
    if _has_unit(annotation):
        return "a number with its unit"
    shape = _bare(annotation)
    if shape in _WORDS:
        return _WORDS[shape]
    if _is_model(shape):
        return "a map with " + ", ".join(shape.model_fields)
    return _generic_form(get_origin(shape), get_args(shape))


def _generic_form(origin: Any, arguments: tuple[Any, ...]) -> str:
    if origin is Literal:
        return "one of " + ", ".join(str(choice) for choice in arguments)
    if origin is list:
        return f"a list; each {_form(arguments[0])}"
    if origin is dict:
        return f"a map by name; each {_form(arguments[1])}"
    if origin in (Union, types.UnionType):
        members = [_form(member) for member in arguments if member is not type(None)]
        return " or ".join(dict.fromkeys(members))
    return "any value"


def _default(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) or '""'
