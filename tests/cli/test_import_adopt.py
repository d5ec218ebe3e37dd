"""`reconciler import --adopt`: the document and the run it finds come together, or neither."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reconciler.adapters.git import blob_id
from reconciler.core.environment import Environment
from reconciler.reconcile import taking_over
from tests.cli.conftest import DEV, FILES, Repo, new_repo

FOREIGN = "trained-by-hand"


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """A repository, and a job on the engine that nobody launched from there."""
    from reconciler.cli.engine import local_session

    made = new_repo(tmp_path, FILES)
    assert made.run("apply", "-e", "local", "--wait").exit_code == 0
    request: dict[str, Any] = json.loads(made.run("show", "digits", "--request").stdout)
    del request["Tags"], request["Environment"]
    environment = Environment(name="local", engine="local", bucket="local-ml")
    client = local_session(made.root, environment).client("sagemaker")
    client.create_training_job(**{**request, "TrainingJobName": FOREIGN})
    return made


def left(repo: Repo) -> set[str]:
    """Documents and records."""
    return {path.name for folder in ("jobs", "locks") for path in (repo.root / folder).rglob("*.*")}


def test_a_job_is_taken_over_with_its_document(repo: Repo) -> None:
    """Which launches nothing then."""
    result = repo.run("import", FOREIGN, "--name", "taken", "--adopt", "-e", "local")
    assert result.exit_code == 0, result.output
    assert left(repo) == {"digits.yaml", "taken.yaml", "digits.json", "taken.json"}
    assert "0 to launch, 2 in sync" in repo.run("plan", "-e", "local").stdout
    record = json.loads((repo.root / "locks/local/taken.json").read_text())
    [run] = record["runs"].values()
    [blob] = [b for path, b in run["source"]["documents"].items() if path == "jobs/taken.yaml"]
    assert blob == blob_id((repo.root / "jobs/taken.yaml").read_bytes(), "sha1")
    assert run["source"]["dirty"] is True


def test_a_job_of_others_leaves_nothing(repo: Repo) -> None:
    """A document that stays would be launched by the next apply."""
    from reconciler.cli.engine import local_session

    environment = Environment(name="local", engine="local", bucket="local-ml")
    client = local_session(repo.root, environment).client("sagemaker")
    arn = client.describe_training_job(TrainingJobName=FOREIGN)["TrainingJobArn"]
    tags = [{"Key": "sagemaker-gitops:repository", "Value": "github.com/others/ml"}]
    client.add_tags(ResourceArn=arn, Tags=tags)
    result = repo.run("import", FOREIGN, "--name", "taken", "--adopt", "-e", "local")
    assert result.exit_code == 1
    assert "belongs to github.com/others/ml" in result.stderr
    assert left(repo) == {"digits.yaml", "digits.json"}


def test_an_interrupt_leaves_nothing_that_launches(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same command can be given again."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(taking_over, "join_all", interrupted)
        repo.run("import", FOREIGN, "--name", "taken", "--adopt", "-e", "local")
    assert left(repo) == {"digits.yaml", "digits.json"}
    result = repo.run("import", FOREIGN, "--name", "taken", "--adopt", "-e", "local")
    assert result.exit_code == 0, result.output


def test_on_sagemaker_it_asks_for_push_before_it_does_anything(tmp_path: Path) -> None:
    """A lock that cannot be written would be found out when the job has its tags already."""
    made = new_repo(
        tmp_path, {**FILES, "environments/dev.yaml": DEV.replace("default: true\n", "")}
    )
    result = made.run("import", "a-job", "--adopt", "-e", "dev")
    assert result.exit_code == 2
    assert "pass --push" in result.stderr
