"""What a plan follows from, and what of it moved."""

from __future__ import annotations

import pytest

from reconciler.core.basis import Moved, basis_of, moved
from reconciler.core.record import Record, Run, State

PATHS = ["jobs/team/churn.yaml", "training/churn"]


def record(state: State = State.LAUNCHED, **more: object) -> Record:
    run = Run(state, 7, 1, "d" * 64, **more)  # type: ignore[arg-type]
    return Record("TrainingJob", "churn", "prod", {7: {"churn-aa": 1}}, {"churn-aa": run})


@pytest.mark.parametrize(
    ("changed", "counts"),
    [
        ("environments/prod.yaml", True),
        ("environments/dev.yaml", False),
        ("jobs/team/churn.yaml", True),
        ("jobs/team/other.yaml", False),
        ("jobs/_defaults.yaml", True),
        ("jobs/team/_defaults.yaml", True),
        ("jobs/other/_defaults.yaml", False),
        ("training/churn/lib/model.py", True),
        ("training/churn2/model.py", False),
        ("locks/prod/churn.json", False),
        ("README.md", False),
    ],
)
def test_a_file_counts_if_a_document_inherits_it_or_a_folder_holds_it(
    changed: str, counts: bool
) -> None:
    basis = basis_of("prod", [("churn", PATHS)], {})
    assert moved(basis, [changed], {}) == Moved((changed,) if counts else (), ())


@pytest.mark.parametrize(
    ("before", "after", "counts"),
    [
        (None, None, False),
        (None, record(), True),
        (record(), None, True),
        (record(), record(State.COMPLETED), True),
        (record(), record().answering(8, "churn-bb"), True),
        (record(State.COMPLETED), record(State.COMPLETED, artifact={"uri": "s3://b/m"}), True),
        # What was seen when the plan was made, and what the record says of it later.
        (record(State.COMPLETED), record(State.COMPLETED, how={"ended": "later"}), False),
        (record(), record(reason="words"), False),
    ],
)
def test_a_record_moved_if_a_plan_would_decide_by_what_moved(
    before: Record | None, after: Record | None, counts: bool
) -> None:
    basis = basis_of("prod", [("churn", PATHS)], {"churn": before} if before else {})
    found = moved(basis, [], {"churn": after, "other": record()} if after else {})
    assert found == Moved((), ("churn",) if counts else ()) and bool(found) is counts
