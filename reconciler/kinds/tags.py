"""Tags: the calls that bring the tags of a live thing to what its document says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.core.call import Call


def tag_calls(recorded: Mapping[str, Any], wanted: Mapping[str, Any], arn: str) -> tuple[Call, ...]:
    """AddTags and DeleteTags from the recorded `tags` and `owner` to the wanted ones; none where
    they are the same."""
    before, after = _all_tags(recorded), _all_tags(wanted)
    added = {key: value for key, value in after.items() if before.get(key) != value}
    removed = sorted(before.keys() - after.keys())
    calls = []
    if added:
        pairs = [{"Key": key, "Value": value} for key, value in sorted(added.items())]
        calls.append(Call("AddTags", {"ResourceArn": arn, "Tags": pairs}))
    if removed:
        calls.append(Call("DeleteTags", {"ResourceArn": arn, "TagKeys": removed}))
    return tuple(calls)


def _all_tags(values: Mapping[str, Any]) -> dict[str, str]:
    """The tags that a document asks for; its owner is one of them."""
    owner = values.get("owner")
    return {**(values.get("tags") or {}), **({"owner": owner} if owner else {})}
