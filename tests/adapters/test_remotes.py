"""Names of repositories."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from reconciler.adapters.remotes import repository_name


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/acme/ml.git",
        "https://github.com/acme/ml",
        "https://github.com/acme/ml/",
        "https://GitHub.com/acme/ml.git/",
        "http://github.com:8080/acme/ml",
        "https://user@github.com/acme/ml.git",
        "https://user:ghp_secret@github.com/acme/ml.git",
        "https://x-access-token:ghs_secret@github.com/acme/ml",
        "ssh://git@github.com/acme/ml.git",
        "ssh://git@github.com:22/acme/ml.git",
        "git+ssh://git@github.com/acme/ml.git",
        "git@github.com:acme/ml.git",
        "git@github.com:/acme/ml.git",
        "github.com:acme/ml",
        "git://github.com/acme/ml.git",
        "  https://github.com/acme/ml.git\n",
    ],
)
def test_every_spelling_of_an_address_gives_one_name(url: str) -> None:
    assert repository_name(url) == "github.com/acme/ml"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/srv/git/ml.git",
        "../ml",
        "./ml.git",
        "ml",
        "C:/git/ml",
        "C:\\git\\ml",
        "file:///srv/git/ml.git",
        "ext::sh -c 'touch ran'",
        "fd::17",
        "https://",
        "https:///acme/ml",
        "https://github.com/",
        "https://[github.com/acme/ml",
    ],
)
def test_an_address_without_a_host_gives_no_name(url: str) -> None:
    assert repository_name(url) is None


def test_the_remote_origin_names_the_repository(repo: Any) -> None:
    repo.git("remote", "add", "origin", "https://user:token@example.com/team/jobs.git")
    assert repo.workspace().repository == "example.com/team/jobs"


def test_a_rewrite_of_addresses_on_one_computer_does_not_rename_it(repo: Any) -> None:
    repo.git("remote", "add", "origin", "https://github.com/acme/ml")
    repo.git("config", "url.https://mirror.local/.insteadOf", "https://github.com/")
    assert repo.workspace().repository == "github.com/acme/ml"


@pytest.mark.parametrize("remote", [None, "/srv/git/other.git"])
def test_without_a_host_the_folder_names_it(
    make_repo: Callable[[str], Any], remote: str | None
) -> None:
    repo = make_repo("my-jobs")
    if remote:
        repo.git("remote", "add", "origin", remote)
    assert repo.workspace().repository == "my-jobs"
