"""`reconciler local`: the engine by hand."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner

from reconciler.cli.console import Console
from reconciler.cli.main import cli

PROD = """\
apiVersion: sagemaker-gitops/v1
kind: Environment
name: prod
account_id: "444455556666"
region: eu-west-1
bucket: acme-ml
"""


def test_a_file_can_be_put_under_a_key_or_into_a_folder(repo: Any) -> None:
    """A URI that ends with a slash gets the file's name."""
    file = str(repo.root / "code/train.py")
    assert repo.run("local", "put", file, "s3://data/a/b.py").exit_code == 0
    assert repo.run("local", "put", file, "s3://data/a/").exit_code == 0
    listed = repo.run("local", "ls").stdout
    assert "s3://data/a/b.py" in listed and "s3://data/a/train.py" in listed


@pytest.mark.parametrize("uri", ["data/a", "s3://data", "https://data/a", "s3:///a"])
def test_what_is_no_s3_uri_is_wrong_usage(repo: Any, uri: str) -> None:
    """Exit status 2."""
    result = repo.run("local", "put", str(repo.root / "code/train.py"), uri)
    assert result.exit_code == 2
    assert "s3://BUCKET/KEY" in result.stderr


def test_a_bucket_name_that_s3_refuses_is_a_message(repo: Any) -> None:
    """Not a traceback."""
    result = repo.run("local", "put", str(repo.root / "code/train.py"), "s3://UPPER/a")
    assert result.exit_code == 1
    assert result.stderr.startswith("error: s3://UPPER/a: ")


def test_an_engine_that_never_ran_holds_nothing(repo: Any) -> None:
    """And looking makes nothing."""
    assert repo.run("local", "ls").stdout == "0 launches\n0 objects\n"
    assert not (repo.root / ".reconciler/local").exists()


@pytest.mark.parametrize(("answer", "left"), [("n\n", True), ("y\n", False)])
def test_reset_asks_when_somebody_is_there(
    repo: Any, monkeypatch: pytest.MonkeyPatch, answer: str, left: bool
) -> None:
    """And does what was answered."""
    repo.run("local", "put", str(repo.root / "code/train.py"), "s3://data/a")
    monkeypatch.setattr(Console, "interactive", True)
    result = CliRunner().invoke(cli, ["-C", str(repo.root), "local", "reset"], input=answer)
    assert result.exit_code == 0
    assert "Remove all local jobs and S3 objects, and locks/local/?" in result.stderr
    assert ("s3://data/a" in repo.run("local", "ls").stdout) is left


def test_an_environment_on_aws_has_no_local_engine(make_repo: Callable[..., Any]) -> None:
    """Both when it is named and when there is no other."""
    repo = make_repo({"environments/prod.yaml": PROD})
    assert "`engine: local`" in repo.run("local", "ls").stderr
    named = repo.run("local", "ls", "-e", "prod")
    assert named.exit_code == 1 and "is not of engine local" in named.stderr


def test_serve_prints_what_to_export_and_ends_on_ctrl_c(repo: Any) -> None:
    """The one line on stdout can be evaluated by a shell."""
    with subprocess.Popen(
        [sys.executable, "-m", "reconciler", "-C", str(repo.root), "local", "serve"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None and server.stderr is not None
        line = server.stdout.readline()
        found = re.match(r"export AWS_ENDPOINT_URL=http://127\.0\.0\.1:(\d+) AWS_", line)
        assert found, line
        assert f"port {found[1]}" in server.stderr.readline()
        server.send_signal(signal.SIGINT)
        assert server.wait(timeout=10) == 0
