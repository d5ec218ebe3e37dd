"""Repositories and a way to run the command in them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from reconciler.cli.main import cli

LOCAL = """\
apiVersion: sagemaker-gitops/v1
kind: Environment
name: local
engine: local
default: true
bucket: local-ml
role_arn: arn:aws:iam::000000000000:role/local
"""

DEV = """\
apiVersion: sagemaker-gitops/v1
kind: Environment
name: dev
default: true
account_id: "111122223333"
region: us-west-2
bucket: acme-ml-dev
role_arn: arn:aws:iam::111122223333:role/service-role/AmazonSageMaker-ExecutionRole
"""
"""Where imported documents go."""

STRICT = """\
apiVersion: sagemaker-gitops/v1
kind: Environment
name: strict
engine: local
bucket: other
role_arn: arn:aws:iam::111122223333:role/other
volume_kms_key_id: alias/volumes
tags: {environment: strict, team: churn}
networking: {subnets: [subnet-1], security_group_ids: [sg-1], network_isolation: true}
"""
"""An environment of which imported documents inherit much."""

PROD = """\
apiVersion: sagemaker-gitops/v1
kind: Environment
name: prod
account_id: "444455556666"
region: eu-west-1
bucket: acme-ml-prod
role_arn: arn:aws:iam::444455556666:role/ml
"""

JOB = """\
apiVersion: sagemaker-gitops/v1
kind: TrainingJob
name: digits
version: 3  # the launch button
script:
  framework: sklearn
  framework_version: "1.2-1"
  python_version: py3
  source_dir: code
  entry_script: train.py
hyperparameters: {epochs: 10, eta: 0.10}
env: {TOKEN: s3cr3t-value}
compute: {instance_type: ml.m5.large, instance_count: 1, volume_size: 10GB}
stopping_condition: {max_runtime: 10m}
"""

TRAIN = """\
import os
import pathlib

print("loss=0.5", flush=True)
pathlib.Path(os.environ["SM_MODEL_DIR"], "model.txt").write_text("trained")
"""

IGNORED = ".reconciler/\nlocks/local/\n"

FILES = {"environments/local.yaml": LOCAL, "jobs/digits.yaml": JOB, "code/train.py": TRAIN}


@dataclass(frozen=True)
class Repo:
    """A git repository on disk, and the command run in it."""

    root: Path

    def write(self, files: Mapping[str, str]) -> None:
        """Write files and commit everything."""
        for path, text in files.items():
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            (self.root / path).write_text(text, encoding="utf-8")
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "change")

    def git(self, *arguments: str) -> None:
        """Run git."""
        subprocess.run(["git", *arguments], cwd=self.root, check=True, capture_output=True)

    def run(self, *arguments: str, env: Mapping[str, str] | None = None) -> Result:
        """Run the command with `-C` on this repository."""
        return CliRunner(env=env).invoke(cli, ["-C", str(self.root), *arguments])


def new_repo(folder: Path, files: Mapping[str, str]) -> Repo:
    """Make a repository in a folder with the given files, committed."""
    repo = Repo(folder / "repo")
    repo.root.mkdir()
    repo.git("init", "-q", "-b", "main")
    repo.write(files)
    return repo


def importing(repo: Repo, folder: Path) -> Callable[..., tuple[Result, str, dict[str, Any]]]:
    """Imports a request: what was said, the document, and its request. Nothing of it stays."""

    def run(request: Mapping[str, Any] | Path, *more: str) -> tuple[Result, str, dict[str, Any]]:
        file = request
        if not isinstance(file, Path):
            file = folder / "request.json"
            file.write_text(json.dumps(request))
        result = repo.run("import", "--from-json", str(file), *more)
        paths = sorted((repo.root / "jobs").rglob("*.yaml"))
        written = [path for path in paths if not path.name.startswith("_")]
        if result.exit_code:
            assert not written, "nothing is written when something is wrong"
            return result, "", {}
        (path,) = written
        environment = [word for word in more if word in ("dev", "strict")]
        flags = ["-e", environment[0]] if environment else []
        shown = repo.run("show", path.stem, "--request", *flags)
        text = path.read_text()
        path.unlink()
        assert shown.exit_code == 0, shown.output
        return result, text, json.loads(shown.stdout)

    return run


@pytest.fixture
def make_repo(tmp_path: Path) -> Callable[[Mapping[str, str]], Repo]:
    """Make a repository with the given files, committed."""
    return lambda files: new_repo(tmp_path, files)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Repo, Result]:
    """A repository whose job was trained by the local engine, and what apply said."""
    repo = new_repo(tmp_path_factory.mktemp("trained"), {**FILES, ".gitignore": IGNORED})
    return repo, repo.run("apply")


@pytest.fixture
def repo(make_repo: Callable[[Mapping[str, str]], Repo]) -> Repo:
    """A repository with one job for the local engine."""
    return make_repo(FILES)
