"""A real checkout with jobs small enough to train in a blink, and a context to reconcile it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reconciler.adapters.aws import AwsCloud
from reconciler.adapters.clock import SystemClock
from reconciler.adapters.locks.worktree import WorktreeStore
from reconciler.adapters.workspace import Workspace
from reconciler.cli.engine import contents, engine_root, local_session
from reconciler.core.environment import Environment
from reconciler.core.ports import Cloud
from reconciler.core.record import Record, loads
from reconciler.kinds import KINDS
from reconciler.local.layout import state_file
from reconciler.local.state import State
from reconciler.reconcile.applying import apply
from reconciler.reconcile.context import Context, Report
from reconciler.reconcile.events import Event

ENVIRONMENT = """\
apiVersion: sagemaker-gitops/v1
kind: Environment
name: local
engine: local
default: true
bucket: local-artifacts
"""
JOB = """\
apiVersion: sagemaker-gitops/v1
kind: TrainingJob
name: {name}
version: 1
script: {{framework: sklearn, framework_version: 1.2-1, python_version: py3,
         source_dir: training, entry_script: {script}}}
hyperparameters: {{depth: {depth}}}
compute: {{instance_type: ml.m5.large, instance_count: 1}}
metrics: {{depth: 'depth=([0-9]+)'}}
"""
TRAIN = """\
import os, sys
depth = sys.argv[sys.argv.index("--depth") + 1]
print("depth=" + depth)
with open(os.path.join(os.environ["SM_MODEL_DIR"], "model.txt"), "w") as model:
    model.write(depth)
"""
FAIL = "print('about to fail'); raise SystemExit('no such column: price')\n"


@dataclass
class Checkout:
    """A git repository in a folder, with the local engine."""

    root: Path
    events: list[Event] = field(default_factory=list)

    @classmethod
    def create(cls, root: Path) -> Checkout:
        root.mkdir(parents=True, exist_ok=True)
        checkout = cls(root)
        checkout.git("init", "-q", "-b", "main")
        checkout.git("config", "user.name", "Ada")
        checkout.git("config", "user.email", "ada@acme.example")
        checkout.write(".gitignore", "/.reconciler/\n/locks/local/\n")
        checkout.write("environments/local.yaml", ENVIRONMENT)
        checkout.write("training/train.py", TRAIN)
        checkout.write("training/fail.py", FAIL)
        return checkout

    def git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=self.root, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def write(self, path: str, text: str) -> None:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    def job(self, name: str, *, depth: int = 3, script: str = "train.py", more: str = "") -> None:
        """Write the document of a job."""
        text = JOB.format(name=name, depth=depth, script=script) + more
        self.write(f"jobs/{name}.yaml", text)

    def commit(self, message: str = "change") -> None:
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)

    @property
    def environment(self) -> Environment:
        return Environment(name="local", engine="local", bucket="local-artifacts")

    def cloud(self, _: Environment | None = None) -> AwsCloud:
        session = local_session(self.root, self.environment)
        return AwsCloud(session, region=self.environment.aws_region)

    def client(self, service: str) -> Any:
        """A plain boto3 client of the engine, for what outsiders do."""
        return local_session(self.root, self.environment).client(service)

    def context(self, clock: SystemClock, cloud: Callable[[Environment], Cloud]) -> Context:
        return Context(
            environment="local",
            store=WorktreeStore(Workspace.open(self.root)),
            kinds=KINDS,
            cloud=cloud,
            clock=clock,
            emit=self.events.append,
            recorded_by={"reconciler": "test"},
            poll_seconds=0.1,
        )

    @contextmanager
    def journey(self) -> Iterator[Context]:
        """A context as one run of the command has it."""
        cloud = self.cloud()
        with SystemClock() as clock:
            yield self.context(clock, lambda _: cloud)

    def apply(self, names: Sequence[str] = (), **options: Any) -> Report:
        """Apply with `wait`, unless told otherwise."""
        with self.journey() as context:
            return apply(context, names=names, **{"wait": True, "timeout": 60.0} | options)

    def launches(self) -> int:
        """The engine's own count of jobs that it accepted."""
        return contents(engine_root(self.root)).launches

    def launch_log(self) -> list[str]:
        """Names of the jobs that the engine accepted, oldest first."""
        root = engine_root(self.root)
        if not state_file(root).exists():
            return []
        with closing(State.open(root)) as state:
            return [name for _, name, _ in state.launches()]

    def record(self, name: str) -> Record:
        path = self.root / "locks" / "local" / f"{name}.json"
        return loads(path.read_text(), str(path))

    def lock_bytes(self) -> dict[str, bytes]:
        folder = self.root / "locks" / "local"
        return {path.name: path.read_bytes() for path in sorted(folder.glob("*.json"))}
