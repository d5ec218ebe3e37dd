"""Members: what is wrong with a request, in the words of AWS's API.

The rules speak of keys; somebody who imports a request knows only its members.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.core.fields import common, get, rows
from reconciler.core.kind import Finding
from reconciler.kinds.training_job.fields import READ_ONLY, TABLE

_WORD = re.compile(r"`([a-z][a-z0-9_.*]*)`")
_AGAIN = re.compile(r"(`[^`]+`)(?:, \1)+")
"""Keys beside each other that are made of one member."""
_WITHOUT_ROW: Mapping[str, str] = {
    "name": "TrainingJobName",
    "script": "AlgorithmSpecification",
    "builtin": "AlgorithmSpecification",
    "container": "AlgorithmSpecification",
    "serverless": "ServerlessJobConfig",
    "distributed": "HyperParameters",
    "compute": "ResourceConfig",
    "networking": "VpcConfig",
    "stopping_condition": "StoppingCondition",
    "debugger": "DebugHookConfig",
    "owner": "Tags",
}
"""Keys without a row of their own, and the member that is made of them."""

_UNIQUE = (
    ("InputDataConfig", "ChannelName", "E234"),
    ("Tags", "Key", "E230"),
    ("ResourceConfig.InstanceGroups", "InstanceGroupName", "E234"),
)
"""Lists of which no two items may have the same name."""


def member_of(path: tuple[str | int, ...]) -> str:
    """The member of the request that a key stands for, or that of its nearest parent:
    `InputDataConfig[train].InputMode`."""
    keys = [step for step in path if isinstance(step, str)]
    plain = [
        (key.replace("[]", "").split("."), member)
        for key, member in rows(TABLE)
        if not key.endswith("*")
    ]
    for length in range(len(keys), 0, -1):
        steps = keys[:length]
        exact = [m for key, m in plain if len(key) == length and _fits(key, steps)]
        within = [m for key, m in plain if len(key) > length and _fits(key[:length], steps)]
        found = exact[0] if exact else ".".join(common(m.split(".") for m in within))
        if found:
            return ".".join([_named(found, plain, steps), *(keys[length:] if exact else ())])
    return _WITHOUT_ROW.get(keys[0], keys[0]) if keys else "AlgorithmSpecification"


def in_members(text: str) -> str:
    """A message with AWS's names in place of keys."""
    return _AGAIN.sub(r"\1", _WORD.sub(lambda match: f"`{_member_of_word(match[1])}`", text))


def twice(params: Mapping[str, Any]) -> Iterator[Finding]:
    """E234, E230: two channels, groups or tags of one name; a document has a map there."""
    for member, name, code in _UNIQUE:
        seen: set[str] = set()
        for index, item in enumerate(get(params, tuple(member.split("."))) or ()):
            if item[name] in seen:
                where = f"{member}[{index}].{name}"
                yield Finding(code, f"`{where}`: `{item[name]}` stands there twice")
            seen.add(item[name])


def read_only(params: Mapping[str, Any]) -> Iterator[Finding]:
    """E213: a request says what only SageMaker's answers have."""
    for member in sorted(READ_ONLY):
        if get(params, tuple(member.split("."))) is not None:
            yield Finding("E213", f"`{member}` is in answers of SageMaker only", (), "remove it")


def _fits(pattern: list[str], keys: list[str]) -> bool:
    return all(step in ("*", key) for step, key in zip(pattern, keys, strict=True))


def _named(member: str, plain: list[tuple[list[str], str]], keys: list[str]) -> str:
    """A member path with the names of the items in its lists."""
    patterns = (key[: len(keys)] for key, _ in plain if len(key) >= len(keys))
    pattern = next((each for each in patterns if _fits(each, keys)), keys)
    for step, key in zip(pattern, keys, strict=True):
        if step == "*":
            member = member.replace("[]", f"[{key}]", 1)
    return member


def _member_of_word(word: str) -> str:
    for key, member in rows(TABLE):
        if word in (key, key.rpartition(".")[2]) and not key.endswith("*"):
            return member.replace("[]", "")
    return _WITHOUT_ROW.get(word, word)
