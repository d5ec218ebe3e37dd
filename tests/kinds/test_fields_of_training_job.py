"""The table of TrainingJob against the shape of CreateTrainingJob in the installed botocore."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from reconciler.core.fields import from_request, rows, to_request
from reconciler.core.naming import key_of
from reconciler.kinds.training_job.fields import DERIVED, OTHER_NAMES, READ_ONLY, TABLE
from reconciler.kinds.training_job.spec import TrainingJobSpec
from reconciler.servicemodel.load import ServiceModel, load


@pytest.fixture(scope="module")
def model() -> ServiceModel:
    return load("sagemaker")


def leaves(model: ServiceModel, shape: str, path: str = "") -> Iterator[str]:
    """Member paths that hold a value: scalars, maps, lists of scalars."""
    found = model.shape(shape)
    if found.type == "structure":
        for name, member in found.members.items():
            yield from leaves(model, member.shape, f"{path}.{name}" if path else name)
    elif found.type == "list" and found.element:
        inner = model.shape(found.element.shape)
        if inner.type == "structure":
            yield from leaves(model, found.element.shape, f"{path}[]")
        else:
            yield path
    else:
        yield path


def test_every_member_path_has_a_row_or_is_listed(model: ServiceModel) -> None:
    shape = model.operation("CreateTrainingJob").input
    assert shape
    known = {member for _, member in rows(TABLE)} | DERIVED | READ_ONLY
    missing = [path for path in leaves(model, shape) if path not in known]
    assert not missing, f"newer botocore: reachable by api_overrides only: {missing}"


def test_every_row_is_a_member_path_of_the_api(model: ServiceModel) -> None:
    shape = model.operation("CreateTrainingJob").input
    assert shape
    real = set(leaves(model, shape))
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
    schema = TrainingJobSpec.model_json_schema()
    definitions = schema["$defs"]

    def below(node: dict[str, object]) -> list[dict[str, object]]:
        if "$ref" in node:
            return below(definitions[str(node["$ref"]).rpartition("/")[2]])
        if "anyOf" in node:
            return [found for option in node["anyOf"] for found in below(option)]  # type: ignore[attr-defined]
        return [node]

    def step(nodes: list[dict[str, object]], name: str) -> list[dict[str, object]]:
        found = []
        for node in nodes:
            inner = node.get("properties", {}).get(name)  # type: ignore[attr-defined]
            if name == "*":
                inner = node.get("additionalProperties")
            if name == "[]":
                inner = node.get("items")
            if isinstance(inner, dict):
                found += below(inner)
            elif inner is True:
                found.append({})
        return found

    for key, _ in rows(TABLE):
        nodes: list[dict[str, object]] = [schema]
        for name in key.replace("[]", ".[]").split("."):
            nodes = step(nodes, name)
            assert nodes, key


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
