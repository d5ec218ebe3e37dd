"""The name of a repository, from the address of its remote."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

# `git@github.com:acme/ml.git`; a single letter before the colon is a drive of Windows.
_SCP_LIKE = re.compile(r"(?:[^@/\s]+@)?(?P<host>[^:/\s@]{2,}):(?P<path>(?!:)[^\s]+)")
_SCHEMES = frozenset({"git", "git+ssh", "http", "https", "ssh", "ssh+git"})


def repository_name(url: str) -> str | None:
    """`github.com/acme/ml` for any spelling of that address; None for a path on this computer.

    User, password, port and `.git` are left out, so that every clone gives the same name and no
    credential gets into a tag.
    """
    address = url.strip()
    if "://" in address:
        try:
            parts = urlsplit(address)
            host, path = parts.hostname, parts.path
        except ValueError:
            return None
        if parts.scheme.lower() not in _SCHEMES or not host:
            return None
    else:
        match = _SCP_LIKE.fullmatch(address)
        if match is None:
            return None
        host, path = match["host"], match["path"]
    name = path.strip("/").removesuffix(".git").strip("/")
    return f"{host.lower()}/{name}" if name else None
