"""Trees of git that no checkout would make, uploaded from a commit: all are refused.

The trees are written with `git mktree` and `git update-index --cacheinfo`, past every check that
`git add` makes. What git itself refuses to store is not here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from reconciler.core.kind import Finding, Source
from reconciler.core.manifest import build
from reconciler.core.resource import Manifest
from reconciler.core.tar import tar_gz

ABSENT = "1" * 40
LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"
Row = tuple[str, str, str, bytes]
Make = Callable[[Any], list[Row]]


def file(repo: Any, name: bytes, content: bytes = b"x") -> Row:
    return ("100644", "blob", repo.blob(content), name)


def link(repo: Any, name: bytes, target: bytes) -> Row:
    return ("120000", "blob", repo.blob(target), name)


def folder(repo: Any, name: bytes, *rows: Row) -> Row:
    return ("040000", "tree", repo.tree(*rows), name)


def commit_source(repo: Any, *rows: Row) -> Any:
    """Files of a commit whose folder `src` holds the rows."""
    source = folder(repo, b"src", file(repo, b"train.py"), *rows)
    secret = file(repo, b"secret", b"of the repository")
    return repo.workspace().commit_files(repo.commit_tree(repo.tree(secret, source)))


def built(files: Any, *folders: str) -> Any:
    source = Source(path=("script",), folders=folders or ("src",), form="tar")
    return build(source, files)


HOSTILE: dict[str, Make] = {
    "link to /etc": lambda r: [link(r, b"l", b"/etc/passwd")],
    "link to the parent": lambda r: [link(r, b"l", b"..")],
    "link above the root": lambda r: [link(r, b"l", b"../../../etc/passwd")],
    "link to another file of the repository": lambda r: [link(r, b"l", b"../secret")],
    "link out and in again": lambda r: [link(r, b"l", b"../src/train.py")],
    "link out through a folder": lambda r: [
        folder(r, b"d", file(r, b"f")),
        link(r, b"l", b"d/../../secret"),
    ],
    "link out through another link": lambda r: [link(r, b"a", b".."), link(r, b"l", b"a/secret")],
    "link to nothing": lambda r: [link(r, b"l", b"absent")],
    "link to itself": lambda r: [link(r, b"l", b"l")],
    "two links in a circle": lambda r: [link(r, b"a", b"b"), link(r, b"b", b"a")],
    "link to the folder it is in": lambda r: [link(r, b"l", b".")],
    "link with a NUL": lambda r: [link(r, b"l", b"train.py\0/../secret")],
    "link to a folder with a link out": lambda r: [
        folder(r, b"d", link(r, b"out", b"../../secret")),
        link(r, b"l", b"d"),
    ],
    "submodule": lambda r: [("160000", "commit", ABSENT, b"vendor")],
    "submodule below a folder": lambda r: [
        folder(r, b"d", ("160000", "commit", ABSENT, b"vendor"))
    ],
    "folder ..": lambda r: [folder(r, b"..", file(r, b"escape"))],
    "folder .": lambda r: [folder(r, b".", file(r, b"here"))],
    "backslash": lambda r: [file(r, b"..\\..\\escape")],
    "drive of Windows": lambda r: [file(r, b"C:\\autoexec")],
    "newline": lambda r: [file(r, b"a\nb")],
    "escape sequence": lambda r: [file(r, b"\x1b[2Jclean")],
    "workflow command over two lines": lambda r: [file(r, b"\n::set-output name=x::y")],
    "right-to-left override": lambda r: [file(r, "\u202egpj.exe".encode())],
    "invisible space": lambda r: [file(r, "train\u200b.py".encode())],
    "not UTF-8": lambda r: [file(r, b"\xff\xfe")],
    "UTF-8 of a surrogate": lambda r: [file(r, b"\xed\xa0\x80")],
    "overlong slash": lambda r: [file(r, b"..\xc0\xafescape")],
    "case": lambda r: [file(r, b"TRAIN.py")],
    "case of folders": lambda r: [
        folder(r, b"Pkg", file(r, b"a")),
        folder(r, b"pkg", file(r, b"b")),
    ],
    "composed and decomposed": lambda r: [
        file(r, "é".encode()),
        file(r, "e\u0301".encode()),
    ],
    "ligature": lambda r: [file(r, b"file"), file(r, "\ufb01le".encode())],
    "name of 300 bytes": lambda r: [file(r, b"n" * 300)],
    "one name twice": lambda r: [file(r, b"a", b"1"), folder(r, b"a", file(r, b"b"))],
    "Git LFS pointer": lambda r: [file(r, b"model.bin", LFS)],
    "Git LFS pointer behind a link": lambda r: [
        folder(r, b"d", file(r, b"m", LFS)),
        link(r, b"l", b"d/m"),
    ],
}


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_tree_is_refused(repo: Any, make: Make) -> None:
    found = built(commit_source(repo, *make(repo)))
    assert isinstance(found, tuple)
    assert found
    for finding in found:
        assert isinstance(finding, Finding)
        assert finding.code == "E216"
        assert finding.message.isprintable()
        assert finding.help


@pytest.mark.parametrize("mode", ["120000", "160000"])
def test_a_source_folder_that_is_itself_no_folder_is_refused(repo: Any, mode: str) -> None:
    repo.commit({"real/train.py": "x"})
    repo.git("update-index", "--add", "--cacheinfo", f"{mode},{repo.blob(b'real')},src")
    repo.git("commit", "--quiet", "-m", "by hand")
    (finding,) = built(repo.workspace().commit_files())
    assert finding.code == "E216"


def test_what_a_commit_uploads_is_the_same_bytes_every_time_and_nothing_untracked(
    repo: Any,
) -> None:
    repo.commit({"src/train.py": "t", "src/pkg/u.py": "u", "lib/acme/x.py": "x"})
    (repo.root / "src" / "link.py").symlink_to("pkg/u.py")
    (repo.root / "src" / "pkg" / "u.py").chmod(0o755)
    repo.commit()
    repo.write("src/.env", "TOKEN=planted")
    repo.write("src/untracked.py", "planted")

    def packed() -> bytes:
        files = repo.workspace().commit_files()
        manifest = built(files, "src", "lib/acme")
        assert isinstance(manifest, Manifest)
        contents = files.read([entry.origin for entry in manifest.entries])
        return tar_gz((e.path, e.mode, contents[e.origin]) for e in manifest.entries)

    first = packed()
    assert {packed() for _ in range(3)} == {first}
    assert b"planted" not in first
    names = [entry.path for entry in built(repo.workspace().commit_files(), "src").entries]
    assert names == ["link.py", "pkg/u.py", "train.py"]


def test_the_working_tree_and_the_commit_of_it_give_one_digest(repo: Any) -> None:
    repo.write("src/train.py", "t")
    repo.write("src/run.sh", "#!/bin/sh\n").chmod(0o755)
    (repo.root / "src" / "link.py").symlink_to("train.py")
    before = built(repo.workspace().worktree_files()).digest
    repo.commit()
    assert built(repo.workspace().commit_files()).digest == before
    assert built(repo.workspace().worktree_files()).digest == before


def test_a_folder_that_git_ignores_is_not_in_the_repository(repo: Any) -> None:
    repo.commit({".gitignore": "src/\n"})
    repo.write("src/train.py", "t")
    (finding,) = built(repo.workspace().worktree_files())
    assert finding.code == "E214"
    assert "ignored by git" in str(finding.help)
