"""Tags: those of a request, and the calls that bring the tags of a live thing to what its document
says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.core.call import Call
from reconciler.core.fields import overlay
from reconciler.core.ownership import PREFIX
from reconciler.kinds.values import bare


def overridden(
    params: Mapping[str, Any], overrides: Mapping[str, Any] | None, tags: Mapping[str, str]
) -> dict[str, Any]:
    """A request with `api_overrides` laid over it. Of `tags` the reconciler's own stay, whatever
    those say: by them it knows what it has launched."""
    found = overlay(params, bare(overrides or {}))
    if "Tags" not in (overrides or {}) or not isinstance(found.get("Tags", []), list):
        return found
    own = {key: value for key, value in tags.items() if key.startswith(PREFIX)}
    others = [
        tag
        for tag in found.get("Tags", [])
        if not (isinstance(tag, Mapping) and str(tag.get("Key")).startswith(PREFIX))
    ]
    pairs = [{"Key": key, "Value": value} for key, value in sorted(own.items())]
    return {**found, "Tags": [*others, *pairs]}


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
