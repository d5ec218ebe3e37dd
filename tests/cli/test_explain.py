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
    [("compute.volume_siz", "compute.volume_size"), ("MaxWaitTimeInSeconds", "max_wait_time")],
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
