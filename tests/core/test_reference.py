"""The keys that people may write, as the schema has them."""

from __future__ import annotations

import pytest

from reconciler.core.reference import SHARED, Key, documents, find, keys, members
from reconciler.core.schema import schema
from reconciler.kinds import KINDS
from reconciler.kinds.readers import READERS

WHOLE = schema(KINDS)
DOCUMENTS = documents(WHOLE)
TABLES = {reader.kind.name: reader.table for reader in READERS}


def found(document: str, path: str) -> Key:
    """The key at a path."""
    key = find(WHOLE, document, path)
    assert key is not None, path
    return key


def test_every_kind_of_document_has_keys_resources_first() -> None:
    assert DOCUMENTS == ("TrainingJob", "Model", "Endpoint", "Environment", "Runtime", "Defaults")
    assert {document: len(list(keys(WHOLE, document))) for document in SHARED} == {
        "Runtime": 4,
        "Defaults": 3,
    }


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_key_is_found_at_its_path_and_means_something(document: str) -> None:
    for key in keys(WHOLE, document):
        assert found(document, key.path) == key
        assert key.meaning, key.path


@pytest.mark.parametrize("document", DOCUMENTS)
def test_no_path_is_listed_twice(document: str) -> None:
    paths = [key.path for key in keys(WHOLE, document)]
    assert len(paths) == len(set(paths))


@pytest.mark.parametrize("document", [*TABLES])
def test_every_member_of_a_request_is_at_a_key_that_is_listed(document: str) -> None:
    """So that the page of fields has all of them."""
    named = {m for key in keys(WHOLE, document) for m in members(TABLES[document], key.path)}
    wanted = {m for field in TABLES[document] for m in members((field,), field.key)}
    assert wanted <= named


@pytest.mark.parametrize(
    ("document", "path", "stands_for"),
    [
        ("TrainingJob", "inputs.train", "inputs.NAME"),
        ("TrainingJob", "inputs.train.s3_uri", "inputs.NAME.s3_uri"),
        ("TrainingJob", "hyperparameters.eta", "hyperparameters.NAME"),
        ("TrainingJob", "debugger.collections.a.b", "debugger.collections.NAME.NAME"),
        ("Model", "containers.image", "containers[].image"),
        ("Model", "containers[0].image", "containers[].image"),
        ("Endpoint", "environments.prod", "environments.NAME"),
        (
            "TrainingJob",
            "environments.prod.compute.instance_type",
            "environments.NAME.compute.instance_type",
        ),
    ],
)
def test_names_of_ones_own_and_items_of_lists_are_seen_through(
    document: str, path: str, stands_for: str
) -> None:
    assert found(document, path).path == stands_for


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ("TrainingJob", "nothing"),
        ("TrainingJob", "version.deeper"),
        ("TrainingJob", "inputs.train.nothing"),
        ("TrainingJob", "inputs.file_system"),
        ("TrainingJob", ""),
        ("Model", "version"),
        ("Endpoint", "version"),
        ("Endpoint", "environments.prod.version"),
        ("Runtime", "compute"),
        ("Runtime", "version"),
        ("Defaults", "name"),
    ],
)
def test_what_is_no_key_of_a_document_is_not_found(document: str, path: str) -> None:
    """Nor is a key whose name of a channel was forgotten."""
    assert find(WHOLE, document, path) is None


@pytest.mark.parametrize(
    ("document", "path", "expected"),
    [
        ("TrainingJob", "compute.instance_type", ("ResourceConfig.InstanceType",)),
        ("TrainingJob", "compute", ("ResourceConfig", "EnableManagedSpotTraining")),
        ("TrainingJob", "container", ("AlgorithmSpecification",)),
        ("Model", "container", ("PrimaryContainer",)),
        ("Endpoint", "data_capture.capture_options[]",
         ("DataCaptureConfig.CaptureOptions[].CaptureMode",)),
        ("Endpoint", "variants.NAME.serverless", ("ProductionVariants[].ServerlessConfig",)),
        ("TrainingJob", "environments.NAME.role_arn", ("RoleArn",)),
        ("Endpoint", "name", ()),
        ("TrainingJob", "script", ()),
    ],
)  # fmt: skip
def test_a_key_has_the_members_of_its_own_kind(
    document: str, path: str, expected: tuple[str, ...]
) -> None:
    assert members(TABLES[document], path) == expected
