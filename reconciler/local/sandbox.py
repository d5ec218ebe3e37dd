"""What a host's processes see of the machine: `/opt/ml` under bubblewrap, or the real folders.

Under bubblewrap a host has its own `/opt/ml`, `/tmp`, `/etc/hosts`, host name and process
numbers; all else is read-only. Where bubblewrap does not work (macOS, or a kernel without user
namespaces) nothing is hidden: the `SM_*` variables name the real folders, and `/opt/ml` does not
exist. The probe runs once per engine folder. RECONCILER_LOCAL_SANDBOX=none turns bubblewrap off.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

CONTAINER_ROOT = "/opt/ml"
_SWITCH = "RECONCILER_LOCAL_SANDBOX"
_PROBE_SECONDS = 10.0
_PASSED_ON = ("LANG", "LC_ALL", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TZ")
"""Variables of this machine that a container sees. No credentials are among them."""
_OWN_MOUNTS = frozenset({"dev", "opt", "proc", "tmp"})


@dataclass(frozen=True, slots=True)
class View:
    """The folders of one host, and what its processes may reach."""

    folder: Path
    """Everything of this host; `ml`, `tmp` and the file `hosts` lie in it."""
    hostname: str
    network: bool = True

    @property
    def ml(self) -> Path:
        """The folder that is `/opt/ml` in the container."""
        return self.folder / "ml"

    @property
    def tmp(self) -> Path:
        """The private `/tmp`, and the home directory."""
        return self.folder / "tmp"

    @property
    def hosts(self) -> Path:
        """The private `/etc/hosts`."""
        return self.folder / "hosts"


def find(root: Path) -> str | None:
    """The bubblewrap program if it works here, else None; asked once per engine folder."""
    program = shutil.which("bwrap")
    if program is None or sys.platform != "linux" or os.environ.get(_SWITCH) == "none":
        return None
    cache = root / "sandbox.json"
    try:
        known = json.loads(cache.read_text(encoding="utf-8"))
        if known["program"] == program:
            return program if known["works"] else None
    except (OSError, ValueError, KeyError, TypeError):
        pass  # nobody asked yet, or the file is torn: ask again
    works = _probe(program, root)
    cache.write_text(json.dumps({"program": program, "works": works}), encoding="utf-8")
    return program if works else None


def interpreter_folders(interpreter: str) -> tuple[Path, ...]:
    """The installations behind an interpreter: its virtual environment, and the Python that
    this links to."""
    found = []
    path = Path(os.path.abspath(interpreter))
    for _ in range(40):
        found.append(path.parent.parent)
        if not path.is_symlink():
            break
        path = Path(os.path.normpath(path.parent / os.readlink(path)))
    return tuple(dict.fromkeys(found))


def plain_environment(view: View, interpreter: str, *, inside: bool) -> dict[str, str]:
    """The variables that every container has, `inside` a sandbox or without one."""
    home = "/tmp" if inside else str(view.tmp)
    folders = [str(Path(interpreter).parent), os.environ.get("PATH", os.defpath)]
    return {
        **{name: os.environ[name] for name in _PASSED_ON if name in os.environ},
        "PATH": os.pathsep.join(folders),
        "HOME": home,
        "TMPDIR": home,
        "PYTHONUNBUFFERED": "1",
    }


def localised(text: str, ml: str) -> str:
    """A text that is a path of the container, where it really lies; other text as it is."""
    is_path = text == CONTAINER_ROOT or text.startswith(f"{CONTAINER_ROOT}/")
    return ml + text[len(CONTAINER_ROOT) :] if is_path else text


def wrapped(
    program: str,
    view: View,
    argv: Sequence[str],
    *,
    directory: str,
    readable: Sequence[Path],
    info_fd: int,
) -> list[str]:
    """The bubblewrap command around a command.

    `directory` is a path inside; `readable` are folders that must be seen inside even if they lie
    under `/tmp`, which is private there.
    Bubblewrap writes to `info_fd` which process is the first one inside (`inner_pid`).
    """
    command = [
        program, "--die-with-parent", "--unshare-pid", "--unshare-ipc", "--unshare-uts",
        "--hostname", view.hostname, "--info-fd", str(info_fd),
    ]  # fmt: skip
    if not view.network:
        command.append("--unshare-net")
    return [*command, *_mounts(view, readable), "--chdir", directory, "--", *argv]


def inner_pid(info: str) -> int | None:
    """The process number, as seen from outside, of the command that bubblewrap runs.

    `info` is what bubblewrap wrote; None when the command has ended.
    """
    try:
        init = json.loads(info)["child-pid"]
        children = Path(f"/proc/{init}/task/{init}/children").read_text(encoding="ascii").split()
    except (ValueError, KeyError, OSError):
        return None
    return int(children[0]) if children else None


def _mounts(view: View, readable: Sequence[Path]) -> list[str]:
    mounts = []
    for entry in sorted(Path("/").iterdir()):
        if entry.name not in _OWN_MOUNTS:
            mounts += _read_only(entry)
    mounts += ["--dir", "/opt"]
    if Path("/opt").is_dir():
        for entry in sorted(Path("/opt").iterdir()):
            if entry.name != "ml":
                mounts += _read_only(entry)
    mounts += ["--proc", "/proc", "--dev", "/dev"]
    for device in sorted(Path("/dev").glob("nvidia*")):
        mounts += ["--dev-bind", str(device), str(device)]
    mounts += ["--bind", str(view.tmp), "/tmp", "--bind", str(view.ml), CONTAINER_ROOT]
    mounts += ["--ro-bind", str(view.hosts), "/etc/hosts"]
    for folder in readable:
        if folder.parts[:2] == ("/", "tmp") and folder.exists():
            mounts += ["--ro-bind", str(folder), str(folder)]
    return mounts


def _read_only(entry: Path) -> list[str]:
    if entry.is_symlink():
        return ["--symlink", os.readlink(entry), str(entry)]
    return ["--ro-bind", str(entry), str(entry)] if entry.is_dir() else []


def _probe(program: str, root: Path) -> bool:
    """Whether the whole recipe works, and the kernel tells which processes run inside."""
    view = View(root / f"sandbox-probe-{os.getpid()}", "algo-1")
    make_folders(view, hosts="127.0.0.1 localhost\n")
    reader, writer = os.pipe()
    try:
        command = wrapped(
            program, view, ["/bin/sh", "-c", ":"], directory="/", readable=(), info_fd=writer
        )
        done = subprocess.run(
            command,
            pass_fds=(writer,),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PROBE_SECONDS,
            check=False,
        )
        own = os.getpid()
        return done.returncode == 0 and Path(f"/proc/{own}/task/{own}/children").exists()
    except (OSError, subprocess.TimeoutExpired):
        return False
    finally:
        os.close(reader)
        os.close(writer)
        shutil.rmtree(view.folder, ignore_errors=True)


def make_folders(view: View, *, hosts: str) -> None:
    """Make the empty container root of a host, its `/tmp` and its `/etc/hosts`."""
    for folder in ("code", "input/config", "input/data", "model", "output/data", "checkpoints"):
        (view.ml / folder).mkdir(parents=True, exist_ok=True)
    view.tmp.mkdir(parents=True, exist_ok=True)
    view.hosts.write_text(hosts, encoding="utf-8")
