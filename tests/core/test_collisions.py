"""Two environments of one place cannot both have an endpoint of one name."""

from __future__ import annotations

import pytest

from reconciler.core.validate import find_problems
from reconciler.kinds import KINDS
from tests.support.files import MemoryFiles

HEAD = "apiVersion: sagemaker-gitops/v1\nkind: "
PAID = (
    'account_id: "444455556666"\nregion: eu-west-1\nrole_arn: arn:aws:iam::444455556666:role/ml\n'
)
LOCAL = "engine: local\n"
SERVED = {
    "jobs/model.yaml": HEAD + "Model\nname: churn-model\nenvironments: [a, b]\n"
    "artifact: {s3_uri: s3://acme-ml/m.tar.gz}\n"
    "container: {image: 444455556666.dkr.ecr.eu-west-1.amazonaws.com/x:1}\n",
    "jobs/live.yaml": HEAD + "Endpoint\nname: churn-live\nenvironments: [a, b]\n"
    "variants: {main: {model: churn-model, instance_type: ml.m5.large,"
    " initial_instance_count: 1}}\n",
}


def found(a: str, b: str) -> list[tuple[str, str, str, int]]:
    files = {
        f"environments/{name}.yaml": f"{HEAD}Environment\nname: {name}\nbucket: acme-ml\n{more}"
        for name, more in (("a", a), ("b", b))
    }
    problems = find_problems(MemoryFiles({**files, **SERVED}), KINDS, {})
    assert all(one.documents == {"jobs/live.yaml"} for one in problems)
    return [
        (p.code, str(p.place), p.message, len(p.related)) for p in (one.problem for one in problems)
    ]


@pytest.mark.parametrize(
    ("more", "where"), [(LOCAL, "on this computer"), (PAID, "in 444455556666 eu-west-1")]
)
def test_the_second_environment_of_a_place_is_refused(more: str, where: str) -> None:
    """Offline: apply would find the endpoint taken, after its model was made."""
    told = f"`a` and `b` would share churn-live {where}"
    assert found(more, more) == [("E253", "jobs/live.yaml:3:7", told, 0)]


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (LOCAL, LOCAL + "name_prefix: b-\n"),
        (PAID, PAID + "name_prefix: b-\n"),
        (PAID, PAID.replace("eu-west-1", "us-east-1")),
        (PAID, PAID.replace("444455556666", "111122223333")),
        (LOCAL + "region: eu-west-1\n", PAID),
    ],
)
def test_another_prefix_account_region_or_engine_keeps_them_apart(a: str, b: str) -> None:
    assert found(a, b) == []
