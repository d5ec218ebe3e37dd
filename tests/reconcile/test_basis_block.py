"""The hidden line of a comment by which it is known to be outdated."""

from __future__ import annotations

from dataclasses import asdict, replace

import pytest

from reconciler.core.basis import Basis
from reconciler.core.plan import Plan
from reconciler.reconcile.basis_block import basis_block, basis_in
from reconciler.reconcile.packing import packed
from reconciler.render.json import plan_document
from tests.support.story import Story
from tests.test_scenarios import BASE

BASIS = Basis(("environments/prod.yaml", "jobs/churn.yaml"), {"churn": "", "model": "0a1b2c3d"})
BASE_COMMIT, HEAD = "b" * 40, "c" * 40


def document(plan: Plan, basis: Basis | None, *, merged: bool) -> dict[str, object]:
    revision = replace(plan.revision, merged=(BASE_COMMIT, HEAD) if merged else None)
    return plan_document(replace(plan, revision=revision, basis=basis))


def test_what_is_written_is_read_again_from_among_other_text() -> None:
    plan = Story(BASE, "prod").plan()
    block = basis_block(document(plan, BASIS, merged=True))
    assert block is not None
    assert basis_in(f"# text\n\n{block}\n\nmore") == (BASE_COMMIT, BASIS)


def test_without_a_pull_request_or_a_basis_there_is_no_line() -> None:
    plan = Story(BASE, "prod").plan()
    assert basis_block(document(plan, BASIS, merged=False)) is None
    assert basis_block(document(plan, None, merged=True)) is None


@pytest.mark.parametrize(
    "word",
    ["x", packed([]), packed([["a"]]), packed([[1], {}]), packed([["a"], ["b"]]),
     packed([["a"], {"b": 1}]), packed("text"), packed(None), packed([[["a"]], {}])],
)  # fmt: skip
def test_a_line_that_is_not_ours_says_nothing(word: str) -> None:
    assert basis_in(f"<!-- reconciler:basis/v1 {BASE_COMMIT} {word} -->") is None


def test_the_basis_of_five_hundred_jobs_is_short() -> None:
    paths = [f"jobs/team-{n % 7}/churn-{n}.yaml" for n in range(500)]
    records = {f"churn-{n}": f"{n * 2654435761 % 2**32:08x}" for n in range(500)}
    plan = Story(BASE, "prod").plan()
    made = document(plan, replace(BASIS, paths=tuple(paths), records=records), merged=True)
    assert len(basis_block(made) or "") < 10_000
    assert asdict(BASIS).keys() == {"paths", "records"}
