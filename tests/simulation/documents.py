"""The documents of the simulation: a small pool, so that reading them is memoised by content.

Three jobs: `churn`, `rank` that takes the artifact of `churn`, and `wine` that uploads a script.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache

from reconciler.core.resource import FileEntry, Revision
from tests.support.files import MemoryFiles

NAME = "prod"
ACCOUNT, REGION = "444455556666", "eu-west-1"
REPOSITORY = "github.com/acme/ml"
AUTHOR = "Ada <ada@acme.example>"
IMAGE = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/train"
BROKEN = "{"
"""Text of a document that nobody can read."""

_ENVIRONMENT = f"""\
apiVersion: sagemaker-gitops/v1
kind: Environment
name: {NAME}
engine: sagemaker
account_id: "{ACCOUNT}"
region: {REGION}
bucket: acme-ml
name_prefix: acme-
role_arn: arn:aws:iam::{ACCOUNT}:role/ml-training
launch_on: """
_DEFAULTS = """\
apiVersion: sagemaker-gitops/v1
kind: Defaults
compute: {instance_type: ml.m5.xlarge, instance_count: 1, volume_size: 30GB}
stopping_condition: {max_runtime: 1h}
"""
_SCRIPT = "{framework: sklearn, framework_version: 1.2-1, python_version: py3, source_dir: training, entry_script: train.py}"  # fmt: skip  # noqa: E501


@dataclass(frozen=True, slots=True)
class JobDocument:
    """A document, as far as people of the simulation change it."""

    name: str
    version: int = 1
    rounds: int = 100
    """What the job trains: the content."""
    run: int = 1
    attempts: int = 1
    stops: bool = False
    """`on_delete: stop`."""
    owner: str = "ada"
    """Can be changed in place."""
    upstream: str | None = None
    script: bool = False
    refused: bool = False
    """SageMaker always says that its request is invalid."""

    @property
    def text(self) -> str:
        """The YAML that a person wrote."""
        return _text(self)


@cache
def _text(job: JobDocument) -> str:
    lines = [
        "apiVersion: sagemaker-gitops/v1",
        "kind: TrainingJob",
        f"name: {job.name}",
        f"version: {job.version}",
        f"owner: {job.owner}",
        f"script: {_SCRIPT}" if job.script else f"container: {{image: {IMAGE}:1.0}}",
        f"hyperparameters: {{rounds: {job.rounds}, refused: {str(job.refused).lower()}}}",
        "env: {LOG_LEVEL: info}",
    ]
    lines += [f"run: {job.run}"] if job.run > 1 else []
    lines += [f"retry: {{max_attempts: {job.attempts}}}"] if job.attempts > 1 else []
    lines += ["on_delete: stop"] if job.stops else []
    source = f"{{job: {job.upstream}}}" if job.upstream else "s3://acme-ml/data/"
    return "\n".join([*lines, f"inputs: {{train: {source}}}", ""])


@dataclass(frozen=True, slots=True)
class Tree:
    """All documents of one commit: path → what a person wrote there."""

    launch_on: str
    jobs: tuple[tuple[str, JobDocument | None], ...]
    """None: a document that cannot be read."""

    def __getitem__(self, path: str) -> JobDocument | None:
        return dict(self.jobs)[path]

    def readable(self) -> list[tuple[str, JobDocument]]:
        """The documents that can be read, with their paths."""
        return [(path, job) for path, job in self.jobs if job is not None]

    def put(self, path: str, job: JobDocument | None) -> Tree:
        """The tree with a document written."""
        return replace(self, jobs=tuple(sorted({**dict(self.jobs), path: job}.items())))

    def without(self, path: str) -> Tree:
        """The tree with a document removed."""
        return replace(self, jobs=tuple(item for item in self.jobs if item[0] != path))


class TreeFiles:
    """`core.files.Files` over a tree at a commit."""

    def __init__(self, tree: Tree, revision: Revision) -> None:
        self.tree = tree
        self.revision = revision

    def under(self, path: str) -> tuple[FileEntry, ...]:
        return files_of(self.tree).under(path)

    def read(self, paths: Iterable[str]) -> dict[str, bytes]:
        return files_of(self.tree).read(paths)


@cache
def files_of(tree: Tree) -> MemoryFiles:
    """The files of a tree, without a commit."""
    jobs = {path: job.text if job else BROKEN for path, job in tree.jobs}
    return MemoryFiles(
        {
            f"environments/{NAME}.yaml": _ENVIRONMENT + tree.launch_on + "\n",
            "jobs/_defaults.yaml": _DEFAULTS,
            "training/train.py": "print('trained')\n",
            **jobs,
        }
    )


def revision(number: int) -> Revision:
    """The revision of a commit of the simulated branch."""
    return Revision(commit=f"{number:040x}", repository=REPOSITORY, author=AUTHOR)
