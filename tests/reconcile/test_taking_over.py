"""A job that somebody else launched is taken over on purpose, and never by accident."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from reconciler.adapters.workspace import Workspace
from reconciler.core.desired import load
from reconciler.core.record import State
from reconciler.core.settle import settle
from reconciler.kinds import KINDS
from reconciler.reconcile.context import Report
from reconciler.reconcile.stopping import NotOurs
from reconciler.reconcile.taking_over import CannotTakeOver, take_over
from tests.support.checkout import Checkout

FOREIGN = "trained-by-hand"


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A repository, and a job beside it that nobody launched from there."""
    made = Checkout.create(tmp_path / "repository")
    made.job("wine")
    made.commit()
    made.apply()
    sent: Any = dict(made.record("wine").last_run()[1].request)  # type: ignore[index,arg-type]
    client = made.client("sagemaker")
    client.create_training_job(**{k: v for k, v in sent.items() if k != "Tags"}
                               | {"TrainingJobName": FOREIGN})  # fmt: skip
    while client.describe_training_job(TrainingJobName=FOREIGN)["TrainingJobStatus"] != "Completed":
        time.sleep(0.1)
    made.job("taken", more="output: {s3_output_path: s3://local-artifacts/jobs/wine/}\n")
    made.commit()
    return made


def taken_over(checkout: Checkout, job: str) -> Report:
    files = Workspace.open(checkout.root).worktree_files()
    desired = load(files, "local", KINDS)
    target = settle(desired, {}).targets["taken"]
    with checkout.journey() as context:
        return take_over(context, target, job, desired.revision)


def test_its_document_finds_a_run_and_launches_nothing(checkout: Checkout) -> None:
    report = taken_over(checkout, FOREIGN)
    assert report.recorded == ("locks/local/taken.json",)
    name, run = checkout.record("taken").last_run() or ("", None)
    assert (name, run and run.state) == (FOREIGN, State.COMPLETED)
    assert run is not None and run.artifact is not None and FOREIGN in run.artifact["uri"]
    assert not checkout.apply().failed
    assert checkout.launches() == 2


def test_doing_it_again_changes_nothing(checkout: Checkout) -> None:
    taken_over(checkout, FOREIGN)
    before = checkout.lock_bytes()
    taken_over(checkout, FOREIGN)
    assert checkout.lock_bytes() == before


def test_a_job_that_differs_from_the_document_is_not_taken(checkout: Checkout) -> None:
    path = checkout.root / "jobs/taken.yaml"
    path.write_text(path.read_text().replace("instance_count: 1", "instance_count: 2"))
    with pytest.raises(CannotTakeOver, match=r"ResourceConfig\.InstanceCount"):
        taken_over(checkout, FOREIGN)
    assert "taken.json" not in checkout.lock_bytes()


def test_a_job_of_another_repository_is_not_taken(checkout: Checkout) -> None:
    client = checkout.client("sagemaker")
    arn = client.describe_training_job(TrainingJobName=FOREIGN)["TrainingJobArn"]
    tags = [{"Key": "sagemaker-gitops:repository", "Value": "github.com/others/ml"}]
    client.add_tags(ResourceArn=arn, Tags=tags)
    with pytest.raises(NotOurs, match=r"github\.com/others/ml"):
        taken_over(checkout, FOREIGN)


def test_a_job_that_is_not_there_is_said_so(checkout: Checkout) -> None:
    with pytest.raises(CannotTakeOver, match="no-such-job"):
        taken_over(checkout, "no-such-job")
