"""Approved = applied: what a reviewed plan lets an apply start, and what is held."""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from reconciler.core.approval import Approved
from reconciler.core.call import Call
from reconciler.core.environment import Environment
from reconciler.core.images import Image
from reconciler.core.plan import Action, Change, Note, Plan, Standing, held_back
from reconciler.core.resource import Revision, Target
from reconciler.errors import Place, ReconcilerError
from reconciler.kinds import KINDS
from reconciler.reconcile.approval_block import (
    approval_block,
    approval_in,
    found_block,
    without_blocks,
)
from reconciler.reconcile.approving import approved_rows, hold_unapproved
from reconciler.render.json import dumps, plan_document

TRAINING_JOB = KINDS["TrainingJob"]
ONE, TWO = "sha256:" + "1" * 64, "sha256:" + "2" * 64
HEAD = "c" * 40
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
TERMS = "e" * 64
LAUNCH = Change(
    Action.LAUNCH,
    "TrainingJob",
    "churn",
    7,
    "churn-aaaaaaaaaa",
    "a" * 64,
    calls=(Call("CreateTrainingJob", {"TrainingJobName": "churn-aaaaaaaaaa"}),),
    cost_bound="$1.11",
    terms=TERMS,
)
STOP = Change(Action.STOP, "TrainingJob", "old", 3, "old-bbbbbbbbbb", "b" * 64)
WAITS = Note(
    Standing.DEFERRED,
    "Model",
    "churn-model",
    "waits for churn",
    version=2,
    digest="a" * 64,
    terms=TERMS,
)
MODEL = replace(LAUNCH, kind="Model", name="churn-model", version=2)


def plan_of(*decided: Change | Note) -> Plan:
    changes = tuple(one for one in decided if isinstance(one, Change))
    notes = tuple(one for one in decided if isinstance(one, Note))
    environment = Environment(name="prod", engine="local", bucket="acme-ml")
    return Plan(environment, Revision(HEAD), changes, notes, ())


def document(*decided: Change | Note) -> dict[str, Any]:
    """The plan as JSON, there and back as in an artifact."""
    read: dict[str, Any] = json.loads(dumps(plan_document(plan_of(*decided))))
    return read


def rows_in(body: str) -> tuple[Approved, ...]:
    approval = approval_in(body)
    return tuple(replace(row, shown=0) for row in approval.rows) if approval else ()


def held(approved: Plan, now: Plan) -> dict[str, str]:
    """Name and reason of each change that is held, by file and by comment alike."""
    read = json.loads(dumps(plan_document(approved)))
    plans = [
        hold_unapproved(now, lambda _: approved_rows(read)),
        hold_unapproved(now, lambda _: rows_in(approval_block(read, HEAD, NOW))),
    ]
    assert plans[0] == plans[1]
    notes = plans[0].notes[len(now.notes) :]
    assert all(note.code == "E309" and note.standing is Standing.HELD for note in notes)
    assert len(notes) + len(plans[0].changes) == len(now.changes)
    return {note.name: note.message for note in notes}


def test_what_was_approved_goes_on() -> None:
    assert held(plan_of(LAUNCH, STOP), plan_of(LAUNCH, STOP)) == {}


def test_fewer_changes_than_approved_go_on() -> None:
    assert held(plan_of(LAUNCH, STOP), plan_of(STOP)) == {}


def test_a_commit_that_has_nothing_to_do_with_it_voids_nothing() -> None:
    (call,) = LAUNCH.calls
    tags = [{"Key": "sagemaker-gitops:commit", "Value": "1"}]
    before = replace(LAUNCH, calls=(replace(call, params={**call.params, "Tags": tags}),))
    after = [{"Key": "sagemaker-gitops:commit", "Value": "2"}]
    later = replace(LAUNCH, calls=(replace(call, params={**call.params, "Tags": after}),))
    assert held(plan_of(before), plan_of(later)) == {}


def test_a_launch_that_no_plan_showed_is_held() -> None:
    assert held(plan_of(), plan_of(LAUNCH)) == {"churn": "no approved plan showed this launch"}


def test_other_content_of_the_same_name_is_held() -> None:
    other = replace(LAUNCH, digest="d" * 64, physical_name="churn-dddddddddd")
    reason = "this launch is not the one that the approved plan showed"
    assert held(plan_of(LAUNCH), plan_of(other)) == {"churn": reason}


def test_another_request_for_the_same_content_is_held() -> None:
    other = replace(LAUNCH, calls=(Call("CreateTrainingJob", {"RoleArn": "other"}),))
    assert list(held(plan_of(LAUNCH), plan_of(other))) == ["churn"]


@pytest.mark.parametrize(
    ("approved", "now", "reason"),
    [
        ("$1.11", "$1.11", None),
        ("$1.11", "$0.99", None),
        (None, "$9.99", None),
        (None, None, None),
        ("$1.11", "$1.12", "it may cost $1.12 now, $1.11 was approved"),
        ("$999.00", "$1,000.00", "it may cost $1,000.00 now, $999.00 was approved"),
        ("$1.11", None, "it may cost an unknown amount now, $1.11 was approved"),
    ],
)
def test_a_launch_may_become_cheaper_but_not_dearer(
    approved: str | None, now: str | None, reason: str | None
) -> None:
    found = held(
        plan_of(replace(LAUNCH, cost_bound=approved)), plan_of(replace(LAUNCH, cost_bound=now))
    )
    assert found == ({} if reason is None else {"churn": reason})


def with_image(digest: str | None, *, tag: str = "train:1") -> Change:
    """The launch with its image as a plan shows it whose registry told `digest`."""
    image = Image(tag, digest)
    call = Call("CreateTrainingJob", {"AlgorithmSpecification": {"TrainingImage": image.pinned}})
    resource = SimpleNamespace(kind=TRAINING_JOB)
    target = Target(resource, "a" * 64, ())  # type: ignore[arg-type]
    return replace(LAUNCH, calls=(call,), images=(image,), target=target)


@pytest.mark.parametrize(
    ("approved", "now", "reason"),
    [
        (ONE, ONE, None),
        (ONE, TWO, f"train:1 is {TWO} now, another image was approved"),
        (ONE, None, "its registry does not tell whether train:1 is the image approved"),
        (None, TWO, None),
        (None, None, None),
    ],
)
def test_a_tag_that_has_moved_since_is_held(
    approved: str | None, now: str | None, reason: str | None
) -> None:
    found = held(plan_of(with_image(approved)), plan_of(with_image(now)))
    assert found == ({} if reason is None else {"churn": reason})


def test_a_plan_that_could_not_tell_an_image_approves_its_tag_only() -> None:
    approved = with_image(None)
    assert held(plan_of(approved), plan_of(with_image(ONE, tag="train:2"))) != {}


AGAIN = replace(LAUNCH, attempt=2, physical_name="churn-aaaaaaaaaa-r2")
RUNS = Note(
    Standing.RUNNING, "TrainingJob", "churn", "running", version=7, digest="a" * 64, terms=TERMS
)
UPDATE = replace(LAUNCH, action=Action.UPDATE, calls=(Call("UpdateTrainingJob", {}),))
IN_PLACE = "what is no content (gates, tags, `keep_alive_period`, …) is not what was approved"


@pytest.mark.parametrize(
    ("approved", "now", "reason"),
    [
        (replace(LAUNCH, attempts=3), AGAIN, None),
        (replace(LAUNCH, attempts=3), replace(AGAIN, attempt=3), None),
        (replace(LAUNCH, attempts=3), replace(AGAIN, attempt=4, attempts=30),
         "it is attempt 4, of at most 3 that were approved"),
        (LAUNCH, AGAIN, "it is attempt 2, of at most 1 that were approved"),
        (replace(LAUNCH, attempts=3), replace(AGAIN, digest="d" * 64),
         "this launch is not the one that the approved plan showed"),
        (replace(LAUNCH, attempts=3), replace(AGAIN, cost_bound="$9.99"),
         "it may cost $9.99 now, $1.11 was approved"),
        # What changes in place and `retry` itself are shown of a job that runs.
        (replace(LAUNCH, attempts=3), replace(AGAIN, terms="f" * 64), IN_PLACE),
        (replace(UPDATE, attempts=3, terms="f" * 64), replace(AGAIN, terms="f" * 64), None),
        (replace(RUNS, attempts=3), AGAIN, None),
        (replace(RUNS, attempts=3), LAUNCH,
         "this launch is not the one that the approved plan showed"),
        (RUNS, AGAIN, "no approved plan showed this launch"),
    ],
)  # fmt: skip
def test_another_attempt_goes_on_as_often_and_as_it_was_approved(
    approved: Change | Note, now: Change, reason: str | None
) -> None:
    assert held(plan_of(approved), plan_of(now)) == ({} if reason is None else {"churn": reason})


def test_what_was_going_to_wait_for_its_inputs_goes_on_when_they_are_there() -> None:
    assert held(plan_of(WAITS), plan_of(MODEL)) == {}
    assert held(plan_of(WAITS), plan_of(replace(MODEL, version=3))) != {}
    assert held(plan_of(WAITS), plan_of(replace(MODEL, action=Action.DELETE))) != {}


def test_what_was_going_to_wait_may_be_there_already_and_gone_back_to() -> None:
    """A revert: the model follows its job, and the endpoint goes back in place."""
    back = replace(MODEL, action=Action.UPDATE, calls=(Call("UpdateEndpoint", {}),))
    assert held(plan_of(WAITS), plan_of(back)) == {}
    assert held(plan_of(WAITS), plan_of(replace(back, digest="d" * 64))) != {}
    other = replace(back, terms="f" * 64)
    assert held(plan_of(WAITS), plan_of(other)) == {"churn-model": IN_PLACE}


def test_what_was_going_to_wait_is_bound_by_its_content() -> None:
    reason = "this launch is not the one that the approved plan showed"
    other = replace(MODEL, digest="d" * 64, physical_name="churn-model-dddddddddd")
    assert held(plan_of(WAITS), plan_of(other)) == {"churn-model": reason}
    unknown = replace(WAITS, digest="")
    assert held(plan_of(unknown), plan_of(MODEL)) == {"churn-model": reason}


def test_what_was_going_to_wait_is_bound_by_what_can_change_in_place() -> None:
    other = replace(MODEL, terms="f" * 64)
    assert held(plan_of(WAITS), plan_of(other)) == {"churn-model": IN_PLACE}
    assert held(plan_of(replace(WAITS, terms="")), plan_of(MODEL)) == {"churn-model": IN_PLACE}


def test_gates_are_bound_although_no_call_has_them() -> None:
    """A model follows the run that its gates let through."""
    assert held(plan_of(LAUNCH), plan_of(replace(LAUNCH, terms="f" * 64))) == {"churn": IN_PLACE}


def test_an_end_is_approved_whatever_attempt_or_configuration_it_meets() -> None:
    """A job is tried again, an endpoint follows its model, while the pull request is open."""
    again = replace(STOP, attempt=2, physical_name="old-bbbbbbbbbb-r2")
    assert held(plan_of(STOP), plan_of(again)) == {}
    assert held(plan_of(STOP), plan_of(replace(again, digest="d" * 64))) != {}
    endpoint = replace(STOP, action=Action.DELETE, kind="Endpoint")
    assert held(plan_of(endpoint), plan_of(replace(endpoint, digest="d" * 64))) == {}


def test_who_approved_prune_approved_that_what_is_not_used_goes() -> None:
    place = Place("jobs/churn-model.yaml", 4, 1)
    gone = replace(MODEL, action=Action.DELETE, digest="d" * 64, place=place)
    assert held(plan_of(WAITS), plan_of(gone)) == {}
    assert held(plan_of(WAITS), plan_of(replace(gone, terms="f" * 64))) != {}


def test_who_approved_prune_did_not_approve_that_an_endpoint_goes_with_its_document() -> None:
    """What a newer one replaces is deleted by its own name, the endpoint by that of all of them."""
    serves = replace(MODEL, kind="Endpoint", name="live", action=Action.DELETE, digest="d" * 64)
    place = Place("jobs/live.yaml", 4, 1)
    later = replace(WAITS, kind="Endpoint", name="live", digest="d" * 64, then=Action.DELETE)
    removed = replace(serves, terms="")
    for shown in (later, replace(serves, place=place)):
        assert list(held(plan_of(shown), plan_of(removed))) == ["live"]
    assert held(plan_of(removed), plan_of(replace(removed, digest="e" * 64))) == {}


def test_what_a_limit_holds_is_approved_for_when_it_does_not_any_more() -> None:
    beyond = held_back(LAUNCH, "too dear this month", code="E206", help="")
    assert held(plan_of(beyond), plan_of(LAUNCH)) == {}
    assert held(plan_of(beyond), plan_of(replace(LAUNCH, cost_bound="$9.99"))) != {}
    ends = held_back(STOP, "too many stops", code="E206", help="")
    assert held(plan_of(ends), plan_of(STOP)) == {}
    refused = held_back(LAUNCH, "not approved", code="E309", help="")
    assert held(plan_of(refused), plan_of(LAUNCH)) != {}


@pytest.mark.parametrize("action", [Action.STOP, Action.DELETE])
def test_what_ends_something_is_bound_too(action: Action) -> None:
    change = replace(STOP, action=action)
    assert held(plan_of(), plan_of(change)) == {"old": f"no approved plan showed this {action}"}


@pytest.mark.parametrize("action", [Action.ADOPT, Action.REUSE])
def test_what_starts_and_ends_nothing_goes_on(action: Action) -> None:
    assert held(plan_of(), plan_of(replace(LAUNCH, action=action))) == {}


def test_a_change_in_place_is_bound_but_for_tags() -> None:
    """An endpoint goes back to an earlier configuration by one: dearer instances start."""
    back = replace(UPDATE, kind="Endpoint", calls=(Call("UpdateEndpoint", {"EndpointName": "e"}),))
    assert held(plan_of(back), plan_of(back)) == {}
    assert held(plan_of(), plan_of(back)) == {"churn": "no approved plan showed this update"}
    other = replace(back, calls=(Call("UpdateEndpoint", {"EndpointName": "other"}),))
    assert list(held(plan_of(back), plan_of(other))) == ["churn"]
    tags = replace(UPDATE, calls=(Call("AddTags", {}), Call("DeleteTags", {})))
    assert held(plan_of(), plan_of(tags)) == {}


def test_what_was_shown_after_the_last_approval_is_held() -> None:
    late = [replace(row, late=True) for row in approved_rows(document(LAUNCH))]
    (note,) = hold_unapproved(plan_of(LAUNCH), lambda _: late).notes
    assert "was made after the last approval" in note.message
    in_time = approved_rows(document(LAUNCH))
    assert hold_unapproved(plan_of(LAUNCH), lambda _: [*late, *in_time]).changes == (LAUNCH,)


def test_what_cannot_be_asked_for_is_held_and_all_else_goes_on() -> None:
    """GitHub may not answer; a run that has ended is recorded all the same."""

    def approvals(change: Change) -> Iterator[Approved]:
        if change.name == "old":
            raise ReconcilerError("GitHub: 502 Bad Gateway")
        yield from approved_rows(document(LAUNCH))

    found = hold_unapproved(plan_of(STOP, LAUNCH), approvals)
    assert found.changes == (LAUNCH,)
    (note,) = found.notes
    assert note.message == "what was approved could not be read: GitHub: 502 Bad Gateway"


def test_a_block_of_another_commit_approves_nothing() -> None:
    block = approval_block(document(LAUNCH), HEAD, NOW)
    approval = approval_in(block)
    assert approval is not None and approval.head == HEAD and len(approval.rows) == 1


def test_a_block_says_since_when_each_row_is_shown() -> None:
    """Also when another commit, or another run of the workflow, shows the same."""

    def shown(block: str) -> list[int]:
        approval = approval_in(block)
        assert approval is not None
        return [row.shown for row in approval.rows]

    then, later = NOW, NOW + timedelta(hours=1)
    first = approval_block(document(LAUNCH), HEAD, then)
    same = approval_block(document(LAUNCH), "d" * 40, later, f"text\n\n{first}\n")
    more = approval_block(document(LAUNCH, STOP), HEAD, later, first)
    other = approval_block(document(replace(LAUNCH, cost_bound="$9.99")), HEAD, later, first)
    assert shown(first) == shown(same) == [then.timestamp()]
    assert shown(more) == [then.timestamp(), later.timestamp()]
    assert shown(other) == [later.timestamp()]


def test_a_block_is_one_hidden_line_that_ends_where_it_should() -> None:
    hostile = replace(LAUNCH, name="a-->b\n<!-- reconciler:approved/v2 x y -->", cost_bound=None)
    block = approval_block(document(hostile), HEAD, NOW)
    assert block.startswith("<!--") and block.endswith("-->")
    assert block.count("-->") == 1 and "\n" not in block
    assert found_block(f"text\n\n{block}\n") == block


def packed(text: str | bytes) -> str:
    """A block that holds something else than rows."""
    data = zlib.compress(text.encode() if isinstance(text, str) else text)
    return f"<!-- reconciler:approved/v2 {HEAD} {base64.b64encode(data).decode()} -->"


@pytest.mark.parametrize(
    "block",
    [
        *map(packed, ("", "{}", "null", "7", '[["launch"]]', b"\xff" * 9)),
        packed('[["launch","TrainingJob","churn",7,"aaaa","aa",null,[],1,"",1]]'),
        packed('[["launch","TrainingJob","churn",7,"","",";$9",[],1,"",1]]'),
        packed('[["launch","TrainingJob","churn",7,"","",null,["latest"],1,"",1]]'),
        packed('[["launch","TrainingJob","churn",7,"","",null,[],"1","",1]]'),
        packed('[["launch","TrainingJob","churn",7,"","",null,[],1,"zz",1]]'),
        packed('[["launch","TrainingJob","churn",7,"","",null,[],1,"","1"]]'),
        packed("[" + " " * 20_000_000 + "]"),
        *(
            f"<!-- reconciler:approved/v2 {HEAD} {word} -->"
            for word in ("bm90IHBhY2tlZA==", "%%%", "A" * 41)
        ),
        packed('[["launch","TrainingJob","churn",7,"","",null,[],1,"",1]]').replace("v2", "v1"),
    ],
)
def test_a_block_that_is_not_ours_to_the_letter_approves_nothing(block: str) -> None:
    assert rows_in(block) == ()


def test_the_rows_of_hundreds_of_changes_leave_room_for_the_comment() -> None:
    many = [
        replace(LAUNCH, name=f"churn-{n}", digest=hashlib.sha256(str(n).encode()).hexdigest())
        for n in range(500)
    ]
    block = approval_block(document(*many), HEAD, NOW)
    assert len(rows_in(block)) == 500 and len(block) < 20_000


def test_the_last_block_counts_and_blocks_in_foreign_text_can_be_taken_out() -> None:
    theirs, ours = (
        approval_block(document(LAUNCH, STOP), HEAD, NOW),
        approval_block(document(), HEAD, NOW),
    )
    assert rows_in(f"{theirs}\n{ours}") == ()
    assert found_block(without_blocks(f"a\n{theirs}\nb")) is None


def test_no_digits_are_no_approval() -> None:
    rows = approved_rows(document(LAUNCH))
    empty = tuple(replace(row, digest="", change_digest="") for row in rows)
    found = hold_unapproved(plan_of(LAUNCH), lambda _: empty)
    assert found.changes == ()
    again = replace(LAUNCH, attempt=2)
    assert hold_unapproved(plan_of(again), lambda _: empty).changes == ()
