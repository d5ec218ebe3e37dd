"""`reconciler doctor` and GitHub: what it asks, and what it says where it cannot ask."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from reconciler.cli.main import cli
from tests.adapters.fake_remote import Host
from tests.github.fake_host import FakeHost
from tests.support.checkout import Checkout

PROD = """\
apiVersion: sagemaker-gitops/v1
kind: Environment
name: prod
account_id: "111122223333"
region: eu-west-1
bucket: acme-ml
"""
Found = dict[str, tuple[str, str]]


@pytest.fixture(autouse=True)
def _nobody_is_logged_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("GITHUB_TOKEN", "GH_TOKEN", "GITHUB_API_URL", "GITHUB_REPOSITORY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def api(tmp_path: Path) -> Iterator[FakeHost]:
    api = FakeHost(Host.create(tmp_path / "host").bare)
    yield api
    api.close()


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    checkout = Checkout.create(tmp_path / "repository")
    checkout.write("environments/prod.yaml", PROD)
    checkout.git("remote", "add", "origin", "git@github.com:acme/ml.git")
    checkout.commit()
    return checkout


def asked(checkout: Checkout) -> Found:
    """Verdict, and message with advice, of each check."""
    words = ["-C", os.fspath(checkout.root), "doctor", "-e", "prod", "-o", "json"]
    done = CliRunner().invoke(cli, words)
    assert done.exit_code == 1 and "Traceback" not in done.output
    return {
        check["name"]: (check["verdict"], f"{check['message']}; {check['advice']}")
        for check in json.loads(done.stdout)["checks"]
    }


def beat(api: FakeHost, ago: timedelta) -> None:
    """An apply of prod told that it ran."""
    told = f"{datetime.now(UTC) - ago:%Y-%m-%dT%H:%M:%SZ}"
    commit = api.git("rev-parse", "main")
    api.statuses.append(
        {"sha": commit, "context": "reconciler/prod", "state": "success", "created_at": told}
    )


def test_a_free_branch_and_a_young_heartbeat_are_good(
    api: FakeHost, checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in api.variables.items():
        monkeypatch.setenv(name, value)
    beat(api, timedelta(minutes=20))
    found = asked(checkout)
    assert found["lock delivery"] == ("good", "main takes commits from GITHUB_TOKEN; None")
    verdict, words = found["heartbeat"]
    assert verdict == "good" and words.endswith(" ago; None")


def test_a_protected_main_and_an_old_heartbeat_say_what_to_change(
    api: FakeHost, checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in api.variables.items():
        monkeypatch.setenv(name, value)
    api.rules["main"] = ["pull_request", "deletion"]
    beat(api, timedelta(days=2))
    found = asked(checkout)
    verdict, words = found["lock delivery"]
    assert verdict == "warning" and "main has rules (pull_request)" in words
    assert "put the App into the bypass list" in words and "`lock_branch: NAME`" in words
    assert found["heartbeat"][0] == "warning" and " ago; " in found["heartbeat"][1]


def test_a_branch_of_the_lock_s_own_takes_commits_while_main_does_not(
    api: FakeHost, checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in api.variables.items():
        monkeypatch.setenv(name, value)
    api.rules["main"] = ["pull_request"]
    checkout.write("environments/prod.yaml", f"{PROD}lock_branch: the-lock\n")
    found = asked(checkout)
    assert found["lock delivery"] == ("good", "the-lock takes commits from GITHUB_TOKEN; None")
    assert found["heartbeat"][0] == "warning" and "no apply of prod" in found["heartbeat"][1]


def test_a_token_that_github_refuses_is_told_and_not_shown(
    api: FakeHost, checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {**api.variables, "GITHUB_TOKEN": "ghp_s3cr3t"}.items():
        monkeypatch.setenv(name, value)
    found = asked(checkout)
    assert found["lock delivery"][0] == found["heartbeat"][0] == "bad"
    assert "Bad credentials" in str(found) and "ghp_s3cr3t" not in str(found)


@pytest.mark.parametrize(
    ("origin", "token", "said"),
    [
        ("git@github.com:acme/ml.git", "", 'export GITHUB_TOKEN="$(gh auth token)"'),
        ("git@gitlab.com:acme/ml.git", "ghp_s3cr3t", "gitlab.com is not known to be GitHub"),
        (None, "ghp_s3cr3t", "there is no remote"),
    ],
)
def test_where_github_cannot_be_asked_it_is_not_and_why_is_said(
    checkout: Checkout,
    monkeypatch: pytest.MonkeyPatch,
    origin: str | None,
    token: str,
    said: str,
) -> None:
    """A token for GitHub goes to no other host's namesake."""
    monkeypatch.setenv("GITHUB_TOKEN", token)
    checkout.git("remote", "remove", "origin")
    if origin:
        checkout.git("remote", "add", "origin", origin)
    found = asked(checkout)
    assert found["lock delivery"][0] == found["heartbeat"][0] == "not_checked"
    assert said in found["lock delivery"][1]
