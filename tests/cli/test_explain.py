"""`reconciler explain` and `schema`."""

from __future__ import annotations

from typing import Any

import pytest
from click.testing import CliRunner

from reconciler.cli.main import cli


def run(*arguments: str) -> Any:
    """Run the command."""
    return CliRunner().invoke(cli, list(arguments))


def test_an_error_number_is_explained_in_either_case() -> None:
    """With cause and cure."""
    assert run("explain", "E205").stdout == run("explain", "e205").stdout
    assert run("explain", "E205").stdout.startswith("E205: ")


def test_an_unknown_number_is_told_so() -> None:
    """Exit status 1."""
    result = run("explain", "E999")
    assert result.exit_code == 1
    assert "there is no error E999" in result.stderr


def test_a_field_is_explained_with_its_aws_name() -> None:
    """By its path in a document; also a field of an environment."""
    text = run("explain", "stopping_condition.max_wait_time").stdout
    assert text.startswith("TrainingJob stopping_condition.max_wait_time\n")
    assert "MaxWaitTimeInSeconds" in text
    assert run("explain", "account_id").stdout.startswith("Environment account_id\n")


@pytest.mark.parametrize(
    ("topic", "near"),
    [
        ("compute.volume_siz", "`compute.volume_size`"),
        ("max_wait_time", "`stopping_condition.max_wait_time`"),
        ("MaxWaitTimeInSeconds", "`stopping_condition.max_wait_time`"),
        ("inputs.file_system", "`inputs.NAME.file_system`"),
        ("input", "`inputs`"),
    ],
)
def test_an_unknown_field_gets_a_suggestion(topic: str, near: str) -> None:
    """AWS's own names are recognised."""
    result = run("explain", topic)
    assert result.exit_code == 1
    assert near in result.stderr


def test_the_schema_can_be_written_and_checked(repo: Any) -> None:
    """A committed schema that is not what the code says fails the check."""
    text = repo.run("schema").stdout
    assert '"http://json-schema.org/draft-07/schema#"' in text
    missing = repo.run("schema", "--check")
    assert missing.exit_code == 1 and "reconciler schema -o" in missing.stderr
    (repo.root / "schemas").mkdir()
    assert repo.run("schema", "-o", "schemas/spec.v1.json").exit_code == 0
    assert (repo.root / "schemas/spec.v1.json").read_text() == text
    assert repo.run("schema", "--check").exit_code == 0
    (repo.root / "schemas/spec.v1.json").write_text(text.replace("TrainingJob", "Training"))
    assert repo.run("schema", "--check").exit_code == 1


def test_what_all_documents_have_is_explained_once() -> None:
    """The header, and which environments a document belongs to."""
    assert run("explain", "kind").stdout.startswith("Every document: kind\n")
    assert run("explain", "apiVersion").stdout.count("sagemaker-gitops/v1") == 2
    text = run("explain", "environments").stdout
    assert text.startswith("TrainingJob, Model, Endpoint environments\n")
    assert "\nRuntime, Defaults environments\n" in text


def test_each_kind_has_aws_names_of_its_own_only() -> None:
    """A key of two kinds is explained for each of them."""
    text = run("explain", "container").stdout
    training, model = text.split("\nModel container\n")
    assert "AlgorithmSpecification" in training and "PrimaryContainer" not in training
    assert "PrimaryContainer" in model and "AlgorithmSpecification" not in model
    assert "AWS" not in run("explain", "name").stdout


def test_a_key_is_explained_only_for_the_kinds_that_have_it() -> None:
    """Models and endpoints have no version."""
    assert run("explain", "version").stdout.startswith("TrainingJob version\n")
    assert "Model" not in run("explain", "version").stdout


def test_a_map_of_keys_has_no_default_to_show() -> None:
    """Its keys are listed, and each has its own."""
    text = run("explain", "limits").stdout
    assert "None" not in text and "default" not in text
