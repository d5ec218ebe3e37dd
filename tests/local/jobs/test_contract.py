"""The container contract, and what the machine cannot do, as jobs meet them."""

from __future__ import annotations

import io
import json
import sys
import zipfile
from typing import Any

import pytest

from reconciler.local import faults, requirements

SHOW_CONFIG = """
import json, os, pathlib
config = pathlib.Path(os.environ["SM_INPUT_CONFIG_DIR"])
files = {path.name: json.loads(path.read_text()) for path in config.iterdir()}
pathlib.Path(os.environ["SM_MODEL_DIR"], "config").write_text(json.dumps(files))
"""


def test_the_configuration_files_are_there_with_raw_hyperparameters(shop: Any) -> None:
    shop.run(SHOW_CONFIG, hyperparameters={"lr": "0.1", "name": '"adam"'}, hosts=2)
    files = json.loads(shop.archive("out/job/output/model.tar.gz")["config"])
    assert files["hyperparameters.json"]["name"] == '"adam"'
    assert files["inputdataconfig.json"] == {}
    assert files["resourceconfig.json"]["current_host"] == "algo-1"
    assert files["resourceconfig.json"]["hosts"] == ["algo-1", "algo-2"]


def test_under_bubblewrap_only_the_job_is_writable(shop: Any) -> None:
    if "RECONCILER_LOCAL_SANDBOX" in shop.environment:
        pytest.skip("there is no sandbox")
    shop.run(
        "import os\n"
        "open('/opt/ml/model/m', 'w').write('x'); open('/tmp/t', 'w')\n"
        "print('inside', os.getcwd())\n"
        "for path in ('/etc/x', '/usr/x', '/x'):\n"
        "    try: open(path, 'w')\n"
        "    except OSError as error: print('refused', path)\n"
    )
    assert "inside /opt/ml/code" in shop.log()
    assert shop.log().count("refused") >= 2
    assert shop.archive("out/job/output/model.tar.gz") == {"m": b"x"}


def test_an_isolated_job_has_no_network_or_is_told_so(shop: Any) -> None:
    shop.run("import socket; print(socket.if_nameindex())", EnableNetworkIsolation=True)
    has_sandbox = "RECONCILER_LOCAL_SANDBOX" not in shop.environment
    expected = "[(1, 'lo')]" if has_sandbox else "EnableNetworkIsolation has no effect"
    assert expected in shop.log()


def test_every_line_has_its_time_and_a_progress_bar_its_last_state(plain_shop: Any) -> None:
    plain_shop.run("import sys; print('10%\\r50%\\r100%'); print('end', file=sys.stderr)")
    lines = [line.split(" ", 1) for line in plain_shop.log().splitlines()]
    assert [text for _, text in lines[-2:]] == ["100%", "end"]
    assert all(len(at) == 13 and at.isdigit() for at, _ in lines)


def wheel(name: str) -> bytes:
    """A wheel with one module that says hello."""
    info = f"{name}-1.0.dist-info"
    files = {
        f"{name}.py": f"HELLO = 'hello from {name}'",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": "",
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return buffer.getvalue()


needs_pip = pytest.mark.skipif(
    not requirements.has_module(sys.executable, "pip"), reason="this Python has no pip"
)


@needs_pip
def test_requirements_are_installed_for_the_job_alone(shop: Any) -> None:
    name = "only_for_this_job"
    job = shop.run(
        f"import {name}; print({name}.HELLO)",
        files={
            f"{name}-1.0-py3-none-any.whl": wheel(name),
            "requirements.txt": f"./{name}-1.0-py3-none-any.whl",
        },
    )
    assert job.status == "Completed", job.failure_reason
    assert f"hello from {name}" in shop.log()
    assert not requirements.has_module(sys.executable, name)


@needs_pip
def test_requirements_that_are_there_need_no_installation(plain_shop: Any) -> None:
    plain_shop.environment["PIP_NO_INDEX"] = "1"
    assert plain_shop.run("pass", files={"requirements.txt": "pip\n"}).status == "Completed"


@needs_pip
def test_requirements_that_cannot_be_installed_fail_the_job(plain_shop: Any) -> None:
    requires = {"requirements.txt": "no-such-package-anywhere\n"}
    job = plain_shop.run("pass", files=requires, EnableNetworkIsolation=True)
    assert job.failure_reason is not None
    assert job.failure_reason.startswith("AlgorithmError: InstallRequirementsError:")
    assert "no-such-package-anywhere" in job.failure_reason


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ({"hyperparameters": {"sagemaker_mpi_enabled": "true"}}, "sagemaker_mpi_enabled"),
        ({"hyperparameters": {"sagemaker_submit_directory": '"s3://bucket/no"'}}, "s3://bucket/no"),
        ({"hyperparameters": {"sagemaker_program": '"../x.py"'}}, "is not a plain path"),
        ({"AlgorithmSpecification": {"TrainingImage": "unknown"}}, "cannot run here"),
        ({"CheckpointConfig": {"S3Uri": "s3://bucket/c", "LocalPath": "/data"}}, "LocalPath /data"),
    ],
)
def test_what_cannot_run_here_is_a_client_error(
    plain_shop: Any, extra: dict[str, Any], words: str
) -> None:
    job = plain_shop.run("print('must not run')", **extra)
    assert job.status == "Failed"
    assert job.failure_reason.startswith("ClientError: ")
    assert words in job.failure_reason
    assert "must not run" not in plain_shop.log()


def test_an_output_path_that_s3_refuses_is_a_client_error(plain_shop: Any) -> None:
    job = plain_shop.run(
        "import os; open(os.environ['SM_MODEL_DIR'] + '/m', 'w')",
        OutputDataConfig={"S3OutputPath": "s3://NOT_A_BUCKET/x"},
    )
    assert job.failure_reason == "ClientError: The specified bucket is not valid: NOT_A_BUCKET"


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("CapacityError", "CapacityError: Unable to provision"),
        ("AlgorithmError", "AlgorithmError: "),
    ],
)
def test_a_fault_can_fail_a_job(plain_shop: Any, kind: str, reason: str) -> None:
    faults.add(plain_shop.state, faults.Fault(kind=kind))
    job = plain_shop.run("print('must not run')")
    assert job.status == "Failed"
    assert job.failure_reason.startswith(reason)
    assert "must not run" not in plain_shop.log()


@pytest.mark.parametrize("kind", ["null_artifact", "missing_object"])
def test_a_fault_can_take_the_artifact_or_its_name(plain_shop: Any, kind: str) -> None:
    faults.add(plain_shop.state, faults.Fault(kind=kind))
    job = plain_shop.run("import os; open(os.environ['SM_MODEL_DIR'] + '/m', 'w')")
    assert job.status == "Completed"
    assert (job.artifact_uri is None) == (kind == "null_artifact")
    assert bool(plain_shop.keys("out/")) == (kind == "null_artifact")


def test_a_slow_start_can_be_stopped(plain_shop: Any) -> None:
    faults.add(plain_shop.state, faults.Fault(kind="slow_start", seconds=60))
    plain_shop.accept("pass")
    process = plain_shop.supervise()
    plain_shop.state.request_stop("job")
    assert process.wait(20) == 0
    assert plain_shop.state.job("job").status == "Stopped"
