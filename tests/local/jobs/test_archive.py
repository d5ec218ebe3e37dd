"""Archives: equal content gives equal bytes, and nothing is unpacked outside its folder."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

import pytest

from reconciler.local import archive
from reconciler.local.failure import JobFailed


def tar_with(tmp_path: Path, *members: tarfile.TarInfo) -> Path:
    path = tmp_path / "code.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        for member in members:
            tar.addfile(member, io.BytesIO(b"x" * member.size))
    return path


def member(
    name: str, kind: bytes = tarfile.REGTYPE, link: str = "", mode: int = 0o644
) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.mode = kind, link, mode
    info.size = 1 if kind == tarfile.REGTYPE else 0
    return info


def test_the_same_files_at_another_time_pack_to_the_same_bytes(tmp_path: Path) -> None:
    packed: list[bytes] = []
    for turn in ("one", "two"):
        folder = tmp_path / turn
        (folder / "sub").mkdir(parents=True)
        (folder / "sub" / "b").write_text("b")
        (folder / "a").write_text("a")
        os.utime(folder / "a", (len(packed), len(packed)))
        archive.pack(archive.merged([folder]), tmp_path / f"{turn}.tar.gz")
        packed.append((tmp_path / f"{turn}.tar.gz").read_bytes())
    assert packed[0] == packed[1]


def test_what_was_packed_is_unpacked_with_its_executable_bit(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    (source / "sub").mkdir(parents=True)
    (source / "sub" / "run.sh").write_text("#!/bin/sh")
    (source / "sub" / "run.sh").chmod(0o755)
    archive.pack(archive.merged([source]), tmp_path / "x.tar.gz")
    target.mkdir()
    archive.unpack(tmp_path / "x.tar.gz", target)
    assert (target / "sub" / "run.sh").read_text() == "#!/bin/sh"
    assert os.access(target / "sub" / "run.sh", os.X_OK)


def test_a_link_inside_the_folder_is_kept(tmp_path: Path) -> None:
    path = tar_with(tmp_path, member("a/file"), member("a/link", tarfile.SYMTYPE, "file"))
    archive.unpack(path, tmp_path / "out")
    assert (tmp_path / "out" / "a" / "link").read_text() == "x"


@pytest.mark.parametrize(
    "members",
    [
        [member("../evil")],
        [member("/etc/evil")],
        [member("a/../../evil")],
        [member(".."), member("x")],
        [member("link", tarfile.SYMTYPE, "/etc")],
        [member("link", tarfile.SYMTYPE, "../..")],
        [member("a", tarfile.SYMTYPE, "."), member("a/../../evil")],
        [member("pipe", tarfile.FIFOTYPE)],
        [member("a"), member("a/b")],
    ],
)
def test_a_hostile_archive_is_refused(tmp_path: Path, members: list[tarfile.TarInfo]) -> None:
    folder = tmp_path / "deep" / "out"
    folder.mkdir(parents=True)
    with pytest.raises(JobFailed, match=r"^ClientError: "):
        archive.unpack(tar_with(tmp_path, *members), folder)
    assert not (tmp_path / "deep" / "evil").exists()
    assert not (tmp_path / "evil").exists()


@pytest.mark.parametrize("damage", ["cut", "text", "bits"])
def test_a_damaged_archive_is_a_client_error(tmp_path: Path, damage: str) -> None:
    path = tar_with(tmp_path, *(member(f"file-{number}") for number in range(200)))
    whole = path.read_bytes()
    middle = len(whole) // 2
    damaged = {
        "cut": whole[:middle],
        "text": b"this is no archive",
        "bits": whole[:middle] + bytes(40) + whole[middle + 40 :],
    }
    path.write_bytes(damaged[damage])
    with pytest.raises(JobFailed, match=r"code.tar.gz is not a readable tar.gz"):
        archive.unpack(path, tmp_path / "out")
