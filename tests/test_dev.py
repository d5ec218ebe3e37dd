"""dev.py makes `.venv` once, mends it when it is broken, and hands over to the real commands.

The tests run the real file in a copy of the checkout, with a `uv` that only notes its calls and
makes a `python` that only says what it was asked.
"""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

import dev

ROOT = Path(__file__).parents[1]

FAKE_PYTHON = """#!/bin/sh
[ "$1" = -I ] && exit 0
pwd; printf '%s\\n' "$@"; exit 7
"""
FAKE_UV = f"""#!/bin/sh
echo "$@" >> "$UV_LOG"
[ "$1" = venv ] || exit 0
for last; do :; done
mkdir -p "$last/bin" && cat > "$last/bin/python" <<'EOF' && chmod +x "$last/bin/python"
{FAKE_PYTHON}EOF
"""


@dataclass(frozen=True)
class Checkout:
    root: Path
    bin: Path
    uv_log: Path

    def dev(self, *arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run dev.py as a newcomer would: an empty HOME, hardly anything on the PATH."""
        environment = {"PATH": f"{self.bin}:/usr/bin:/bin", "UV_LOG": str(self.uv_log), "HOME": "/"}
        command = [sys.executable, str(self.root / "dev.py"), *arguments]
        return subprocess.run(
            command, env=environment, cwd=cwd, capture_output=True, text=True, check=False
        )

    def builds(self) -> int:
        """How often `.venv` was made so far."""
        return self.uv_log.read_text().count("venv --python")


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    root, tools = tmp_path / "a check out", tmp_path / "bin"
    root.mkdir()
    tools.mkdir()
    for name in ("dev.py", "pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / name, root / name)
    (tools / "uv").write_text(FAKE_UV)
    (tools / "uv").chmod(0o755)
    (tmp_path / "uv.log").touch()
    return Checkout(root, tools, tmp_path / "uv.log")


def test_setup_installs_the_lock_with_hashes_and_then_the_project(checkout: Checkout) -> None:
    assert checkout.dev("setup").returncode == 0
    make, dependencies, project = checkout.uv_log.read_text().splitlines()
    assert make.endswith("a check out/.venv")
    assert "--require-hashes" in dependencies
    assert "--no-deps --no-build-isolation -e" in project


def test_a_second_setup_installs_nothing_and_is_silent(checkout: Checkout) -> None:
    checkout.dev("setup")
    again = checkout.dev("setup")
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    assert checkout.builds() == 1


@pytest.mark.parametrize("damage", [".venv/setup-stamp", ".venv/bin/python", ".venv"])
def test_an_unfinished_or_broken_environment_is_made_anew(checkout: Checkout, damage: str) -> None:
    checkout.dev("setup")
    shutil.move(checkout.root / damage, checkout.root / "gone")
    assert checkout.dev("setup").returncode == 0
    assert checkout.builds() == 2


def test_a_changed_lock_is_installed(checkout: Checkout) -> None:
    checkout.dev("setup")
    with (checkout.root / "requirements.lock").open("a") as lock:
        lock.write("# changed\n")
    checkout.dev("setup")
    assert checkout.builds() == 2


def test_a_changed_setting_of_a_tool_installs_nothing(checkout: Checkout) -> None:
    checkout.dev("setup")
    with (checkout.root / "pyproject.toml").open("a") as project:
        project.write("\n[tool.other]\nx = 1\n")
    checkout.dev("setup")
    assert checkout.builds() == 1


def test_a_moved_checkout_is_set_up_again(checkout: Checkout) -> None:
    checkout.dev("setup")
    moved = Checkout(
        checkout.root.rename(checkout.root.with_name("moved")), checkout.bin, checkout.uv_log
    )
    moved.dev("setup")
    assert moved.builds() == 2


def test_run_keeps_the_callers_directory_arguments_and_exit_status(
    checkout: Checkout, tmp_path: Path
) -> None:
    done = checkout.dev("run", "plan", "-e", "a b", "--system-deps", cwd=tmp_path)
    said = [str(tmp_path), "-P", "-m", "reconciler", "plan", "-e", "a b", "--system-deps"]
    assert (done.returncode, done.stdout.splitlines()) == (7, said)


def test_the_demo_ends_at_the_first_command_that_fails_with_its_status(checkout: Checkout) -> None:
    done = checkout.dev("demo")
    said = [str(checkout.root), "-P", "-m", "reconciler", "plan", "-e", "local"]
    assert (done.returncode, done.stdout.splitlines()) == (7, said)


def test_test_runs_the_suite_from_the_root_or_what_the_arguments_say(
    checkout: Checkout, tmp_path: Path
) -> None:
    everything = checkout.dev("test", cwd=tmp_path).stdout.splitlines()
    assert everything[:4] == [str(checkout.root), "-m", "pytest", "-q"]
    assert checkout.dev("test", "-k", "x").stdout.splitlines()[4:] == ["-k", "x"]


def test_lint_runs_every_check_and_says_which_linter_this_system_lacks(checkout: Checkout) -> None:
    """One that every system has is never left out: without it lint fails."""
    checkout.dev("setup")
    for name in ("ruff", "mypy", "zizmor", "check-jsonschema", "shellcheck"):
        program = checkout.root / ".venv" / "bin" / name
        program.write_text(f"#!/bin/sh\necho {name} $*; [ {name} != mypy ]\n")
        program.chmod(0o755)
    done = checkout.dev("lint")
    assert done.returncode == 1 and done.stderr.endswith("Failed: mypy.\n")
    assert "actionlint is left out: it has no wheel for this system.\n" in done.stderr
    said = done.stdout.splitlines()
    assert said == [check for check in dev.CHECKS if not check.startswith("actionlint")]
    (checkout.root / ".venv" / "bin" / "zizmor").unlink()
    assert checkout.dev("lint").stderr.endswith("Failed: mypy, zizmor.\n")


def test_the_flag_for_system_packages_stands_before_or_after_the_verb(checkout: Checkout) -> None:
    assert checkout.dev("--system-deps", "setup").returncode == 0
    assert checkout.dev("setup", "--system-deps").returncode == 0


@pytest.mark.parametrize("arguments", [[], ["tset"], ["lint", "reconciler"]])
def test_wrong_usage_shows_the_verbs_and_exits_2(checkout: Checkout, arguments: list[str]) -> None:
    done = checkout.dev(*arguments)
    assert done.returncode == 2
    assert "python3 dev.py demo" in done.stdout
    assert checkout.builds() == 0


def test_without_any_tool_the_message_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    there = {"git": "/usr/bin/git", "apt-get": "/usr/bin/apt-get"}
    monkeypatch.setattr(dev.shutil, "which", there.get)
    monkeypatch.setattr(dev.importlib.util, "find_spec", lambda name: None)
    package = f"python3.{sys.version_info[1]}-venv"
    with pytest.raises(dev.Failure, match=f"apt-get install {re.escape(package)}`.*--system-deps"):
        dev.install_missing_packages(allowed=False)


def test_the_file_is_understood_by_older_pythons_so_that_they_get_the_message() -> None:
    ast.parse((ROOT / "dev.py").read_text("utf-8"), feature_version=(3, 8))


def test_the_lock_has_a_hash_for_everything_and_names_no_host() -> None:
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    entries = re.split(r"\n(?=\S)", lock.strip())
    assert len(entries) > 50
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert "://" not in lock
