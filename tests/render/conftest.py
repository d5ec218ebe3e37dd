"""Values that the tests of the renderers share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from reconciler.core.call import Call
from reconciler.core.environment import Environment
from reconciler.core.plan import Action, Change, FieldChange, Note, Plan, Standing
from reconciler.core.resource import Revision
from reconciler.errors import Place

DOCUMENT = "jobs/churn/churn-xgb-gated.yaml"


@pytest.fixture
def environment() -> Environment:
    """An environment on AWS."""
    return Environment(
        name="prod", account_id="444455556666", region="eu-west-1", bucket="acme-ml-prod"
    )


@pytest.fixture
def launch() -> Change:
    """A launch with a changed hyperparameter, a changed input, and a value from the defaults."""
    request = {
        "TrainingJobName": "churn-xgb-gated-0123456789",
        "ResourceConfig": {"InstanceType": "ml.m5.4xlarge", "InstanceCount": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
        "Environment": {"TOKEN": "s3cr3t"},
        "Tags": [],
    }
    return Change(
        action=Action.LAUNCH,
        kind="TrainingJob",
        name="churn-xgb-gated",
        version=7,
        previous_version=6,
        physical_name="churn-xgb-gated-0123456789",
        digest="0123456789" * 6,
        calls=(Call("CreateTrainingJob", request),),
        fields=(
            FieldChange("hyperparameters.num_round", 300, 400, Place(DOCUMENT, 11, 3)),
            FieldChange(
                "inputs.train.s3_uri",
                "s3://acme-ml-data/churn/2026-10/train/",
                "s3://acme-ml-data/churn/2026-11/train/",
                Place(DOCUMENT, 16, 3),
            ),
            FieldChange("output.kms_key_id", None, "alias/ml", Place("jobs/_defaults.yaml", 4, 1)),
        ),
        place=Place(DOCUMENT, 4, 10),
    )


@pytest.fixture
def notes() -> tuple[Note, ...]:
    """One note of several standings, in no order."""
    return (
        Note(Standing.IN_SYNC, "TrainingJob", "quiet", "in sync", version=1),
        Note(
            Standing.STALE,
            "TrainingJob",
            "rerank",
            "its input llm-pretrain moved 4 → 5",
            version=2,
            causes=("inputs.base: jobs/llm/rerank.yaml:9",),
            help="run it: reconciler bump rerank",
        ),
        Note(
            Standing.HELD,
            "TrainingJob",
            "edited",
            "it changed, but its version is still 3",
            version=3,
            code="E201",
            place=Place("jobs/edited.yaml", 4, 10),
            help="launch it: reconciler bump edited",
        ),
        Note(Standing.DEFERRED, "Model", "churn", "waits for churn-xgb-gated"),
    )


@pytest.fixture
def make_plan(
    environment: Environment, launch: Change, notes: tuple[Note, ...]
) -> Callable[..., Plan]:
    """A plan with anything replaced."""

    def make(**parts: Any) -> Plan:
        return Plan(
            **{
                "environment": environment,
                "revision": Revision("9f2c1ab" + "0" * 33, repository="github.com/acme/ml"),
                "changes": (launch,),
                "notes": notes,
                "problems": (),
                "counts": {"TrainingJob": 4, "Model": 1},
                **parts,
            }
        )

    return make
