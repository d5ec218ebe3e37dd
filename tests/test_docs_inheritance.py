"""docs/inheritance.md: its example is what it says it is, and so are its rules about null."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from reconciler.cli.main import cli

PAGE = Path(__file__).parents[1] / "docs/inheritance.md"
BLOCKS = re.findall(r"^```yaml\n(.*?)^```$", PAGE.read_text(), re.M | re.S)
DOCUMENTS = {text.partition("\n")[0].removeprefix("# "): text for text in BLOCKS[:-1]}
JOB = "jobs/churn/xgb.yaml"


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """A repository with the documents of the page."""
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    for path, text in DOCUMENTS.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


def run(root: Path, *arguments: str) -> str:
    result = CliRunner().invoke(cli, ["-C", str(root), *arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


def hyperparameters(root: Path) -> dict[str, str]:
    request = json.loads(run(root, "show", "churn-xgb", "-e", "prod", "--request"))
    found: dict[str, str] = request["HyperParameters"]
    return found


def test_the_example_merges_as_the_page_shows(example: Path) -> None:
    """With the file and line of every value, but for the head with the digest."""
    assert len(DOCUMENTS) == 5
    run(example, "validate")
    lines = run(example, "show", "churn-xgb", "-e", "prod", "--origin").splitlines(keepends=True)
    assert "".join(line for line in lines if not line.startswith("#")) == BLOCKS[-1]


def test_null_of_a_hyperparameter_is_a_value_in_the_body_and_removes_in_a_block(
    example: Path,
) -> None:
    """As the table says, and the sentence below it."""
    assert "subsample" not in hyperparameters(example)
    path = example / JOB
    body = path.read_text().replace("eta: 0.3}", "eta: null}")
    path.write_text(body)
    assert hyperparameters(example)["eta"] == "null"
    path.write_text(body.replace("{subsample: null}", "{eta: null}"))
    assert "eta" not in hyperparameters(example)
    path.write_text(DOCUMENTS[JOB].replace(", eta: 0.3", ""))
    defaults = example / "jobs/churn/deep/_defaults.yaml"
    defaults.parent.mkdir()
    path = path.rename(defaults.with_name("xgb.yaml"))
    head = "apiVersion: sagemaker-gitops/v1\nkind: Defaults\n"
    defaults.write_text(head + "hyperparameters: {eta: null}\n")
    assert "eta" not in hyperparameters(example)


def test_a_member_of_the_request_is_taken_out_by_null(example: Path) -> None:
    """Of `api_overrides`, and of a channel's distribution."""
    path = example / JOB
    path.write_text(
        path.read_text().replace(
            "{train: s3://acme-ml/churn/}",
            "{train: {s3_uri: s3://acme-ml/churn/, s3_data_distribution_type: null}}\n"
            "api_overrides: {StoppingCondition: null}",
        )
    )
    request = json.loads(run(example, "show", "churn-xgb", "-e", "prod", "--request"))
    assert "StoppingCondition" not in request
    [channel] = request["InputDataConfig"]
    assert "S3DataDistributionType" not in channel["DataSource"]["S3DataSource"]
