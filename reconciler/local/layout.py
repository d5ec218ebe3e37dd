"""Where things lie in the folder of a local SageMaker, its `root`.

state.db                        jobs, models, endpoints, tags, the launch log, faults (`state.py`)
images.json                     which interpreter serves which image
s3/                             objects (`storage.py`)
jobs/<name>/supervisor.lock     held by the process that runs the job, for its life
jobs/<name>/supervisor.log      what that process prints
jobs/<name>/logs/algo-<n>.log   what the hosts print: `<epoch milliseconds> <text>` a line
endpoints/<name>.<serial>/      of an endpoint; `supervisor.lock`, `supervisor.log` and `logs` as of
                                a job, with a log per deployment, variant and container
"""

from __future__ import annotations

from pathlib import Path


def state_file(root: Path) -> Path:
    """The SQLite file of the engine's state."""
    return root / "state.db"


def images_file(root: Path) -> Path:
    """The JSON object that maps image patterns to interpreters."""
    return root / "images.json"


def storage_folder(root: Path) -> Path:
    """The folder of the local S3."""
    return root / "s3"


def job_folder(root: Path, name: str) -> Path:
    """The folder of one training job."""
    return root / "jobs" / name


def supervisor_lock(root: Path, name: str) -> Path:
    """The file that the supervisor of a job keeps locked."""
    return job_folder(root, name) / "supervisor.lock"


def supervisor_log(root: Path, name: str) -> Path:
    """The output of the supervisor itself; a job's own output is in its logs folder."""
    return job_folder(root, name) / "supervisor.log"


def logs_folder(root: Path, name: str) -> Path:
    """The folder of the log files of a job, one per host."""
    return job_folder(root, name) / "logs"


def endpoint_folder(root: Path, name: str, serial: int) -> Path:
    """The folder of one endpoint; another one of its name, later, has another folder."""
    return root / "endpoints" / f"{name}.{serial}"


def endpoint_lock(root: Path, name: str, serial: int) -> Path:
    """The file that the supervisor of an endpoint keeps locked."""
    return endpoint_folder(root, name, serial) / "supervisor.lock"


def endpoint_log(root: Path, name: str, serial: int) -> Path:
    """The output of the supervisor of an endpoint."""
    return endpoint_folder(root, name, serial) / "supervisor.log"
