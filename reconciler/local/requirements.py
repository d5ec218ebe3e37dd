"""Packages that the code asks for in its requirements.txt.

AWS's toolkit installs them before the script starts. Here the interpreter of the job is asked
first whether it has them; only what is missing is installed, for this job alone.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from reconciler.local.failure import JobFailed, client_error

_INSTALL_SECONDS = 1800
_LAST_CHARACTERS = 700


def install(interpreter: str, requirements: Path, target: Path, *, network: bool) -> bool:
    """Install into the folder `target` what the interpreter lacks; False if it lacks nothing.

    Without `network`, only what lies in the code itself can be installed.

    Raises JobFailed: ClientError if there is neither pip nor uv, AlgorithmError with the
    installer's last words if it fails.
    """
    installer = _installer(interpreter)
    wanted = ["-r", str(requirements)]
    dry = _run([*installer, "--dry-run", "--no-index", *wanted], requirements.parent)
    if dry.returncode == 0 and "Would install" not in dry.stdout:
        return False
    options = ["--quiet", "--target", str(target), *([] if network else ["--no-index"])]
    done = _run([*installer, *options, *wanted], requirements.parent)
    if done.returncode != 0:
        raise JobFailed(
            f"AlgorithmError: InstallRequirementsError:\nExitCode {done.returncode}\n"
            f'ErrorMessage "{done.stdout.strip()[-_LAST_CHARACTERS:]}"'
        )
    return True


def has_module(interpreter: str, module: str) -> bool:
    """Whether an interpreter can import a top-level module (it is looked for, not imported)."""
    code = "import importlib.util, sys; sys.exit(not importlib.util.find_spec(sys.argv[1]))"
    return _run([interpreter, "-c", code, module], Path("/")).returncode == 0


def _installer(interpreter: str) -> list[str]:
    pip = [interpreter, "-m", "pip"]
    if _run([*pip, "--version"], Path("/")).returncode == 0:
        return [*pip, "install", "--disable-pip-version-check", "--no-input"]
    uv = shutil.which("uv")
    if uv is None:
        raise client_error(
            f"the code has a requirements.txt, but {interpreter} has no pip and there is no uv: "
            "install pip there, or map the image to a Python that has the packages"
        )
    return [uv, "pip", "install", "--python", interpreter]


def _run(command: Sequence[str], directory: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=directory,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        timeout=_INSTALL_SECONDS,
        check=False,
    )
