"""What the service model refuses of a request is told at the line that people wrote."""

from __future__ import annotations

import pytest

from reconciler.core.validate import validate
from reconciler.kinds import KINDS
from tests.support.files import MemoryFiles

HEAD = "apiVersion: sagemaker-gitops/v1\nkind: "
ENVIRONMENT = HEAD + (
    'Environment\nname: prod\nbucket: acme-ml\naccount_id: "444455556666"\nregion: eu-west-1\n'
    "role_arn: arn:aws:iam::444455556666:role/ml\n"
)
JOB = HEAD + (
    "TrainingJob\nname: churn\nversion: 1\n"
    "container: {image: 444455556666.dkr.ecr.eu-west-1.amazonaws.com/x:1}\n"
    "compute: {instance_type: ml.m5.large, instance_count: 1}\n"
)
CURE = "use letters, digits, spaces and _ . : / = + - @"


@pytest.mark.parametrize(
    ("line", "where", "message", "cure"),
    [
        ("owner: “me”", "jobs/churn.yaml:7:8",
         "`owner` becomes a tag on AWS, which cannot have `“` `”`", CURE),
        ('tags: {team: "a;b"}', "jobs/churn.yaml:7:14",
         "`tags.team` becomes a tag on AWS, which cannot have `;`", CURE),
        ('tags: {"a*": x}', "jobs/churn.yaml:7:8",
         '`tags."a*"` becomes a tag on AWS, which cannot have `*`', CURE),
        (f"tags: {{team: {'x' * 257}}}", "jobs/churn.yaml:7:14",
         "`tags.team` is a tag: ", "this limit is in AWS's service model"),
    ],
)  # fmt: skip
def test_a_tag_that_aws_refuses_is_told_where_it_is_written(
    line: str, where: str, message: str, cure: str
) -> None:
    files = {"environments/prod.yaml": ENVIRONMENT, "jobs/churn.yaml": f"{JOB}{line}\n"}
    (problem,) = validate(MemoryFiles(files), KINDS, {})
    assert (problem.code, str(problem.place), problem.help) == ("E213", where, cure)
    assert problem.message.startswith(message)


def test_a_tag_that_the_environment_gives_is_told_there() -> None:
    """For every job; the job need not say anything of it."""
    files = {
        "environments/prod.yaml": ENVIRONMENT + 'tags: {cost-centre: "#7"}\n',
        "jobs/churn.yaml": JOB,
    }
    (problem,) = validate(MemoryFiles(files), KINDS, {})
    assert str(problem.place) == "environments/prod.yaml:8:21"
    assert [str(place) for _, place in problem.related] == ["jobs/churn.yaml:3:7"]


@pytest.mark.parametrize("line", ["owner: Zoë Müller", "owner: データ", "tags: {a.b/c: x+y=z@1}"])
def test_what_aws_takes_is_fine(line: str) -> None:
    """Letters of every script (service model: TagValue)."""
    files = {"environments/prod.yaml": ENVIRONMENT, "jobs/churn.yaml": f"{JOB}{line}\n"}
    assert validate(MemoryFiles(files), KINDS, {}) == ()
