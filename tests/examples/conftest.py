"""Runs an example script as a training container would: SM_* variables, options, one process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

StartScript = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start_script(tmp_path: Path) -> Iterator[StartScript]:
    """Start `training/<script>` with hyperparameters, on one of the hosts."""
    started: list[subprocess.Popen[str]] = []

    def start(
        script: str,
        *,
        model_dir: Path,
        train: Path = ROOT / "data/digits/train",
        host: str = "localhost",
        hosts: Sequence[str] = ("localhost",),
        channels: dict[str, Path] | None = None,
        **hyperparameters: object,
    ) -> subprocess.Popen[str]:
        model_dir.mkdir(exist_ok=True)
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT / "training"),  # where the folder of `dependencies` lies
            "OMP_NUM_THREADS": "1",
            "SM_HOSTS": json.dumps(hosts),
            "SM_CURRENT_HOST": host,
            "SM_TRAINING_ENV": json.dumps({"job_name": str(tmp_path)}),
            "SM_MODEL_DIR": str(model_dir),
            "SM_CHANNEL_TRAIN": str(train),
            "SM_CHANNEL_VALIDATION": str(ROOT / "data/digits/validation"),
            **{f"SM_CHANNEL_{name.upper()}": str(path) for name, path in (channels or {}).items()},
        }
        options = [text for key, value in hyperparameters.items() for text in (f"--{key}", value)]
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "training" / script), *map(str, options)],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()
