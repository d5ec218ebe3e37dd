"""Explanations as text: a rule of the catalogue, a key of a document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reconciler.core.catalogue import Rule
from reconciler.core.reference import ITEM, NAME, Key, Schema
from reconciler.core.scalars import written
from reconciler.render.theme import Theme
from reconciler.render.yaml import scalar_text


def rule_text(rule: Rule, theme: Theme) -> str:
    """Number and title, why the rule is there, how to follow it, an example."""
    lines = [theme.paint(f"{rule.code}: {rule.title}", "strong"), "", rule.why, "", rule.cure]
    if rule.example:
        lines += ["", *(f"    {line}" for line in rule.example.strip("\n").splitlines())]
    return "\n".join(lines) + "\n"


def key_text(documents: str, key: Key, members: Sequence[str], theme: Theme) -> str:
    """What a key means, what it may hold, its default, an example, and AWS's name for it."""
    blocks = key.path.startswith("environments") and key.path.count(".") < 2
    lines = [theme.paint(f"{documents} {key.path}", "strong")]
    lines += [f"  {key.meaning}"] if key.meaning else []
    lines += [f"  {NAME:<8} a name of your own"] if NAME in key.path else []
    lines.append(f"  value    {form(key.schema, names_keys=not blocks)}")
    default = default_text(key.schema)
    lines += [f"  default  {default}"] if default is not None else []
    example = _example(key)
    lines += [f"  example  {example}"] if example else []
    lines += [f"  AWS      {', '.join(members)}"] if members else []
    return "\n".join(lines) + "\n"


def form(schema: Schema, *, names_keys: bool) -> str:
    """What a value may be, in words; of a map, with `names_keys`, also which keys it has."""
    if "anyOf" in schema:
        forms = {form(option, names_keys=names_keys) for option in schema["anyOf"]}
        return ("; or " if any(";" in one or "," in one for one in forms) else " or ").join(
            sorted(forms, key=lambda one: (len(one), one))
        )
    choices = [schema["const"]] if "const" in schema else schema.get("enum")
    if choices:
        return ("one of " if len(choices) > 1 else "") + ", ".join(str(one) for one in choices)
    match schema.get("type"):
        case "array":
            text = f"a list; each {form(schema['items'], names_keys=names_keys)}"
        case "object":
            text = _map_form(schema, names_keys=names_keys)
        case "integer" | "number":
            text = _number_form(schema)
        case "string":
            text = _text_form(schema)
        case kind:
            text = "true or false" if kind == "boolean" else "any value"
    return text


def default_text(schema: Schema) -> str | None:
    """The default of a value, as people write it."""
    if schema.get("default") is None:
        return None
    return written(schema["default"]) or '""'


def _map_form(schema: Schema, *, names_keys: bool) -> str:
    if "properties" in schema:
        if not schema["properties"]:
            return "an empty map: {}"
        return "a map" + (f" with {', '.join(schema['properties'])}" if names_keys else "")
    if isinstance(schema.get("additionalProperties"), dict):
        return f"a map by name; each {form(schema['additionalProperties'], names_keys=names_keys)}"
    return "a map of any values"


def _text_form(schema: Schema) -> str:
    """Text with a pattern message is a number with its unit, which only a pattern can check."""
    kind = "a number with its unit" if "patternErrorMessage" in schema else "text"
    examples = schema.get("examples")
    return f"{kind}, such as {examples[0]}" if examples else kind


def _number_form(schema: Schema) -> str:
    least, most = schema.get("minimum"), schema.get("maximum")
    text = "a whole number" if schema["type"] == "integer" else "a number"
    text += f" from {least}" if least is not None else ""
    return text + (f" to {most}" if most is not None else "")


def _example(key: Key) -> str | None:
    """The key with a value that it may have, as one line of YAML."""
    if key.schema.get("type") == "array":
        return _example(Key(key.path + ITEM, key.meaning, key.schema["items"]))
    value = _value(key.schema)
    if value is None:
        return None
    text = scalar_text(value)
    *above, last = key.path.replace(ITEM, f".{ITEM}").split(".")
    text = f"[{text}]" if last == ITEM else f"{last}: {text}"
    for step in reversed(above):
        text = f"[{{{text}}}]" if step == ITEM else f"{step}: {_within(text)}"
    return text


def _within(text: str) -> str:
    return text if text.startswith("[") else f"{{{text}}}"


def _value(schema: Schema) -> Any:
    """A value of a schema that names one."""
    for option in schema.get("anyOf", (schema,)):
        if option.get("type") == "boolean":
            return True
        known = [*option.get("examples", ()), *option.get("enum", ())]
        if known or "const" in option:
            return known[0] if known else option["const"]
    return None
