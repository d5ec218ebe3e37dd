"""Approved = applied: what reviewers saw in a plan binds what an apply may start.

The comparison is by change and one-sided. A launch, a stop or a deletion that no approved plan
showed is held, and so is a launch that has become dearer. Fewer changes than approved go on, and
a commit that has nothing to do with a change voids nothing. Records and changes in place go on:
they start nothing and end nothing. A launch whose image tag has moved since is held as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from reconciler.core.images import Image, replaced
from reconciler.core.plan import Action, Change, Note, Plan, Standing, held_back
from reconciler.core.pricing import amount_in

_BOUND = frozenset({Action.LAUNCH, Action.STOP, Action.DELETE})
_DEFERRED = {Action.LAUNCH: "deferred", Action.DELETE: "deferred delete"}
"""What is deferred → the word for it in an approval."""


@dataclass(frozen=True, slots=True)
class Approved:
    """One row of a plan that was approved."""

    action: str
    """Value of an `Action`; `deferred` for what was going to be launched after its inputs, and
    `deferred delete` for what that replaces."""
    kind: str
    name: str
    version: int | None
    digest: str = ""
    """Digest of the content, or its first 16 digits or more; empty where it was not known."""
    change_digest: str = ""
    """`Change.change_digest`, or its first 16 digits or more; empty for a deferred one."""
    cost_bound: str | None = None
    """The most that it was going to cost, such as `$1.11`."""
    images: tuple[str, ...] = ()
    """`sha256:…` of its images, or their first 16 digits or more; empty text for one that the
    plan could not tell."""


Approvals = Callable[[Change], Iterable[Approved]]
"""Tells which approved rows may speak for a change; the answer may hold others too."""


def approved_rows(document: Mapping[str, Any]) -> tuple[Approved, ...]:
    """What a plan as JSON (`reconciler/plan/v1`) would let an apply do."""
    changes = (
        Approved(
            action=change["action"],
            kind=change["kind"],
            name=change["name"],
            version=change["version"],
            digest=change["digest"],
            change_digest=change["change_digest"],
            cost_bound=change["cost_bound"],
            images=tuple(image["digest"] or "" for image in change["images"]),
        )
        for change in document["changes"]
    )
    deferred = (
        Approved(
            _DEFERRED[Action(note["then"])],
            note["kind"],
            note["name"],
            note["version"],
            note["digest"],
        )
        for note in document["notes"]
        if note["standing"] == Standing.DEFERRED.value
    )
    return (*changes, *deferred)


def hold_unapproved(plan: Plan, approvals: Approvals) -> Plan:
    """The plan less what was not approved; a note (E309) says why each of those is held."""
    reasons = {
        change.physical_name: _objection(change, approvals(change))
        for change in plan.changes
        if change.action in _BOUND
    }
    kept = [change for change in plan.changes if not reasons.get(change.physical_name)]
    held = [
        _held(change, reason)
        for change in plan.changes
        if (reason := reasons.get(change.physical_name))
    ]
    return replace(plan, changes=tuple(kept), notes=(*plan.notes, *held))


def _objection(change: Change, rows: Iterable[Approved]) -> str | None:
    """Why nothing that was approved covers a change; None if something does. Rows are looked at up
    to the first that does: who tells them may have to ask for more."""
    named, reasons = False, []
    for row in rows:
        if (row.kind, row.name) != (change.kind, change.name):
            continue
        named = True
        if _shows(row, change):
            reason = _but(row, change)
            if reason is None:
                return None
            reasons.append(reason)
    if reasons:
        return reasons[-1]
    if named:
        return f"this {change.action.value} is not the one that the approved plan showed"
    return f"no approved plan showed this {change.action.value}"


def _shows(row: Approved, change: Change) -> bool:
    """Whether a row is about this very change, whatever it costs.

    Another attempt at the same content is one that the approved document allows (`retry`).
    """
    same_content = bool(row.digest) and change.digest.startswith(row.digest)
    if row.action in _DEFERRED.values():
        is_due = row.action == _DEFERRED.get(change.action)
        return is_due and row.version == change.version and same_content
    if row.action != change.action.value:
        return False
    if change.attempt > 1 and same_content:
        return True
    shown = _less_images(replace(change, cost_bound=row.cost_bound), row)
    if _moved_image(row, change):
        return same_content and row.version == change.version
    return bool(row.change_digest) and shown.change_digest.startswith(row.change_digest)


def _but(row: Approved, change: Change) -> str | None:
    """What a change costs or runs beyond the row that shows it; None if nothing."""
    if row.action in _DEFERRED.values():
        return None
    if moved := _moved_image(row, change):
        if moved.digest is None:
            return f"its registry does not tell whether {moved.reference} is the image approved"
        return f"{moved.reference} is {moved.digest} now, another image was approved"
    if _is_dearer(change.cost_bound, row.cost_bound):
        now = change.cost_bound or "an unknown amount"
        return f"it may cost {now} now, {row.cost_bound} was approved"
    return None


def _moved_image(row: Approved, change: Change) -> Image | None:
    """The first image that is not the one that the row shows, as far as it shows one."""
    for image, approved in zip(change.images, row.images, strict=False):
        if approved and not (image.digest or "").startswith(approved):
            return image
    return None


def _less_images(change: Change, row: Approved) -> Change:
    """The change with those image tags that the row could not tell left to the launch again."""
    approved = (*row.images, *[""] * len(change.images))
    told = {
        image.pinned: image.reference
        for image, digest in zip(change.images, approved, strict=False)
        if not digest
    }
    if change.target is None or not told:
        return change
    members = change.target.resource.kind.image_members
    return replace(change, calls=tuple(replaced(call, members, told) for call in change.calls))


def _is_dearer(now: str | None, approved: str | None) -> bool:
    if approved is None:
        return False
    return now is None or amount_in(now) > amount_in(approved)


def _held(change: Change, reason: str) -> Note:
    advice = (
        "let a pull request show it again (any change of its document), or look at the plan"
        " and apply it by hand with --plan-digest"
    )
    return held_back(change, reason, code="E309", help=advice)
