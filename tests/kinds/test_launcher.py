"""Scripts in own images without AWS's training toolkit: the launcher that goes along."""

from __future__ import annotations

import ast
import io
import json
import os
import signal
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reconciler.kinds.training_job.algorithm import Container
from reconciler.kinds.training_job.hyperparameters import as_json
from reconciler.kinds.training_job.launcher import command
from reconciler.local import cluster, scriptmode
from tests.kinds.jobs import KIND, findings, job, request

MOST_ARGUMENTS, LONGEST_ARGUMENT = 100, 256
"""Limits of ContainerArguments (botocore: TrainingContainerArguments)."""

OWN = {"container": {"source_dir": "src", "entry_script": "train.py", "training_toolkit": False}}
HYPERPARAMETERS = {
    "int": 3, "small": 1e-05, "flag": True, "none": None, "text": "adam", "digits": "42", "k": "v",
    "quote": "it's; $(touch pwned) \"x\"", "list": [1, 2.5, "x", None], "map": {"b": 1, "a": [2]},
    "dash-key": "é漢", "lines": "a\nb", "empty": "",
}  # fmt: skip
TOLD = "import json, os, sys; print(json.dumps([sys.argv[1:], dict(os.environ), os.getcwd()]))"


class Box:
    """An `/opt/ml` of one's own, and the container's command run on it."""

    def __init__(self, ml: Path, hyperparameters: dict[str, Any]) -> None:
        self.ml = ml
        self.request = {
            "TrainingJobName": "j",
            "HyperParameters": as_json(hyperparameters),
            "InputDataConfig": [
                {"ChannelName": name, "DataSource": {"S3DataSource": {"S3Uri": "s3://b/k"}}}
                for name in ("code", "train")
            ],
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 2},
            "AlgorithmSpecification": {"TrainingInputMode": "File"},
        }
        self.hosts = cluster.hosts(self.request)
        self.config("hyperparameters", self.request["HyperParameters"])
        self.config("inputdataconfig", cluster.input_data_config(self.request, self.hosts[0]))
        self.config("resourceconfig", cluster.resource_config(self.hosts, self.hosts[0], "eth0"))

    def config(self, name: str, content: Any) -> None:
        folder = self.ml / "input" / "config"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.json").write_text(json.dumps(content))

    def start(self, files: dict[str, str], program: str = "train.py") -> subprocess.Popen[str]:
        channel = self.ml / "input" / "data" / "code"
        channel.mkdir(parents=True)
        with tarfile.open(channel / "sourcedir.tar.gz", "w:gz") as tar:
            for path, text in files.items():
                member = tarfile.TarInfo(path)
                member.size = len(text.encode())
                tar.addfile(member, io.BytesIO(text.encode()))
        sent = command(Container(entry_script=program, source_dir="src", image="i"))
        first, *lines = sent["arguments"]
        argv = [sys.executable, *sent["entrypoint"][1:], first.replace("/opt/ml", str(self.ml))]
        return subprocess.Popen(
            [*argv, *lines], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={"PATH": os.environ["PATH"], "OWN": "kept"}, cwd=self.ml,
        )  # fmt: skip


@pytest.fixture
def box(tmp_path: Path) -> Callable[..., Box]:
    return lambda hyperparameters: Box(tmp_path, hyperparameters)


def test_the_script_gets_the_arguments_and_variables_of_the_toolkit(
    box: Callable[..., Box],
) -> None:
    """As the local engine's own launcher gives them, which is held to the toolkit's output."""
    place = box(HYPERPARAMETERS)
    out, err = place.start({"train.py": TOLD}).communicate(timeout=20)
    args, env, folder = json.loads(out or err)
    decoded = scriptmode.decode_hyperparameters(place.request["HyperParameters"])
    assert args == scriptmode.arguments(scriptmode.own_hyperparameters(decoded))
    assert folder == str(place.ml / "code")
    machine = scriptmode.Machine(int(env["SM_NUM_CPUS"]), int(env["SM_NUM_GPUS"]), "eth0")
    wanted = scriptmode.environment(place.request, place.hosts[0], machine, ml=str(place.ml))
    told = {key: value for key, value in env.items() if key.startswith("SM_")}
    script_mode = {"SM_USER_ENTRY_POINT", "SM_MODULE_NAME", "SM_MODULE_DIR"}
    assert {k: v for k, v in told.items() if k not in script_mode} == {
        key: wanted[key] for key in told if key not in script_mode
    }
    assert [told[key] for key in sorted(script_mode)] == [folder, "train", "train.py"]
    for name in ("SM_HOSTS", "SM_CURRENT_HOST", "SM_CHANNEL_TRAIN", "SM_MODEL_DIR", "SM_HPS"):
        assert told[name]
    assert env["OWN"] == "kept"
    assert env["PYTHONPATH"] == folder
    assert not list(place.ml.rglob("pwned"))


def test_a_script_that_fails_leaves_its_status_and_a_reason(box: Callable[..., Box]) -> None:
    """The reason is where SageMaker reads it; one that the script wrote stays."""
    place = box({})
    child = place.start({"train.py": "raise SystemExit(3)"})
    child.communicate(timeout=20)
    assert child.returncode == 3
    assert (place.ml / "output" / "failure").read_text() == "train.py ended with status 3"


def test_a_launch_that_fails_is_told_as_well(box: Callable[..., Box]) -> None:
    """An archive that is none, for example."""
    place = box({})
    place.config("hyperparameters", [1])
    child = place.start({"train.py": ""})
    child.communicate(timeout=20)
    assert child.returncode == 1
    assert "AttributeError" in (place.ml / "output" / "failure").read_text()


def test_sigterm_reaches_the_script_and_its_status_comes_back(box: Callable[..., Box]) -> None:
    """SageMaker stops a job so; the script may save what it has."""
    script = (
        "import pathlib, signal, sys, time\n"
        "def stop(*_):\n    pathlib.Path('saved').touch(); sys.exit(7)\n"
        "signal.signal(signal.SIGTERM, stop)\npathlib.Path('ready').touch()\ntime.sleep(30)\n"
    )
    place = box({})
    child = place.start({"train.py": script})
    ready = place.ml / "code" / "ready"
    for _ in range(200):
        if ready.exists():
            break
        time.sleep(0.05)
    child.send_signal(signal.SIGTERM)
    child.communicate(timeout=20)
    assert child.returncode == 7
    assert (place.ml / "code" / "saved").exists()


def test_a_shell_script_gets_its_arguments_unread(box: Callable[..., Box]) -> None:
    """No value is a command, whatever it holds."""
    place = box({"x": "$(echo no); `id`"})
    out, _ = place.start({"run.sh": 'printf "%s|" "$@"'}, "run.sh").communicate(timeout=20)
    assert out == "-x|$(echo no); `id`|"


def test_code_that_would_land_elsewhere_is_not_unpacked(box: Callable[..., Box]) -> None:
    """An archive of S3 may hold anything."""
    place = box({})
    child = place.start({"train.py": "", "../../escaped": "x"})
    child.communicate(timeout=20)
    if hasattr(tarfile, "data_filter"):
        assert child.returncode == 1
        assert not (place.ml.parent / "escaped").exists()


def test_the_request_brings_code_and_launcher() -> None:
    """Within the limits of AWS, in Python 3.6, and without the toolkit's hyperparameters."""
    sent = request(OWN, {"hyperparameters": {"lr": "0.1"}, "training_input_mode": "Pipe"})
    algorithm = sent["AlgorithmSpecification"]
    arguments = algorithm["ContainerArguments"]
    assert algorithm["ContainerEntrypoint"][:2] == ["python3", "-c"]
    assert len(arguments) <= MOST_ARGUMENTS
    assert max(map(len, arguments)) <= LONGEST_ARGUMENT
    ast.parse("\n".join(arguments), feature_version=(3, 6))
    assert sent["HyperParameters"] == {"lr": '"0.1"'}
    (channel,) = sent["InputDataConfig"]
    assert (channel["ChannelName"], channel["InputMode"]) == ("code", "File")
    (source,) = KIND.sources(job(OWN))
    assert (source.path, source.folders) == (("container",), ("src",))


@pytest.mark.parametrize(
    ("code", "key", "change"),
    [
        ("E202", "entrypoint", {"container": {"entrypoint": ["sh"]}}),
        ("E202", "arguments", {"container": {"arguments": ["x"]}}),
        ("E102", "entry_script", {"container": {"entry_script": None, "source_dir": None}}),
        ("E236", "training_toolkit", {"distributed": {"mpi": {}}}),
        ("E232", "code", {"inputs": {"code": {"s3_uri": "s3://b/k"}}}),
    ],
)
def test_what_the_launcher_cannot_do_is_refused(code: str, key: str, change: Any) -> None:
    """Before anything is paid for."""
    (finding,) = findings(OWN, change)
    assert (finding.code, finding.path[-1]) == (code, key)


def test_network_isolation_is_no_hindrance() -> None:
    """The code comes as a channel anyway."""
    assert findings(OWN, {"networking": {"network_isolation": True}}) == []
