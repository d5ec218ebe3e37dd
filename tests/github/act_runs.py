"""Workflows executed by act, on this computer and without containers."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from click.testing import CliRunner

from reconciler.cli.main import cli

ROOT = Path(__file__).parents[2]
STUBS = Path(__file__).parent / "stubs"
WORKFLOWS = ROOT / ".github" / "workflows"
SHIPPED = ("plan", "reconcile")
ACTION = f"acme/sagemaker-gitops@{'a1' * 20}"
"""Where repositories of the tests find this project."""


def act() -> str | None:
    """The act of this environment, or of this computer."""
    beside = Path(sys.executable).with_name("act")
    return os.fspath(beside) if beside.exists() else shutil.which("act")


def workflow(name: str) -> dict[str, Any]:
    """A workflow as YAML 1.2 reads it: `on` is no truth value."""
    text = (WORKFLOWS / f"{name}.yml").read_text("utf-8")
    return yaml.load(text, yaml.BaseLoader)  # type: ignore[no-any-return]


def action() -> dict[str, Any]:
    """The composite action."""
    return yaml.load((ROOT / "action.yml").read_text("utf-8"), yaml.BaseLoader)  # type: ignore[no-any-return]


def write_repository(folder: Path, *more: str) -> Path:
    """A repository for GitHub, as `init` writes it."""
    words = ["init", "--ci", "github", "--repository", "acme/ml", "--owners", "@acme/ml-team"]
    words += ["--account", "111122223333", "--region", "eu-west-1", "--bucket", "acme-ml"]
    done = CliRunner().invoke(cli, ["-C", str(folder), *words, "--action", ACTION, *more])
    assert done.exit_code == 0, done.output
    return folder


def used() -> set[str]:
    """Every action that the workflows and the composite action use, but itself."""
    steps = [
        step for name in SHIPPED for job in workflow(name)["jobs"].values() for step in job["steps"]
    ]
    steps += action()["runs"]["steps"]
    return {step["uses"] for step in steps if "uses" in step} - {"./"}


def _for_act(text: str) -> str:
    """A workflow without what act does not know and would refuse: deployments, an action of the
    workflow's own commit, and a called workflow that lies in another repository."""
    project, _, commit = ACTION.partition("@")
    text = text.replace("      deployment: false\n", "").replace("uses: $/.\n", f"uses: {ACTION}\n")
    return re.sub(f"uses: {project}/(.github/.*)@{commit}\n", r"uses: ./\1\n", text)


@dataclass(frozen=True, slots=True)
class Runner:
    """act, and what a hosted runner would have."""

    folder: Path
    variables: Mapping[str, str]
    """Environment of every step."""
    settings: Mapping[str, str]
    """Variables of the repository (`vars`)."""
    token: str = "ghs_t0k3n"
    secrets: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def create(
        cls,
        folder: Path,
        remote: Path,
        commands: Mapping[str, str],
        *,
        calling: bool = False,
        **more: Any,
    ) -> Runner:
        """With a folder of commands (name to text of a script) first in the path.

        The workflows are ours, or, where `calling`, those by which another repository calls them.
        """
        for name in ("commands", "artifacts", "cache"):
            (folder / name).mkdir(parents=True)
        for name, text in {"pip": "#!/bin/sh\nexit 0\n", **commands}.items():
            script = folder / "commands" / name
            script.write_text(text)
            script.chmod(script.stat().st_mode | stat.S_IXUSR)
        workflows = folder / "project" / ".github" / "workflows"
        workflows.mkdir(parents=True)
        if calling:
            write_repository(folder / "project", "--workflows", "called", "--app-id", "4711")
        for name in SHIPPED:
            shutil.copy(
                WORKFLOWS / (f"reusable-{name}.yml" if calling else f"{name}.yml"), workflows
            )
        for path in workflows.iterdir():
            path.write_text(_for_act(path.read_text("utf-8")))
        (folder / "action").mkdir()
        shutil.copy(ROOT / "action.yml", folder / "action")
        subprocess.run(["git", "init", "-q", folder / "project"], check=True)
        variables = {
            "STUB_REMOTE": os.fspath(remote),
            "STUB_NOTES": os.fspath(folder / "notes"),
            "STUB_ARTIFACTS": os.fspath(folder / "artifacts"),
            **more.pop("variables", {}),
        }
        return cls(folder, variables, **more)

    def run(
        self, name: str, event: str, payload: Mapping[str, Any], commit: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a workflow for an event of GitHub, at a commit."""
        found = act()
        assert found is not None
        path = self.folder / "event.json"
        path.write_text(json.dumps(payload))
        words = [found, event, "-e", os.fspath(path), "-W", f".github/workflows/{name}.yml"]
        words += ["-P", "ubuntu-24.04=-self-hosted", "--no-cache-server", "--no-skip-checkout"]
        words += ["--concurrent-jobs", "1"]  # two at once end in a fault of its own now and then
        for uses in sorted(used()):
            stub = uses.partition("@")[0].partition("/")[2]
            words += ["--local-repository", f"{uses}={STUBS / stub}"]
        words += ["--local-repository", f"{ACTION}={self.folder / 'action'}"]
        words += [w for k, v in self.settings.items() for w in ("--var", f"{k}={v}")]
        secrets = {"GITHUB_TOKEN": self.token, **self.secrets}
        words += [w for k, v in secrets.items() for w in ("-s", f"{k}={v}")]
        variables = {"GITHUB_REPOSITORY": "acme/ml", "STUB_COMMIT": commit, **self.variables}
        words += [w for k, v in variables.items() for w in ("--env", f"{k}={v}")]
        return subprocess.run(
            words,
            cwd=self.folder / "project",
            env={
                **os.environ,
                "PATH": f"{self.folder / 'commands'}{os.pathsep}{os.environ['PATH']}",
                "XDG_CACHE_HOME": os.fspath(self.folder / "cache"),
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )


def jobs_of(done: subprocess.CompletedProcess[str]) -> dict[str, str]:
    """Each job that ran, and how it ended."""
    ends = {}
    for line in done.stdout.splitlines():
        name, _, words = line.strip().removeprefix("[").partition("]")
        if words.strip().startswith("🏁"):
            # A called workflow stands before its jobs: `Plan/Reusable plan/plan dev`. Of a matrix
            # with several rows act numbers the jobs: `plan dev-1`.
            job = re.sub(r"-\d+$", "", name.rpartition("/")[2].strip())
            ends[job] = words.rpartition(" ")[2]
    return ends
