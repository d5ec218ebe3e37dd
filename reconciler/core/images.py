"""Images: the container images that a call names, and how their tags become digests.

A tag is moved by whoever may push; a digest names one content for good. So a plan holds the digest,
and what it showed is what runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from reconciler.core.call import Call

Member = tuple[str, ...]
"""Path of a member that holds an image; `[]` stands for each element of a list."""


@dataclass(frozen=True, slots=True)
class Image:
    """One image of a launch."""

    reference: str
    """As the document or the table of images says it: mostly a tag."""
    digest: str | None
    """`sha256:…`; None where the registry does not let us ask: the tag is sent as it is."""

    @property
    def short(self) -> str:
        """For people: `train:1.0@sha256:0123456789ab`, without the registry."""
        name, _, written = self.reference.rpartition("/")[2].partition("@")
        return f"{name}@{(written or self.digest or '?')[:19]}"

    @property
    def pinned(self) -> str:
        """What is sent: the repository at the digest."""
        if self.digest is None or "@" in self.reference:
            return self.reference
        has_tag = ":" in self.reference.rpartition("/")[2]
        repository = self.reference.rpartition(":")[0] if has_tag else self.reference
        return f"{repository}@{self.digest}"


def references(call: Call, members: tuple[Member, ...]) -> tuple[str, ...]:
    """The images that a call names, each once, in the order of its members."""
    found = (image for member in members for image in _values(call.params, member))
    return tuple(dict.fromkeys(found))


def replaced(call: Call, members: tuple[Member, ...], images: Mapping[str, str]) -> Call:
    """The call with the images that have another name in `images` under that one."""
    params: Any = call.params
    for member in members:
        params = _put(params, member, images)
    return replace(call, params=params)


def _values(value: Any, member: Member) -> Iterator[str]:
    if not member:
        if isinstance(value, str):
            yield value
    elif member[0] == "[]":
        for item in value if isinstance(value, list | tuple) else ():
            yield from _values(item, member[1:])
    elif isinstance(value, Mapping):
        yield from _values(value.get(member[0]), member[1:])


def _put(value: Any, member: Member, images: Mapping[str, str]) -> Any:
    if not member:
        return images.get(value, value) if isinstance(value, str) else value
    if member[0] == "[]":
        lists = isinstance(value, list | tuple)
        return [_put(item, member[1:], images) for item in value] if lists else value
    if isinstance(value, Mapping) and member[0] in value:
        return {**value, member[0]: _put(value[member[0]], member[1:], images)}
    return value
