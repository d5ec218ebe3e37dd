"""The table of TrainingJob against the shape of CreateTrainingJob in the installed botocore."""

from __future__ import annotations

import pytest

from reconciler.core.fields import from_request, rows, to_request
from reconciler.core.naming import key_of
from reconciler.kinds.training_job.fields import DERIVED, OTHER_NAMES, READ_ONLY, TABLE
from reconciler.kinds.training_job.spec import TrainingJobSpec
from reconciler.servicemodel.load import ServiceModel, load
from tests.support.shapes import keys_without_field, members_of


@pytest.fixture(scope="module")
def model() -> ServiceModel:
    return load("sagemaker")


def test_every_member_path_has_a_row_or_is_listed(model: ServiceModel) -> None:
    known = {member for _, member in rows(TABLE)} | DERIVED | READ_ONLY
    missing = sorted(members_of(model, "CreateTrainingJob") - known)
    assert not missing, f"newer botocore: reachable by api_overrides only: {missing}"


def test_every_row_is_a_member_path_of_the_api(model: ServiceModel) -> None:
    real = members_of(model, "CreateTrainingJob")
    lists = {path.partition("[]")[0] for path in real}
    rowed = {member for _, member in rows(TABLE)}
    assert rowed <= real | lists


def test_rows_that_do_not_follow_the_naming_rule_are_exactly_those_listed() -> None:
    odd = {
        key
        for key, member in rows(TABLE)
        if not key.endswith("*") and key.rpartition(".")[2] != key_of(member.rpartition(".")[2])
    }
    assert odd == set(OTHER_NAMES)


def test_every_key_of_the_table_is_a_key_of_the_spec() -> None:
    assert keys_without_field(TABLE, TrainingJobSpec) == []


def test_both_directions_are_inverse_on_a_document_that_says_everything() -> None:
    spec = {
        "inputs": {
            "train": {"s3_uri": "s3://b/k", "s3_data_type": "S3Prefix", "shuffle": {"seed": 3}},
            "disk": {"file_system": {"file_system_id": "fs-1", "directory_path": "/d"}},
        },
        "compute": {
            "instance_groups": {"gpu": {"instance_type": "ml.g5.xlarge", "instance_count": 2}},
            "instance_preferences": [{"instance_type": "ml.g5.xlarge"}],
            "volume_size": "100GB",
            "keep_alive_period": "30m",
        },
        "tags": {"a": "b"},
        "metrics": {"loss": "loss=(.*)"},
        "profiler": {"profiling_interval": "500ms", "rules": {"r": {"rule_evaluator_image": "i"}}},
        "remote_debug": False,
    }
    sent = to_request(TABLE, TrainingJobSpec.model_validate(spec).model_dump(exclude_unset=True))
    assert sent["ResourceConfig"]["KeepAlivePeriodInSeconds"] == 1800
    assert sent["RemoteDebugConfig"] == {"EnableRemoteDebug": False}
    assert from_request(TABLE, sent) == spec
