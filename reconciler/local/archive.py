"""Tar archives: a model packed so that equal content gives equal bytes, and code unpacked safely.

Dates, owners and the order of a folder's entries would make two archives of one model differ;
they are left out, so the artifact's digest tells whether two runs made the same model.
"""

from __future__ import annotations

import gzip
import shutil
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from reconciler.local.failure import client_error

_PIECE = 1 << 20


def files_under(folder: Path) -> Iterator[tuple[str, Path]]:
    """Each file under a folder with its path in it, sorted; links are followed to files only."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.relative_to(folder).as_posix(), path


def merged(folders: list[Path]) -> dict[str, Path]:
    """The files of several folders by name; the first folder that has a name wins."""
    found: dict[str, Path] = {}
    for folder in folders:
        for name, path in files_under(folder):
            found.setdefault(name, path)
    return dict(sorted(found.items()))


def pack(files: Mapping[str, Path], target: Path) -> None:
    """Write a tar.gz of files by name; equal content makes equal bytes."""
    with (
        target.open("wb") as raw,
        gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0, compresslevel=6) as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for name, path in files.items():
            with path.open("rb") as content:
                info = tarfile.TarInfo(name)
                info.size = path.stat().st_size
                info.mode = 0o755 if path.stat().st_mode & 0o100 else 0o644
                tar.addfile(info, content)


def unpack(archive: Path, folder: Path) -> None:
    """Unpack a tar.gz of code into a folder; nothing can land outside it.

    Raises JobFailed (ClientError) for an archive that cannot be read, and for a member that would
    lie outside the folder, links outside it, or is neither file, folder nor link.
    """
    try:
        _check_whole(archive)
        with tarfile.open(archive, "r:gz") as tar:
            for member in tar:
                _unpack_member(tar, member, folder)
    except (tarfile.TarError, EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise client_error(f"{archive.name} is not a readable tar.gz: {error}") from error
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
        raise client_error(f"{archive.name} has two members of one name: {error}") from error


def _check_whole(archive: Path) -> None:
    """Read to the end, where the checksum is: tarfile takes damage inside for the end."""
    with gzip.open(archive) as content:
        while content.read(_PIECE):
            pass


def _unpack_member(tar: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    target = _inside(folder, PurePosixPath(member.name), member.name)
    if member.isdir():
        target.mkdir(parents=True, exist_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    if member.issym():
        _inside(folder, PurePosixPath(member.name).parent / member.linkname, member.name)
        target.symlink_to(member.linkname)
        return
    content = tar.extractfile(member) if member.isreg() or member.islnk() else None
    if content is None:
        raise client_error(f"the code archive has a member of a strange kind: {member.name}")
    with target.open("wb") as file:
        shutil.copyfileobj(content, file)
    target.chmod(0o755 if member.mode & 0o100 else 0o644)


def _inside(folder: Path, name: PurePosixPath, shown: str) -> Path:
    """The path of a member below the folder, after all links on its way."""
    home = folder.resolve()
    target = folder / name
    resolved = target.parent.resolve() / target.name if target.name != ".." else target.resolve()
    if name.is_absolute() or not (resolved == home or home in resolved.resolve().parents):
        raise client_error(f"the code archive has a member outside of its folder: {shown}")
    return target
