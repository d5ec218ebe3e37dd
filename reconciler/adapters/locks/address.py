"""The remote of a working tree: its address, and how git logs in there.

Our own bare repository does not see the configuration of the checkout, where CI and people keep
credentials, proxies and rewrites. So the settings that concern transport are read here and handed
on to git by its environment; they are written nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from reconciler.adapters.git import Git, rows
from reconciler.errors import LockUnwritable

_TRANSPORT = re.compile(r"(http|credential|url|ssh)\..*|core\.(sshcommand|askpass|gitproxy)")
_OF_THE_CHECKOUT = frozenset({b"local", b"worktree"})


@dataclass(frozen=True, slots=True)
class Address:
    """Where a remote is."""

    url: str
    push_url: str
    settings: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """Transport settings of the checkout, as git's keys and values; may hold credentials."""
    upstream: str | None = None
    """Branch that the checked-out one follows on this remote."""

    @property
    def logs_in(self) -> bool:
        """Whether the checkout brings a header to log in with; git must not send two of them."""
        return any(key.endswith(".extraheader") for key, _ in self.settings)


def remote_of(root: Path) -> Address:
    """The remote of the checkout at `root`: the one that its branch follows, or `origin`.

    Raises LockUnwritable if there is none.
    """
    git = Git(root)
    local, everything = _configuration(git)
    head = git.ask("symbolic-ref", "--quiet", "--short", "HEAD")
    branch = head.decode("utf-8", "replace").strip() if head else None
    name = everything.get(f"branch.{branch}.remote", "origin")
    if f"remote.{name}.url" not in everything:
        name = "origin"
    url = everything.get(f"remote.{name}.url")
    if url is None:
        raise LockUnwritable(
            f"{root} has no remote that the lock could be pushed to",
            advice="name it: git remote add origin URL",
        )
    merge = everything.get(f"branch.{branch}.merge", "")
    followed = everything.get(f"branch.{branch}.remote") == name
    return Address(
        url=_absolute(url, root),
        push_url=_absolute(everything.get(f"remote.{name}.pushurl", url), root),
        settings=tuple((key, value) for key, value in local if _TRANSPORT.fullmatch(key)),
        upstream=merge.removeprefix("refs/heads/") or None if followed else None,
    )


def _configuration(git: Git) -> tuple[Sequence[tuple[str, str]], dict[str, str]]:
    """The settings of the checkout in their order, and the last value of every setting.

    Needs git 2.26 for `--show-scope`; 2.31 to hand the settings on.
    """
    words = rows(git.run("config", "--list", "-z", "--show-scope"))
    local, everything = [], {}
    for scope, setting in zip(words[::2], words[1::2], strict=True):
        key, _, value = setting.decode("utf-8", "surrogateescape").partition("\n")
        everything[key] = value
        if scope in _OF_THE_CHECKOUT:
            local.append((key, value))
    return local, everything


def _absolute(url: str, root: Path) -> str:
    """A path counts from the top of the working tree; whatever is no path stays as it is."""
    if url.startswith("-"):
        raise LockUnwritable(f"{url!r} is not the address of a remote")
    path = root / url
    return str(path) if path.exists() else url
