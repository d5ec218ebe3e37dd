"""`reconciler init --ci github` for a further environment of a repository that has one."""

from __future__ import annotations

import re
from pathlib import Path

from click.testing import CliRunner

from reconciler.cli.main import cli

AWS = ("--account", "111122223333", "--region", "eu-west-1", "--bucket", "acme-ml")
GITHUB = (
    *("--ci", "github", *AWS, "--repository", "acme/ml", "--owners", "@acme/ml-team"),
    *("--action", f"acme/sagemaker-gitops@{'a1' * 20}"),
)


def init(folder: Path, *arguments: str) -> str:
    """What `init` prints in a folder."""
    result = CliRunner().invoke(cli, ["-C", str(folder), "init", *GITHUB, *arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


def listed(text: str) -> list[str]:
    """The list of environments that a text says to set."""
    return re.findall(r"RECONCILER_ENVIRONMENTS .* --body '(.*)'", text)


def test_the_list_of_environments_holds_those_that_are_there(tmp_path: Path) -> None:
    """The setting takes the place of the old one: what it leaves out is reconciled no more."""
    assert listed(init(tmp_path)) == ['["prod"]']
    assert listed(init(tmp_path, "-e", "staging")) == ['["prod","staging"]']
    assert listed(init(tmp_path)) == ['["prod","staging"]']
    (tmp_path / "environments/prod.yaml").write_text("name: [\n")
    assert listed(init(tmp_path, "-e", "dev")) == ['["dev","prod","staging"]']


def test_the_steps_of_a_further_environment_are_told_in_a_file_of_its_own(tmp_path: Path) -> None:
    """Those of the first one stay as they are, also when it is set up again."""
    init(tmp_path)
    first = (tmp_path / "infrastructure/README.md").read_text()
    printed = init(tmp_path, "-e", "staging")
    assert "wrote       infrastructure/README-staging.md\n" in printed
    assert "Then what infrastructure/README-staging.md says" in printed
    steps = (tmp_path / "infrastructure/README-staging.md").read_text()
    assert steps.startswith("# Setting up acme/ml for staging\n")
    assert "aws/staging-roles.yaml" in steps and listed(steps) == ['["prod","staging"]']
    assert (tmp_path / "infrastructure/README.md").read_text() == first
    assert "left alone  infrastructure/README.md" in init(tmp_path)
    assert not (tmp_path / "infrastructure/README-prod.md").exists()


def test_steps_of_somebody_elses_are_not_taken_for_ours(tmp_path: Path) -> None:
    """A README that was there before `init` says nothing about the environment."""
    (tmp_path / "infrastructure").mkdir()
    (tmp_path / "infrastructure/README.md").write_text("# Our Terraform\n")
    assert "infrastructure/README-prod.md says" in init(tmp_path)
