"""Pinning: a plan that was made online holds the digest behind each image tag that it launches.

What reviewers see is then what runs, even if somebody moves the tag between plan and apply. A later
attempt at the same content takes the image of the earlier one.
"""

from __future__ import annotations

from dataclasses import replace

from reconciler.core.images import Image, replaced
from reconciler.core.plan import Action, Change, Note, Plan, held_back
from reconciler.core.ports import Cloud, Records
from reconciler.core.record import Record
from reconciler.errors import ServiceError


def pinned(plan: Plan, records: Records, cloud: Cloud) -> Plan:
    """The plan with its images pinned; a launch whose image cannot be told is held (E314)."""
    registry = _Registry(cloud)
    changes: list[Change] = []
    held: list[Note] = []
    for change in plan.changes:
        try:
            changes.append(_pinned(change, records.get(change.name), registry))
        except ServiceError as error:
            advice = "push the image, or write another tag; the next run looks again"
            held.append(held_back(change, str(error), code="E314", help=advice))
    return replace(plan, changes=tuple(changes), notes=(*plan.notes, *held))


class _Registry:
    """The registry's answers; each question is asked once in a plan."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._digests: dict[str, str | None] = {}

    def digest(self, reference: str) -> str | None:
        """`sha256:…`; None where nobody may ask. Raises ServiceError."""
        if "@" in reference:
            return reference.partition("@")[2]
        if reference not in self._digests:
            self._digests[reference] = self._cloud.image_digest(reference)
        return self._digests[reference]


def _pinned(change: Change, record: Record | None, registry: _Registry) -> Change:
    if change.action is not Action.LAUNCH or change.target is None:
        return change
    begun = record.runs.get(change.physical_name) if record else None
    if begun is not None and begun.request is not None and not begun.is_gone:
        # The request of an intent is sent again as it is recorded.
        return replace(change, images=tuple(Image(**image) for image in begun.images or ()))
    members = change.target.resource.kind.image_members
    known = _known(change, record)
    call, *then = change.calls
    images = tuple(
        replace(image, digest=known.get(image.reference) or registry.digest(image.reference))
        for image in change.images
    )
    sent = replaced(call, members, {image.reference: image.pinned for image in images})
    return replace(change, calls=(sent, *then), images=images)


def _known(change: Change, record: Record | None) -> dict[str, str]:
    """Digests that earlier runs of the same content had, by reference."""
    runs = record.runs_of_digest(change.digest) if record else {}
    return {
        image["reference"]: image["digest"]
        for run in runs.values()
        for image in run.images or ()
        if image["digest"]
    }
