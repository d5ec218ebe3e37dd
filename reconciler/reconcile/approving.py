"""Approved = applied: what reviewers saw in a plan binds what an apply may start.

The comparison is by change and one-sided. A launch, a stop, a deletion or a change in place that
no approved plan showed is held, and so is a launch that has become dearer, or whose image tag has
moved since. Fewer changes than approved go on, and a commit that has nothing to do with a change
voids nothing. Records and tags go on: they start nothing and end nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from reconciler.core.approval import DEFERRED, Approved
from reconciler.core.images import Image, replaced
from reconciler.core.plan import Action, Change, Note, Plan, held_back
from reconciler.core.pricing import amount_in
from reconciler.errors import ReconcilerError

_BOUND = frozenset({Action.LAUNCH, Action.STOP, Action.DELETE, Action.UPDATE})
_HARMLESS = frozenset({"AddTags", "DeleteTags"})
"""Operations that change nothing that runs."""
Approvals = Callable[[Change], Iterable[Approved]]
"""Tells which approved rows may speak for a change; the answer may hold others too."""


def approved_rows(document: Mapping[str, Any]) -> tuple[Approved, ...]:
    """What a plan as JSON (`reconciler/plan/v1`) would let an apply do.

    Raises KeyError or TypeError for what is none.
    """
    return tuple(
        Approved(**{**row, "images": tuple(row["images"])}) for row in document["approval"]
    )


def hold_unapproved(plan: Plan, approvals: Approvals) -> Plan:
    """The plan less what was not approved; a note (E309) says why each of those is held."""
    objections = [
        _asked(change, approvals) if _is_bound(change) else None for change in plan.changes
    ]
    pairs = list(zip(plan.changes, objections, strict=True))
    kept = [change for change, reason in pairs if reason is None]
    held = [_held(change, reason) for change, reason in pairs if reason is not None]
    return replace(plan, changes=tuple(kept), notes=(*plan.notes, *held))


def _is_bound(change: Change) -> bool:
    if change.action is Action.UPDATE:
        return any(call.operation not in _HARMLESS for call in change.calls)
    return change.action in _BOUND


def _asked(change: Change, approvals: Approvals) -> str | None:
    """The objection to a change; what was approved may not be told just now, and then that is
    one, so that all else goes on."""
    try:
        return _objection(change, approvals(change))
    except ReconcilerError as error:
        return f"what was approved could not be read: {error}"


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
    """Whether a row is about this very change, whatever it costs, or about the content that another
    attempt is made at."""
    same_content = bool(row.digest) and change.digest.startswith(row.digest)
    if change.attempt > 1 and same_content and change.action is Action.LAUNCH:
        return True
    if change.action in (Action.STOP, Action.DELETE):
        return _ends(row, change, same_content)
    if row.action in DEFERRED.values():
        # What waits is launched, or, where it is there already, gone back to in place.
        due = Action.LAUNCH if change.action is Action.UPDATE else change.action
        is_due = row.action == DEFERRED.get(due)
        return is_due and row.version == change.version and same_content
    if row.action != change.action.value:
        return False
    shown = _less_images(replace(change, cost_bound=row.cost_bound), row)
    if _moved_image(row, change):
        return same_content and row.version == change.version
    return bool(row.change_digest) and shown.change_digest.startswith(row.change_digest)


def _ends(row: Approved, change: Change, same_content: bool) -> bool:
    """Whether a row is about the end of the same thing, which may have moved in between: a job that
    was tried again, an endpoint that followed its model. Who approved `prune` approved that what
    nothing uses any more goes, but not that an endpoint goes with its document: the row of that has
    no terms, as there is none."""
    if change.place is not None:
        return bool(row.terms) and change.terms.startswith(row.terms)
    ends = row.action in (change.action.value, DEFERRED[change.action])
    return ends and not row.terms and (same_content or change.action is Action.DELETE)


def _but(row: Approved, change: Change) -> str | None:
    """What a change costs or runs beyond the row that shows it; None if nothing."""
    if row.late:
        return "the plan that shows it was made after the last approval of its pull request"
    return _beyond_terms(row, change) or _other_image(row, change) or _dearer(row, change)


def _beyond_terms(row: Approved, change: Change) -> str | None:
    """Of what steers beside the calls, and of a later attempt."""
    launch = change.action is Action.LAUNCH
    if launch and change.attempt > row.attempts:
        return f"it is attempt {change.attempt}, of at most {row.attempts} that were approved"
    shown = row.action == change.action.value and not launch
    ends = change.action in (Action.STOP, Action.DELETE)
    if shown or ends or (row.terms and change.terms.startswith(row.terms)):
        return None
    return "what is no content (gates, tags, `keep_alive_period`, …) is not what was approved"


def _other_image(row: Approved, change: Change) -> str | None:
    moved = _moved_image(row, change)
    if moved is None:
        return None
    if moved.digest is None:
        return f"its registry does not tell whether {moved.reference} is the image approved"
    return f"{moved.reference} is {moved.digest} now, another image was approved"


def _dearer(row: Approved, change: Change) -> str | None:
    now, approved = change.cost_bound, row.cost_bound
    if approved is None or (now is not None and amount_in(now) <= amount_in(approved)):
        return None
    return f"it may cost {now or 'an unknown amount'} now, {approved} was approved"


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


def _held(change: Change, reason: str) -> Note:
    advice = (
        "let a pull request show it again (any change of its document), or look at the plan"
        " and apply it by hand with --plan-digest"
    )
    return held_back(change, reason, code="E309", help=advice)
