"""The tables of all kinds against the shapes of their requests in the installed botocore."""

from __future__ import annotations

from types import ModuleType

import pytest
from pydantic import BaseModel

from reconciler.core.fields import rows
from reconciler.kinds.endpoint import fields as endpoint
from reconciler.kinds.endpoint.spec import EndpointSpec
from reconciler.kinds.model import fields as model
from reconciler.kinds.model.spec import ModelSpec
from reconciler.kinds.training_job import fields as training_job
from reconciler.kinds.training_job.spec import TrainingJobSpec
from reconciler.servicemodel.load import ServiceModel, load
from tests.support.shapes import key_of, keys_without_field, members_of

REQUESTS = [
    (training_job, "CreateTrainingJob"),
    (model, "CreateModel"),
    (endpoint, "CreateEndpointConfig"),
]
SPECS = [(training_job, TrainingJobSpec), (model, ModelSpec), (endpoint, EndpointSpec)]


@pytest.fixture(scope="module")
def service() -> ServiceModel:
    return load("sagemaker")


@pytest.mark.parametrize(("fields", "operation"), REQUESTS)
def test_every_member_path_has_a_row_or_is_listed(
    fields: ModuleType, operation: str, service: ServiceModel
) -> None:
    known = {member for _, member in rows(fields.TABLE)} | fields.DERIVED
    known |= getattr(fields, "READ_ONLY", set())
    missing = sorted(members_of(service, operation) - known)
    assert not missing, f"newer botocore: reachable by api_overrides only: {missing}"


@pytest.mark.parametrize(("fields", "operation"), REQUESTS)
def test_every_row_is_a_member_path_of_the_api(
    fields: ModuleType, operation: str, service: ServiceModel
) -> None:
    real = members_of(service, operation)
    parts = [path.split("[]") for path in real]
    lists = {"[]".join(steps[:count]) for steps in parts for count in range(1, len(steps))}
    assert {member for _, member in rows(fields.TABLE)} <= real | lists


@pytest.mark.parametrize("fields", [training_job, model, endpoint])
def test_rows_that_do_not_follow_the_naming_rule_are_exactly_those_listed(
    fields: ModuleType,
) -> None:
    odd = {
        key
        for key, member in rows(fields.TABLE)
        if not key.endswith(("*", "[]"))
        and key.rpartition(".")[2] != key_of(member.rpartition(".")[2])
    }
    assert odd == set(fields.OTHER_NAMES)


@pytest.mark.parametrize(("fields", "spec"), SPECS)
def test_every_key_of_the_table_is_a_key_of_the_spec(
    fields: ModuleType, spec: type[BaseModel]
) -> None:
    assert keys_without_field(fields.TABLE, spec) == []


@pytest.mark.parametrize(
    ("member", "key"),
    [
        ("MaxWaitTimeInSeconds", "max_wait_time"),
        ("VolumeSizeInGB", "volume_size"),
        ("ProfilingIntervalInMilliseconds", "profiling_interval"),
        ("EnableManagedSpotTraining", "managed_spot_training"),
        ("ShuffleConfig", "shuffle"),
        ("S3OutputPath", "s3_output_path"),
        ("EnableInfraCheck", "infra_check"),
    ],
)
def test_a_key_drops_what_says_nothing(member: str, key: str) -> None:
    assert key_of(member) == key
