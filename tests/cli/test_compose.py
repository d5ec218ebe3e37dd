"""Which environment is meant, and what is plugged into what."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner

from reconciler.cli.console import Console
from reconciler.cli.main import cli

LOCAL = "environments/local.yaml"
PROD = "environments/prod.yaml"
JOB = """\
apiVersion: sagemaker-gitops/v1
kind: TrainingJob
name: digits
version: 1
script:
  framework: sklearn
  framework_version: "1.2-1"
  python_version: py3
  source_dir: code
  entry_script: train.py
compute: {instance_type: ml.m5.large, instance_count: 1, volume_size: 10GB}
stopping_condition: {max_runtime: 10m}
environments: [prod]
"""


def environment(name: str, *lines: str) -> str:
    """A document of an environment."""
    header = ("apiVersion: sagemaker-gitops/v1", "kind: Environment", f"name: {name}")
    common = ("bucket: acme-ml", "role_arn: arn:aws:iam::444455556666:role/ml")
    return "\n".join((*header, *common, *lines, ""))


def local(*lines: str) -> str:
    """A local environment."""
    return environment("local", "engine: local", *lines)


def prod(name: str = "prod", *lines: str) -> str:
    """An environment on AWS."""
    return environment(name, 'account_id: "444455556666"', "region: eu-west-1", *lines)


@pytest.mark.parametrize(
    ("files", "looking", "acting"),
    [
        ({LOCAL: local()}, "local", "local"),
        ({PROD: prod()}, "prod", "prod"),
        ({LOCAL: local("default: true"), PROD: prod()}, "local", "local"),
        ({LOCAL: local(), PROD: prod("prod", "default: true")}, "prod", None),
        ({LOCAL: local(), PROD: prod()}, None, None),
    ],
)
def test_without_a_name_nobody_spends_money_by_leaving_out_a_word(
    make_repo: Callable[..., Any], files: dict[str, str], looking: str | None, acting: str | None
) -> None:
    """The only one; or the default one, if it is local or the command only looks."""
    repo = make_repo(files)
    plan = repo.run("plan", "--offline")
    if looking is None:
        assert plan.exit_code == 2 and "pass -e with one of: local, prod" in plan.stderr
    else:
        assert plan.stdout.startswith(f"{looking} · ")
    if acting is None:
        apply = repo.run("apply", "--yes")
        assert apply.exit_code == 2 and "pass -e with one of: local, prod" in apply.stderr
        assert ("default one, prod, costs money" in apply.stderr) is (looking == "prod")


def test_a_wrong_name_gets_a_suggestion(repo: Any) -> None:
    """And the list."""
    result = repo.run("plan", "-e", "locl", "--offline")
    assert result.exit_code == 2
    assert "there is no environment `locl`" in result.stderr
    assert "did you mean `local`? there is: local" in result.stderr


def test_the_variable_names_an_environment_too(make_repo: Callable[..., Any]) -> None:
    """RECONCILER_ENVIRONMENT, and `-e` is stronger."""
    repo = make_repo({LOCAL: local(), PROD: prod()})
    env = {"RECONCILER_ENVIRONMENT": "prod"}
    assert repo.run("plan", "--offline", env=env).stdout.startswith("prod · account 444455556666")
    typed = repo.run("-e", "local", "plan", "--offline", env=env)
    assert typed.stdout.startswith("local · ")


def test_a_broken_environment_is_told_with_its_line(make_repo: Callable[..., Any]) -> None:
    """Not as an unknown one."""
    repo = make_repo({LOCAL: local("regio: x")})
    result = repo.run("plan", "-e", "local", "--offline")
    assert result.exit_code == 1
    assert "error[E101]" in result.stderr and "regio: x" in result.stderr


def test_a_repository_without_environments_says_what_to_write(
    make_repo: Callable[..., Any],
) -> None:
    """The first thing that a newcomer may meet."""
    result = make_repo({"README": ""}).run("plan")
    assert result.exit_code == 2
    assert "environments/local.yaml" in result.stderr


def test_apply_to_aws_asks_before_it_launches(make_repo: Callable[..., Any]) -> None:
    """Without a terminal it refuses, and names what to pass."""
    result = make_repo({PROD: prod()}).run("apply")
    assert result.exit_code == 2
    assert "--plan-digest" in result.stderr and "--yes" in result.stderr


@pytest.mark.slow
def test_aws_is_planned_from_here_but_launched_only_where_the_lock_is_shared(
    make_repo: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The plan is shown and asked for; a checkout cannot keep other reconcilers from launching."""
    account = environment("prod", 'account_id: "000000000000"', "region: us-east-1")
    files = {LOCAL: local(), PROD: account, "jobs/digits.yaml": JOB, "code/train.py": ""}
    repo = make_repo(files)
    serve = [sys.executable, "-m", "reconciler", "-C", str(repo.root), "local", "serve"]
    with subprocess.Popen(serve, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        for word in server.stdout.readline().split()[1:]:
            monkeypatch.setenv(*word.split("=", 1))
        try:
            planned = repo.run("plan", "-e", "prod")
            unasked = repo.run("apply", "-e", "prod", "--yes")
            monkeypatch.setattr(Console, "interactive", True)
            no, yes = (
                CliRunner().invoke(cli, ["-C", str(repo.root), "apply", "-e", "prod"], input=answer)
                for answer in ("n\n", "y\n")
            )
        finally:
            server.send_signal(signal.SIGINT)
    assert "+ launch   digits 1" in planned.stdout
    assert (unasked.exit_code, no.exit_code, yes.exit_code) == (5, 0, 5)
    assert "error[E308]" in unasked.stderr and "error[E308]" in yes.stderr
    assert "+ launch   digits 1" in no.stderr and "Apply this?" in no.stderr


def test_a_plan_for_aws_is_of_the_commit_and_says_so(make_repo: Callable[..., Any]) -> None:
    """What is not committed cannot be launched there."""
    repo = make_repo({PROD: prod()})
    assert repo.run("plan", "--offline").stderr == ""
    (repo.root / "jobs").mkdir()
    (repo.root / "jobs/new.yaml").write_text("name: [")
    result = repo.run("plan", "--offline")
    assert result.exit_code == 0
    assert "Uncommitted changes are not in this plan" in result.stderr


def test_a_plan_says_which_named_document_is_not_committed(make_repo: Callable[..., Any]) -> None:
    """`0 to launch` alone would be a riddle."""
    repo = make_repo({PROD: prod(), "code/train.py": ""})
    repo.write({"jobs/old.yaml": JOB.replace("digits", "old")})
    (repo.root / "jobs/digits.yaml").write_text(JOB)
    told = repo.run("plan", "--offline", "digits", "old").stderr.splitlines()
    assert told[1:] == ["digits is not in it: its document is not committed yet."]


def test_a_timeout_needs_something_to_wait_for(make_repo: Callable[..., Any]) -> None:
    """On AWS apply does not wait by itself."""
    result = make_repo({PROD: prod()}).run("apply", "--timeout", "6h", "--yes")
    assert result.exit_code == 2
    assert "pass --wait too" in result.stderr


def test_without_credentials_the_exit_status_is_four(
    make_repo: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    """And no profile of this computer is used by accident."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    result = make_repo({PROD: prod()}).run("plan")
    assert result.exit_code == 4
    assert "error[E301]" in result.stderr
