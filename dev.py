#!/usr/bin/env python3
"""Set this checkout up, and do its everyday tasks.

    python3 dev.py setup             make .venv as requirements.lock says; all verbs do it first
    python3 dev.py demo              plan and apply the example jobs on this computer
    python3 dev.py test [ARGS...]    the whole test suite, or pytest with these arguments
    python3 dev.py lint              every linter, over code and workflows
    python3 dev.py schema [ARGS...]  reconciler schema
    python3 dev.py run ARGS...       the reconciler command itself

--system-deps before or after the verb installs missing system packages with apt-get; as root
with CI=true that is the default. Standard library only: it runs before anything is installed.
"""

from __future__ import annotations

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - any Python may be asked to run this file
    sys.exit(f"dev.py needs Python 3.11 or newer, and this is {sys.version.split()[0]}.")
if sys.platform == "win32":
    sys.exit("dev.py needs Linux or macOS; on Windows use WSL.")

import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import time
import tomllib
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent
LOCK = ROOT / "requirements.lock"
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "setup-stamp"
RECONCILER = (str(PYTHON), "-P", "-m", "reconciler")
"""-P: a folder named `reconciler` in the caller's directory must not be imported instead."""


class Failure(Exception):
    """Something a person can mend; the text says what to do."""


def say(text: str) -> None:
    """Print for people; stdout belongs to the commands that are run."""
    print(text, file=sys.stderr, flush=True)


def setup(*, system_deps: bool) -> None:
    """Make `.venv` hold what requirements.lock says; quick when it does already."""
    wanted = stamp()
    if is_ready(wanted):
        return
    with LOCK.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # of two first runs at once, the second waits
        if not is_ready(wanted):
            install_missing_packages(allowed=system_deps)
            build(wanted)


def stamp() -> str:
    """A digest of all that decides what `.venv` must hold, and where it must lie."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    parts = [str(ROOT), list(sys.version_info[:2]), project["project"], project["build-system"]]
    return hashlib.sha256(LOCK.read_bytes() + json.dumps(parts).encode()).hexdigest()


def is_ready(wanted: str) -> bool:
    """Whether `.venv` has this stamp, which set-up writes last, and its Python still starts."""
    try:
        if STAMP.read_text("utf-8") != wanted:
            return False
        probe = (PYTHON, "-I", "-c", "import reconciler")
        return not subprocess.run(probe, capture_output=True, check=False).returncode
    except OSError:
        return False


def build(wanted: str) -> None:
    """Make `.venv` anew, with the first tool that can, and stamp it."""
    failure = Failure(NO_TOOL)
    for tool, make in tools().items():
        say(f"Setting up .venv with {tool} ...")
        started = time.monotonic()
        if VENV.is_symlink():
            VENV.unlink()  # what it points to is not ours
        shutil.rmtree(VENV, ignore_errors=True)
        try:
            for command in (make, *installs(tool)):
                run_quietly(command)
        except Failure as error:
            say(f"That did not work with {tool}.")
            failure = error
        else:
            STAMP.write_text(wanted, "utf-8")
            say(f"Ready after {time.monotonic() - started:.0f} s.")
            return
    raise failure


def tools() -> dict[str, list[str]]:
    """The tools that can make `.venv` here, best first, each with its command for it."""
    python, venv = base_python(), str(VENV)
    found = {}
    if shutil.which("uv"):
        found["uv"] = ["uv", "venv", "--python", python, venv]
    if importlib.util.find_spec("ensurepip"):  # venv needs it; on Debian it is a package
        found["venv"] = [python, "-m", "venv", venv]
    if importlib.util.find_spec("virtualenv"):
        found["virtualenv"] = [sys.executable, "-m", "virtualenv", "--python", python, venv]
    elif shutil.which("virtualenv"):
        found["virtualenv"] = ["virtualenv", "--python", python, venv]
    return found


def installs(tool: str) -> list[list[str]]:
    """The commands that put everything into `.venv`: what the lock lists, then the project."""
    if tool == "uv":
        install = ["uv", "pip", "install", "--python", str(PYTHON), "--compile-bytecode"]
    else:
        install = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check"]
    return [
        [*install, "--require-hashes", "-r", str(LOCK)],
        # The lock holds the build backend, so nothing else is fetched.
        [*install, "--no-deps", "--no-build-isolation", "-e", str(ROOT)],
    ]


def base_python() -> str:
    """The interpreter to build on: outside any virtual environment, as `.venv` gets deleted."""
    if sys.prefix == sys.base_prefix:
        return sys.executable
    return str(Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info[1]}")


def run_quietly(command: Sequence[str]) -> None:
    """Run a command, on a terminal showing its latest line; raise Failure when it fails."""
    width = shutil.get_terminal_size().columns - 1 if sys.stderr.isatty() else 0
    tail: deque[str] = deque(maxlen=15)
    with subprocess.Popen(
        command,
        env=install_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        errors="replace",
    ) as process:
        for line in process.stdout or ():
            tail.append(line.rstrip())
            if width:
                print(f"\r\033[K{tail[-1][:width]}", end="", file=sys.stderr, flush=True)
    if width:
        print("\r\033[K", end="", file=sys.stderr, flush=True)
    if process.returncode:
        raise Failure("\n".join([f"failed: {' '.join(command)}", *tail]))


def install_environment() -> dict[str, str]:
    """This environment without what would make pip install somewhere else than `.venv`."""
    elsewhere = {"PIP_PREFIX", "PIP_TARGET", "PIP_USER", "PYTHONHOME", "PYTHONPATH"}
    return {name: value for name, value in os.environ.items() if name not in elsewhere}


VENV_PACKAGE = f"python3.{sys.version_info[1]}-venv"
NO_TOOL = "This Python has no ensurepip to make .venv with, and there is no uv or virtualenv."


def install_missing_packages(*, allowed: bool) -> None:
    """Install the system packages without which set-up cannot work, or say which they are."""
    missing = {}
    if not shutil.which("git"):
        missing["git"] = "There is no git on the PATH."
    if not tools():
        missing[VENV_PACKAGE] = NO_TOOL
    if not missing:
        return
    why, names = "\n".join(missing.values()), " ".join(missing)
    if not shutil.which("apt-get"):
        raise Failure(f"{why}\nInstall git and uv, then run this again.")
    is_root = os.geteuid() == 0
    if not allowed or not (is_root or shutil.which("sudo")):
        raise Failure(f"{why}\nRun `apt-get install {names}`, or this again with --system-deps.")
    say(f"Installing {names} with apt-get ...")
    apt_get = ["apt-get"] if is_root else ["sudo", "apt-get"]
    run_quietly([*apt_get, "update"])
    run_quietly([*apt_get, "install", "--yes", "--no-install-recommends", *missing])
    importlib.invalidate_caches()  # let `tools` find what came


def become(*command: str) -> int:
    """Turn this process into the command, so that signals and its exit status are its own."""
    os.execv(command[0], command)


def call(*command: str) -> int:
    """Run a command from the root of the repository and give its exit status."""
    # Ctrl-C reaches the command as well: it knows what to finish, so this process waits.
    signal.signal(signal.SIGINT, lambda *_: None)
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def demo() -> int:
    """Plan and apply the examples on this computer, and ask what a new picture shows: a four."""
    for line in (
        "plan -e local",
        "apply -e local --wait --yes",
        "local invoke digits-live --content-type text/csv --body @data/a-four.csv",
    ):
        say(f"\n$ reconciler {line}")
        if status := call(*RECONCILER, *line.split()):
            return status
    for record in sorted((ROOT / "locks" / "local").glob("*.json"))[:1]:
        say(f"\n$ head -n 24 {record.relative_to(ROOT)}")
        print(*record.read_text("utf-8").splitlines()[:24], sep="\n", flush=True)
    say(AFTER_DEMO)
    return 0


AFTER_DEMO = """
Next:
  python3 dev.py demo                            again: nothing is left to do
  python3 dev.py run logs digits-mlp             what it printed as it trained
Then edit max_depth in jobs/digits/digits-forest.yaml:
  python3 dev.py run plan                        the change, field by field, and what follows it
  python3 dev.py run apply --wait                trains it again, and serves what comes of it"""


def test(args: list[str]) -> int:
    """Run the suite, but for the night's part, on all cores; with arguments pytest as they say."""
    os.chdir(ROOT)
    workers = f"-n{(os.cpu_count() or 1) + 1}"  # one more than cores: many tests wait for jobs
    chosen = args or [workers, "--dist=worksteal", "-m", "not nightly"]
    return become(str(PYTHON), "-m", "pytest", "-q", *chosen)


CHECKS = (
    "ruff check .",
    "ruff format --check .",
    "mypy --strict reconciler dev.py",
    "zizmor --offline --quiet --persona=auditor .",
    "check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml",
    "check-jsonschema --builtin-schema vendor.github-actions action.yml",
    "actionlint .github/workflows/*.yml",
    "shellcheck .ci/run",
)
NOT_EVERYWHERE = {"actionlint", "shellcheck"}
"""pyproject.toml asks for them only on systems that have wheels of them."""


def lint() -> int:
    """Run every check that this system has, also after one failed, and fail if one did."""
    # A shell runs them, for the `*`; actionlint looks for shellcheck on the PATH.
    os.environ["PATH"] = os.pathsep.join([str(VENV / "bin"), os.environ.get("PATH", os.defpath)])
    failed = []
    for check in CHECKS:
        program = check.split()[0]
        if program in NOT_EVERYWHERE and not (VENV / "bin" / program).exists():
            say(f"{program} is left out: it has no wheel for this system.")
            continue
        say(f"$ {check}")
        failed += [program] if call("/bin/sh", "-c", check) else []
    say(f"Failed: {', '.join(failed)}." if failed else "All checks passed.")
    return 1 if failed else 0


PLAIN = {"setup": lambda: 0, "demo": demo, "lint": lint}
WITH_ARGUMENTS: dict[str, Callable[[list[str]], int]] = {
    "test": test,
    "schema": lambda args: call(*RECONCILER, "schema", *args),
    "run": lambda args: become(*RECONCILER, *args),  # where the caller is
}


def main(argv: Sequence[str]) -> int:
    """Set up, then do what the verb says; give the exit status."""
    flag = "--system-deps"
    verb, *args = [*(word for word in argv[:2] if word != flag), *argv[2:]] or [""]
    if verb not in WITH_ARGUMENTS and (verb not in PLAIN or args):
        print(__doc__)
        return 0 if verb in ("-h", "--help") else 2
    in_ci = os.environ.get("CI") == "true" and os.geteuid() == 0
    try:
        setup(system_deps=flag in argv[:2] or in_ci)
        return PLAIN[verb]() if verb in PLAIN else WITH_ARGUMENTS[verb](args)
    except Failure as failure:
        say(f"dev.py: {failure}")
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
