"""What an audit found, as people and machines read it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from reconciler.core.evidence import AuditFinding, Witness
from reconciler.render.audit import audit_document, audit_text
from reconciler.render.json import dumps
from reconciler.render.theme import Theme

PATH = "locks/prod/churn.json"
EDIT = AuditFinding(PATH, Witness.AUTHOR, "written by Eve <e@x>", commit="c" * 40)
SIZE = AuditFinding(
    PATH, Witness.LIVE, "artifact.size is recorded as 1, now it is 2", run="churn-1"
)
SLOW = AuditFinding(PATH, Witness.LIVE, "DescribeTrainingJob: ThrottlingException", run="churn-2")


@dataclass(frozen=True)
class Rows:
    """What `reconcile.auditing.Audit` holds."""

    findings: tuple[AuditFinding, ...] = ()
    unproven: tuple[AuditFinding, ...] = ()
    files: int = 3
    proven: int = 2
    put_right: tuple[AuditFinding, ...] = ()
    unwatched: tuple[str, ...] = ()


def test_each_finding_is_one_line_with_its_place() -> None:
    assert audit_text(Rows((EDIT, SIZE), (SLOW,)), Theme(), online=True).splitlines() == [
        f"✗ {PATH}: commit cccccccccc: written by Eve <e@x>",
        f"✗ {PATH}: churn-1: artifact.size is recorded as 1, now it is 2",
        f"… {PATH}: churn-2: DescribeTrainingJob: ThrottlingException: could not be proved",
        "2 findings in 3 records, 2 runs proven by SageMaker and S3, 1 without an answer.",
    ]


def test_what_was_not_asked_is_not_claimed() -> None:
    """Offline nobody proved a run; a run without an answer is not proven."""
    offline = audit_text(Rows(proven=0), Theme(), online=False)
    assert "proven" not in offline
    assert "--online" in offline
    online = audit_text(Rows(unproven=(SLOW,)), Theme(), online=True)
    assert "Nothing speaks against the lock" in online
    assert "1 without an answer" in online


def test_hostile_text_cannot_act_and_a_long_one_is_cut() -> None:
    """Authors, file names and FailureReason are written by anybody."""
    hostile = AuditFinding("::set-env\n", Witness.RECORD, "\x1b[2J" + "x" * 9000, run="\u202e")
    told = audit_text(Rows((hostile,)), Theme(), online=False)
    assert len(told.splitlines()) == 2
    assert not {"\x1b", "\u202e"} & set(told)
    assert len(told) < 1000


def test_json_holds_the_same_in_full() -> None:
    document = json.loads(dumps(audit_document(Rows((EDIT,), (SLOW,)), online=True)))
    assert document["format"] == "reconciler/audit/v1"
    assert document["findings"] == [
        {
            "path": PATH,
            "witness": "author",
            "message": "written by Eve <e@x>",
            "run": None,
            "commit": "c" * 40,
        }
    ]
    assert [found["run"] for found in document["unproven"]] == ["churn-2"]


def test_what_was_put_right_is_listed_and_counts_no_more() -> None:
    """The verdict is about the lock as it is."""
    past = replace(EDIT, put_right="d" * 40)
    told = audit_text(Rows(put_right=(past,)), Theme(), online=False).splitlines()
    assert told[0] == (
        f"✓ {PATH}: commit cccccccccc: written by Eve <e@x>: put right by dddddddddd"
    )
    assert told[1].startswith(
        "✓ Nothing speaks against the lock: 3 records, 1 finding of the past put right."
    )
    [data] = audit_document(Rows(put_right=(past,)), online=False)["put_right"]
    assert data["put_right"] == "d" * 40


def test_a_history_that_says_nothing_is_not_called_sound() -> None:
    """Where people commit the lock, everybody may have changed it."""
    told = audit_text(Rows(unwatched=("local",)), Theme(), online=False)
    assert "Nothing speaks against the lock" not in told
    assert "people commit the lock of local, so who changed it was not checked" in told
