"""What of a plan a pull request is about, by the files that it touches."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.core.basis import basis_of
from reconciler.core.plan import Plan
from reconciler.reconcile.asking import about
from tests.support.story import Story
from tests.test_scenarios import BASE

TWIN = BASE["jobs/churn.yaml"].replace("name: churn", "name: twin").replace("100", "7")
WAITS = TWIN.replace("name: twin", "name: waits").replace(
    "{train: s3://acme-ml/churn/}", "{base: {job: churn}}"
)


@pytest.fixture(scope="module")
def plan() -> Plan:
    """Two launches and one that waits for the first."""
    files = {**BASE, "jobs/team/twin.yaml": TWIN, "jobs/waits.yaml": WAITS}
    story = Story(files, "prod")
    made = story.plan()
    items = [(item.name, item.paths) for item in made.decided]
    return replace(made, basis=basis_of("prod", items, story.records))


@pytest.mark.parametrize(
    ("touched", "asked"),
    [
        ([], set()),
        (["README.md", "locks/prod/churn.json"], set()),
        (["jobs/team/twin.yaml"], {"twin"}),
        # What waits for it follows from its document as well.
        (["jobs/churn.yaml"], {"churn", "waits"}),
        (["jobs/waits.yaml"], {"waits"}),
        (["jobs/_defaults.yaml"], {"churn", "twin", "waits"}),
        (["jobs/team/_defaults.yaml"], {"twin"}),
        (["environments/prod.yaml"], {"churn", "twin", "waits"}),
        (["environments/dev.yaml"], set()),
    ],
)
def test_names_follow_from_the_files_that_are_touched(
    plan: Plan, touched: list[str], asked: set[str]
) -> None:
    found = about(plan, touched)
    assert found.asked == asked
    assert found.basis is not None and set(found.basis.records) == asked
    assert bool(found.basis.paths) is bool(asked)
    assert found.digest == plan.digest


def test_the_basis_has_the_files_of_what_is_asked_for_only(plan: Plan) -> None:
    basis = about(plan, ["jobs/team/twin.yaml"]).basis
    assert basis is not None
    assert {"environments/prod.yaml", "jobs/team/twin.yaml", "jobs/_defaults.yaml"} == {
        *basis.paths
    }
