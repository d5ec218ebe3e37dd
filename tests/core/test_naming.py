"""Names of ours from names of AWS's API."""

from __future__ import annotations

import pytest
from botocore import xform_name

from reconciler.core.naming import key_of, snake_case
from reconciler.servicemodel.load import ServiceModel, load


def names(model: ServiceModel, shape: str, found: set[str]) -> set[str]:
    described = model.shape(shape)
    for name, member in described.members.items():
        found.add(name)
        names(model, member.shape, found)
    if described.element:
        names(model, described.element.shape, found)
    return found


def test_every_member_of_a_training_job_is_spelled_as_botocore_spells_it() -> None:
    model = load("sagemaker")
    found = names(model, "CreateTrainingJobRequest", set())
    assert len(found) > 100
    assert {name: snake_case(name) for name in found} == {name: xform_name(name) for name in found}


@pytest.mark.parametrize(
    ("name", "key"),
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
def test_a_key_drops_what_says_nothing(name: str, key: str) -> None:
    assert key_of(name) == key
