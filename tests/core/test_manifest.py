"""Manifests: which files a source uploads, and which trees are refused."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

import pytest

from reconciler.core.kind import Finding, Source
from reconciler.core.manifest import MAX_FILES, build
from reconciler.core.resource import FileEntry, Manifest, Revision

LINK = "120000"
PLAIN = "100644"


@dataclass(frozen=True)
class Tree:
    """Files as a value: path → content, or (mode, content)."""

    files: dict[str, bytes | tuple[str, bytes]]
    revision: Revision = field(default_factory=lambda: Revision(None))

    def under(self, path: str) -> tuple[FileEntry, ...]:
        whole = path.strip("/") in ("", ".")
        return tuple(
            self.entry(name)
            for name in sorted(self.files)
            if whole or name == path.rstrip("/") or name.startswith(path.rstrip("/") + "/")
        )

    def entry(self, name: str) -> FileEntry:
        mode, content = self.both(name)
        return FileEntry(name, mode, hashlib.sha1(content).hexdigest())  # type: ignore[arg-type]

    def read(self, paths: Iterable[str]) -> dict[str, bytes]:
        return {path: self.both(path)[1] for path in paths}

    def both(self, name: str) -> tuple[str, bytes]:
        value = self.files[name]
        return value if isinstance(value, tuple) else (PLAIN, value)


def source(*folders: str, ignore: tuple[str, ...] = ()) -> Source:
    return Source(path=("script",), folders=folders, form="tar", ignore=ignore)


def manifest(
    files: dict[str, bytes | tuple[str, bytes]], *folders: str, ignore: tuple[str, ...] = ()
) -> Manifest:
    built = build(source(*folders, ignore=ignore), Tree(files))
    assert isinstance(built, Manifest), built
    return built


def paths(built: Manifest) -> list[str]:
    return [entry.path for entry in built.entries]


def findings(
    files: dict[str, bytes | tuple[str, bytes]], *folders: str, ignore: tuple[str, ...] = ()
) -> tuple[Finding, ...]:
    built = build(source(*folders, ignore=ignore), Tree(files))
    assert isinstance(built, tuple), built
    return built


def test_the_first_folder_goes_to_the_root_and_others_under_their_names() -> None:
    built = manifest(
        {"training/churn/train.py": b"t", "lib/acme/util.py": b"u", "lib/one.py": b"o", "x": b""},
        "training/churn/",
        "lib/acme",
        "lib/one.py",
    )
    assert [(entry.path, entry.origin) for entry in built.entries] == [
        ("acme/util.py", "lib/acme/util.py"),
        ("one.py", "lib/one.py"),
        ("train.py", "training/churn/train.py"),
    ]


def test_a_single_file_goes_up_under_its_name() -> None:
    assert paths(manifest({"data/train.csv": b"1,2", "data/x": b""}, "data/train.csv")) == [
        "train.csv"
    ]


def test_the_root_of_the_repository_is_a_folder_too() -> None:
    assert paths(manifest({"a.py": b"", "b/c.py": b""}, ".")) == ["a.py", "b/c.py"]


def test_modes_and_ids_are_those_of_git() -> None:
    built = manifest({"c/run.sh": ("100755", b"#!"), "c/a": b"a"}, "c")
    assert [(entry.path, entry.mode) for entry in built.entries] == [
        ("a", PLAIN),
        ("run.sh", "100755"),
    ]
    assert built.entries[0].blob == hashlib.sha1(b"a").hexdigest()


def test_the_digest_follows_path_mode_and_content_and_nothing_else() -> None:
    digest = manifest({"c/a": b"a", "c/b": b"b"}, "c").digest
    assert manifest({"d/e/b": b"b", "d/e/a": b"a"}, "d/e").digest == digest
    assert manifest({"c/a": b"a", "c/b": b"b", "c/.env": b"secret"}, "c").digest == digest
    assert manifest({"c/a": b"A", "c/b": b"b"}, "c").digest != digest
    assert manifest({"c/a": ("100755", b"a"), "c/b": b"b"}, "c").digest != digest
    assert manifest({"c/a": b"a", "c/B": b"b"}, "c").digest != digest


def test_patterns_work_as_in_gitignore_from_the_root_of_the_upload() -> None:
    files: dict[str, bytes | tuple[str, bytes]] = {
        "c/train.py": b"",
        "c/notes.ipynb": b"",
        "c/keep.ipynb": b"",
        "c/docs/a.md": b"",
        "c/pkg/docs/b.md": b"",
        "lib/acme/docs/c.md": b"",
        "lib/acme/util.py": b"",
    }
    built = manifest(
        files, "c", "lib/acme", ignore=("*.ipynb", "!keep.ipynb", "/docs/", "acme/docs/")
    )
    assert paths(built) == ["acme/util.py", "keep.ipynb", "pkg/docs/b.md", "train.py"]


def test_what_nobody_means_to_upload_is_left_out_unless_it_is_taken_back() -> None:
    files: dict[str, bytes | tuple[str, bytes]] = {
        "c/train.py": b"",
        "c/.env": b"",
        "c/__pycache__/train.cpython-311.pyc": b"",
        "c/old.pyc": b"",
        "c/.DS_Store": b"",
        "c/.ipynb_checkpoints/x": b"",
    }
    assert paths(manifest(files, "c")) == ["train.py"]
    assert paths(manifest(files, "c", ignore=("!.env",))) == [".env", "train.py"]


def test_a_pattern_that_cannot_be_read_is_a_finding() -> None:
    (finding,) = findings({"c/a": b""}, "c", ignore=("!",))
    assert finding.code == "E216"
    assert "ignore_patterns" in finding.message


@pytest.mark.parametrize("folder", ["absent", "/etc", "../other", "c/../..", "c\\d", "c/a/b"])
def test_a_folder_that_is_not_in_the_repository_is_named(folder: str) -> None:
    (finding,) = findings({"c/a": b"", "c\\d/x": b""}, folder)
    assert (finding.code, finding.path) == ("E214", ("script",))
    assert finding.help is not None


def test_the_place_of_a_folder_is_where_it_is_written() -> None:
    keys = (("source_dir",), ("dependencies", 0), ("dependencies", 1))
    found = build(Source(("script",), ("c", "lib", "gone"), "tar", (), keys), Tree({"lib/a": b""}))
    assert not isinstance(found, Manifest)
    assert [finding.path for finding in found] == [
        ("script", "source_dir"),
        ("script", "dependencies", 1),
    ]


def test_a_folder_of_which_everything_is_ignored_is_as_good_as_absent() -> None:
    assert findings({"c/a.md": b""}, "c", ignore=("*.md",))[0].code == "E214"


def test_a_missing_dependency_does_not_hide_what_else_is_wrong() -> None:
    found = findings({"c/a": b"", "c/A": b""}, "c", "absent", "gone")
    assert [finding.code for finding in found] == ["E214", "E214", "E216"]


def test_a_link_to_a_file_inside_becomes_that_file() -> None:
    built = manifest({"c/real.py": ("100755", b"r"), "c/pkg/l.py": (LINK, b"../real.py")}, "c")
    link, real = built.entries
    assert (link.path, link.mode, link.blob, link.origin) == (
        "pkg/l.py",
        "100755",
        real.blob,
        "c/real.py",
    )


def test_a_link_to_a_folder_inside_becomes_a_copy_of_it() -> None:
    built = manifest(
        {
            "c/lib/a": b"",
            "c/lib/deep/b": b"",
            "c/lib/again": (LINK, b"a"),
            "c/l": (LINK, b"lib/"),
            "c/chain": (LINK, b"./l/deep"),
        },
        "c",
    )
    assert paths(built) == [
        "chain/b",
        "l/a",
        "l/again",
        "l/deep/b",
        "lib/a",
        "lib/again",
        "lib/deep/b",
    ]


@pytest.mark.parametrize(
    "target",
    [
        b"/etc/passwd",
        b"../secret",
        b"../../../../etc/passwd",
        b"../c/a",
        b"absent",
        b"l",
        b"./l",
        b".",
        b"m",
        b"d/../../secret",
        b"out/../a",
        b"a\0b",
        b"\xff",
        b"",
    ],
)
def test_a_link_that_leads_out_in_a_circle_or_to_nothing_is_refused(target: bytes) -> None:
    found = findings(
        {
            "c/a": b"",
            "c/d/b": b"",
            "c/l": (LINK, target),
            "c/m": (LINK, b"l"),
            "c/out": (LINK, b".."),
            "secret": b"",
        },
        "c",
    )
    assert {finding.code for finding in found} == {"E216"}
    assert any("`l`" in finding.message for finding in found)


def test_an_ignored_link_or_submodule_does_no_harm() -> None:
    files: dict[str, bytes | tuple[str, bytes]] = {
        "c/a": b"",
        "c/loop": (LINK, b"."),
        "c/out": (LINK, b"/etc"),
        "c/vendor/sub": ("160000", b""),
    }
    assert len(findings(files, "c")) >= 3
    assert paths(manifest(files, "c", ignore=("loop", "loop/", "out", "vendor/"))) == ["a"]


def test_two_folders_that_copy_each_other_are_refused() -> None:
    found = findings({"c/a/l": (LINK, b"../b"), "c/b/m": (LINK, b"../a"), "c/b/f": b""}, "c")
    assert all("circle" in finding.message for finding in found)
    assert found


def test_links_that_multiply_stop_at_the_limit() -> None:
    files: dict[str, bytes | tuple[str, bytes]] = {"c/d00/f": b""}
    for level in range(1, 36):
        for name in ("x", "y"):
            files[f"c/d{level:02}/{name}"] = (LINK, f"../d{level - 1:02}".encode())
    found = findings(files, "c")
    assert str(MAX_FILES) in found[0].message


def test_a_long_chain_of_links_is_refused_rather_than_followed() -> None:
    files: dict[str, bytes | tuple[str, bytes]] = {"c/d0/f": b""}
    files |= {f"c/d{n}/x": (LINK, f"../d{n - 1}".encode()) for n in range(1, 3000)}
    assert {finding.code for finding in findings(files, "c")} == {"E216"}


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"c/a": b"", "c/A": b""}, "collides with `A`"),
        ({"c/Pkg/x": b"", "c/pkg/y": b""}, "collides with `Pkg`"),
        ({"c/é": b"", "c/e\u0301": b""}, "collides"),
        ({"c/ﬁle": b"", "c/file": b""}, "collides"),
        ({"c/STRASSE": b"", "c/straße": b""}, "collides"),
        ({"c/Å": b"", "c/\u212b": b""}, "collides"),
        ({"c/a\\b": b""}, "backslash"),
        ({"c/a\nb": b""}, "control character"),
        ({"c/a\0b": b""}, "control character"),
        ({"c/\u202egp.exe": b""}, "invisible"),
        ({"c/a\u200bb": b""}, "invisible"),
        ({"c/\udcff": b""}, "not UTF-8"),
        ({"c/../x": b""}, "outside"),
        ({"c//x": b""}, "outside"),
        ({"c/./x": b""}, "outside"),
        ({f"c/{'n' * 256}": b""}, "255 bytes"),
        ({f"c/{'é' * 128}": b""}, "255 bytes"),
        ({"c/sub": ("160000", b"")}, "submodule"),
        ({"c/model.bin": b"version https://git-lfs.github.com/spec/v1\noid x\n"}, "LFS"),
    ],
)
def test_a_hostile_tree_is_refused_with_the_name(
    files: dict[str, bytes | tuple[str, bytes]], words: str
) -> None:
    found = findings(files | {"c/train.py": b""}, "c")
    assert {finding.code for finding in found} == {"E216"}
    assert any(words in finding.message for finding in found)
    assert all(finding.message.isprintable() for finding in found)


def test_a_folder_itself_must_not_be_a_link_or_a_submodule() -> None:
    assert "link" in findings({"c": (LINK, b"d"), "d/a": b""}, "c")[0].message
    assert "submodule" in findings({"c": ("160000", b"")}, "c")[0].message


def test_two_dependencies_of_one_name_are_refused() -> None:
    found = findings({"c/a": b"", "x/lib/u": b"", "y/lib/u": b""}, "c", "x/lib", "y/lib")
    assert "`lib/u` comes from two places" in found[0].message


def test_a_dependency_must_not_need_a_folder_where_the_source_has_a_file() -> None:
    found = findings({"c/lib": b"", "x/lib/u": b""}, "c", "x/lib")
    assert "needs a folder where `lib` is a file" in found[0].message


def test_a_text_that_only_mentions_lfs_is_a_file() -> None:
    long = b"version https://git-lfs\n" + b"x" * 1024
    assert paths(manifest({"c/a": b"about version https://git-lfs", "c/b": long}, "c")) == [
        "a",
        "b",
    ]
