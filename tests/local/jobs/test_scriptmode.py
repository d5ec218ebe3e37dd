"""Script mode: argv and SM_* are those of AWS's own toolkit on the same request."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reconciler.local import cluster, scriptmode

CASES = sorted((Path(__file__).parent / "toolkit").glob("*.json"))
"""Real requests, and what sagemaker-training 5.1.4 made of them on each host."""
SPREAD_BY_LAUNCHER = ("MPI", "SMDataParallel")


def hosts_of(path: Path) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    case = json.loads(path.read_text(encoding="utf-8"))
    return [(case["request"], oracle) for oracle in case["hosts"]]


ORACLES = [
    (f"{path.stem}-{oracle['host']}", request, oracle)
    for path in CASES
    for request, oracle in hosts_of(path)
]


def each(oracles: list[tuple[str, dict[str, Any], dict[str, Any]]]) -> pytest.MarkDecorator:
    """Run a test for each host of each case."""
    cases = [pytest.param(request, oracle, id=name) for name, request, oracle in oracles]
    return pytest.mark.parametrize(("request_", "oracle"), cases)


def host(request: dict[str, Any], name: str) -> cluster.Host:
    return next(found for found in cluster.hosts(request) if found.name == name)


@each(ORACLES)
def test_the_environment_is_the_toolkits(request_: dict[str, Any], oracle: dict[str, Any]) -> None:
    expected = oracle["env"]
    machine = scriptmode.Machine(
        cpus=int(expected["SM_NUM_CPUS"]),
        gpus=int(expected["SM_NUM_GPUS"]),
        interface=expected["SM_NETWORK_INTERFACE_NAME"],
    )
    made = scriptmode.environment(request_, host(request_, oracle["host"]), machine)
    assert made == expected


@each([case for case in ORACLES if case[2]["launcher"] not in SPREAD_BY_LAUNCHER])
def test_the_command_is_the_toolkits(request_: dict[str, Any], oracle: dict[str, Any]) -> None:
    decoded = scriptmode.decode_hyperparameters(request_["HyperParameters"])
    args = scriptmode.arguments(scriptmode.own_hyperparameters(decoded))
    program = scriptmode.entry_point(request_)
    assert program is not None
    expected = oracle["command"]
    if oracle["launcher"] == "Process":
        made = scriptmode.command(program, args, python=expected[0])
        assert made == expected
        return
    everyone = cluster.hosts(request_)
    made = scriptmode.torchrun_command(
        program,
        args,
        python="python",
        rank=everyone.index(host(request_, oracle["host"])),
        nodes=len(everyone),
        per_node=int(oracle["env"]["SM_NUM_GPUS"]),
        master="algo-1",
    )
    assert made[3:] == expected[1:]


def test_a_value_that_is_no_json_stays_text() -> None:
    assert scriptmode.decode_hyperparameters({"a": "adam", "b": "007", "c": '"007"'}) == {
        "a": "adam",
        "b": "007",
        "c": "007",
    }


def test_a_one_letter_hyperparameter_becomes_a_short_option() -> None:
    assert scriptmode.arguments({"C": 0.5, "lr": 1}) == ["-C", "0.5", "--lr", "1"]


def test_a_shell_script_gets_its_arguments_quoted() -> None:
    made = scriptmode.command("run.sh", ["--name", "it's; rm x"], python="python")
    assert made == ["/bin/sh", "-c", """./run.sh --name 'it'"'"'s; rm x'"""]


def test_a_folder_with_setup_py_is_run_as_a_module() -> None:
    made = scriptmode.command("train.py", ["-a", "1"], python="python", is_package=True)
    assert made == ["python", "-m", "train", "-a", "1"]


def test_the_variable_sagemaker_program_beats_the_hyperparameter() -> None:
    request = {
        "HyperParameters": {"sagemaker_program": '"a.py"'},
        "Environment": {"SAGEMAKER_PROGRAM": "b.py"},
    }
    assert scriptmode.entry_point(request) == "b.py"


@pytest.mark.parametrize("program", ["../a.py", "/a.py", "-m", "a b.py", "a;b.py", ""])
def test_the_toolkit_refuses_strange_entry_points(program: str) -> None:
    assert not scriptmode.entry_point_is_valid(program)


def test_a_path_inside_the_code_is_a_valid_entry_point() -> None:
    assert scriptmode.entry_point_is_valid("pkg/sub-dir/train_1.py")


def test_without_a_container_root_every_path_lies_in_the_real_directory() -> None:
    request = {
        "TrainingJobName": "j",
        "HyperParameters": {
            "sagemaker_program": '"train.py"',
            "sagemaker_submit_directory": '"/opt/ml/input/data/code/sourcedir.tar.gz"',
        },
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
    }
    machine = scriptmode.Machine(cpus=1, gpus=0, interface="lo")
    made = scriptmode.environment(request, host(request, "algo-1"), machine, ml="/jobs/j/ml")
    assert made["SM_MODEL_DIR"] == "/jobs/j/ml/model"
    assert "/opt/ml" not in "".join(made.values())
