"""Where the remote is, and how git logs in there."""

from __future__ import annotations

import base64
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.adapters.git import Git
from reconciler.adapters.locks.address import remote_of
from tests.adapters.conftest import Repo

TOKEN = "ghs_t0k3n"


def test_origin_is_the_remote(repo: Repo) -> None:
    repo.git("remote", "add", "origin", "https://github.com/acme/ml.git")
    repo.git("remote", "add", "fork", "https://github.com/ada/ml.git")
    address = remote_of(repo.root)
    assert (address.url, address.push_url) == ("https://github.com/acme/ml.git",) * 2
    assert (address.settings, address.upstream) == ((), None)


def test_the_remote_that_the_branch_follows_goes_first(repo: Repo) -> None:
    repo.git("remote", "add", "origin", "https://github.com/ada/ml.git")
    repo.git("remote", "add", "upstream", "https://github.com/acme/ml.git")
    repo.git("config", "branch.main.remote", "upstream")
    repo.git("config", "branch.main.merge", "refs/heads/release/1")
    address = remote_of(repo.root)
    assert (address.url, address.upstream) == ("https://github.com/acme/ml.git", "release/1")


def test_a_branch_that_follows_a_local_one_changes_nothing(repo: Repo) -> None:
    repo.git("remote", "add", "origin", "https://github.com/acme/ml.git")
    repo.git("config", "branch.main.remote", ".")
    repo.git("config", "branch.main.merge", "refs/heads/other")
    address = remote_of(repo.root)
    assert (address.url, address.upstream) == ("https://github.com/acme/ml.git", None)


def test_pushes_go_where_the_checkout_pushes_to(repo: Repo) -> None:
    repo.git("remote", "add", "origin", "https://github.com/acme/ml.git")
    repo.git("remote", "set-url", "--push", "origin", "git@github.com:acme/ml.git")
    assert remote_of(repo.root).push_url == "git@github.com:acme/ml.git"


def test_a_path_counts_from_the_top_of_the_working_tree(
    repo: Repo, make_repo: Callable[[str], Repo]
) -> None:
    other = make_repo("other")
    repo.git("remote", "add", "origin", "../other")
    assert Path(remote_of(repo.root).url).resolve() == other.root.resolve()


def test_the_login_of_the_checkout_is_handed_on_and_never_shown(repo: Repo) -> None:
    """As `actions/checkout` leaves it: a header in the configuration of the checkout."""
    header = "AUTHORIZATION: basic " + base64.b64encode(f"x:{TOKEN}".encode()).decode()
    repo.git("remote", "add", "origin", "https://github.com/acme/ml.git")
    repo.git("config", "http.https://github.com/.extraheader", header)
    repo.git("config", "user.name", "Ada")
    address = remote_of(repo.root)
    assert address.settings == (("http.https://github.com/.extraheader", header),)
    assert header not in repr(address)
    elsewhere = Git(Path("/"), settings=address.settings)
    asked = elsewhere.run("config", "--get-urlmatch", "http.extraheader", "https://github.com/x")
    assert asked.decode().strip() == header


def test_settings_of_the_user_are_not_handed_on_twice(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    everywhere = tmp_path / "gitconfig"
    everywhere.write_text('[http]\n\textraheader = "X: 1"\n[credential]\n\thelper = store\n')
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(everywhere))
    repo.git("remote", "add", "origin", "https://github.com/acme/ml.git")
    assert remote_of(repo.root).settings == ()


def test_a_file_that_the_checkout_includes_counts_as_its_own(repo: Repo, tmp_path: Path) -> None:
    included = tmp_path / "credentials"
    included.write_text('[http "https://github.com/"]\n\textraheader = "X: 1"\n')
    repo.git("remote", "add", "origin", "https://github.com/acme/ml.git")
    repo.git("config", f"includeIf.gitdir:{repo.root / '.git'}.path", str(included))
    assert remote_of(repo.root).settings == (("http.https://github.com/.extraheader", "X: 1"),)


def test_settings_follow_those_that_the_environment_gives_already(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "http.proxy")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "http://proxy.acme.example")
    git = Git(repo.root, settings=[("http.userAgent", "test")])
    assert git.run("config", "http.proxy") == b"http://proxy.acme.example\n"
    assert git.run("config", "http.userAgent") == b"test\n"


def test_a_command_that_takes_too_long_is_ended_with_its_helpers(
    repo: Repo, tmp_path: Path
) -> None:
    helper = tmp_path / "ssh"
    helper.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/pid\nexec sleep 60\n")
    helper.chmod(0o755)
    git = Git(repo.root, settings=[("core.sshCommand", str(helper))])
    answer = git.attempt("ls-remote", "ssh://host.example/x", timeout=1.0)
    assert answer.status != 0
    assert answer.stderr == "no answer within 1 s"
    assert ended(int((tmp_path / "pid").read_text()))


def ended(pid: int) -> bool:
    """Whether a process ends within a few seconds; one that nobody waits for stays a zombie."""
    for _ in range(50):
        asked = ["ps", "-o", "stat=", "-p", str(pid)]
        state = subprocess.run(asked, capture_output=True, check=False)
        if not state.stdout.strip() or state.stdout.startswith(b"Z"):
            return True
        time.sleep(0.1)
    return False


def test_no_address_in_a_message_holds_a_password(tmp_path: Path) -> None:
    from reconciler.adapters.locks.mirror import without_password

    line = "fatal: unable to access 'https://x:secret@github.com/acme/ml.git/': no"
    assert without_password(line) == "fatal: unable to access 'https://github.com/acme/ml.git/': no"
