"""Whole jobs: accepted, run by a real supervisor in its own process, and looked at after."""

from __future__ import annotations

import json
from typing import Any

TRAIN = """
import argparse, json, os, pathlib
parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int)
args = parser.parse_args()
data = pathlib.Path(os.environ["SM_CHANNEL_TRAIN"])
total = sum(float(path.read_text()) for path in data.rglob("*.txt"))
for epoch in range(args.epochs):
    print(f"loss={total / (epoch + 1)};")
model = pathlib.Path(os.environ["SM_MODEL_DIR"])
(model / "model.json").write_text(json.dumps(total))
pathlib.Path(os.environ["SM_OUTPUT_DATA_DIR"], "report.txt").write_text("fine")
"""


def channel(name: str, uri: str, **extra: Any) -> dict[str, Any]:
    members = {
        key: extra.pop(key) for key in list(extra) if key in ("CompressionType", "InputMode")
    }
    source = {"S3DataType": "S3Prefix", "S3Uri": uri, **extra}
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}, **members}


def test_a_script_completes_with_artifact_output_and_metrics(shop: Any) -> None:
    shop.put("data/a.txt", "1.5")
    shop.put("data/deep/b.txt", "2.5")
    job = shop.run(
        TRAIN,
        hyperparameters={"epochs": "2"},
        metrics=[{"Name": "loss", "Regex": "loss=([0-9.]+);"}],
        InputDataConfig=[channel("train", "s3://bucket/data/")],
    )
    assert (job.status, job.secondary, job.failure_reason) == ("Completed", "Completed", None)
    assert job.artifact_uri == "s3://bucket/out/job/output/model.tar.gz"
    assert shop.archive("out/job/output/model.tar.gz") == {"model.json": b"4.0"}
    assert shop.archive("out/job/output/output.tar.gz") == {"report.txt": b"fine"}
    assert [(metric["MetricName"], metric["Value"]) for metric in job.metrics] == [("loss", 2.0)]
    assert [stage.status for stage in job.transitions] == [
        "Starting", "Downloading", "Training", "Uploading", "Completed",
    ]  # fmt: skip
    assert job.training_seconds is not None and job.training_seconds >= 1


def test_equal_models_make_equal_artifacts(plain_shop: Any) -> None:
    script = "import os; open(os.environ['SM_MODEL_DIR'] + '/m', 'w').write('x')"
    plain_shop.run(script, name="one")
    plain_shop.run(script, name="two")
    first, second = (plain_shop.read(f"out/{n}/output/model.tar.gz") for n in ("one", "two"))
    assert first == second


def test_a_failing_script_fails_the_job_with_its_last_lines(shop: Any) -> None:
    job = shop.run(
        "import os; open(os.environ['SM_MODEL_DIR'] + '/m', 'w'); raise ValueError('no data')"
    )
    assert job.status == "Failed"
    assert job.failure_reason is not None
    assert job.failure_reason.startswith("AlgorithmError: ExecuteUserScriptError:\nExitCode 1\n")
    assert "ValueError: no data" in job.failure_reason
    assert job.failure_reason.endswith('-- train.py", exit code: 1')
    assert shop.keys("out/") == ["out/job/output/model.tar.gz"]


def test_the_failure_file_is_the_reason_when_the_script_wrote_one(shop: Any) -> None:
    job = shop.run(
        "import os, sys; open(os.environ['SM_OUTPUT_DIR'] + '/failure', 'w').write('bad rows');"
        "sys.exit(3)"
    )
    assert job.failure_reason == "AlgorithmError: bad rows, exit code: 3"
    assert job.artifact_uri is None


def test_a_shell_script_is_an_entry_point(shop: Any) -> None:
    job = shop.run('#!/bin/sh\necho "args: $@"\n', program="run.sh", hyperparameters={"k": '"a b"'})
    assert job.status == "Completed"
    assert "args: -k a b" in shop.log()


def test_an_uncompressed_model_is_stored_as_loose_files(plain_shop: Any) -> None:
    job = plain_shop.run(
        "import os; open(os.environ['SM_MODEL_DIR'] + '/m', 'w').write('x')",
        OutputDataConfig={"S3OutputPath": "s3://bucket/out/", "CompressionType": "NONE"},
    )
    assert job.artifact_uri == "s3://bucket/out/job/output/model/"
    assert plain_shop.read("out/job/output/model/m") == b"x"


def test_a_completed_job_without_a_model_has_an_artifact_uri_but_no_object(plain_shop: Any) -> None:
    job = plain_shop.run("pass")
    assert job.artifact_uri == "s3://bucket/out/job/output/model.tar.gz"
    assert plain_shop.keys("out/") == []


SAVE_ON_TERM = """
import os, signal, sys, time
def save(*_):
    open(os.environ["SM_MODEL_DIR"] + "/saved", "w").write("in the grace")
    sys.exit(0)
signal.signal(signal.SIGTERM, save)
print("ready")
time.sleep(60)
"""


def test_a_stopped_job_keeps_what_it_saved_in_the_grace(shop: Any) -> None:
    shop.accept(SAVE_ON_TERM)
    process = shop.supervise()
    shop.wait_for(lambda: "ready" in shop.log())
    assert shop.state.request_stop("job")
    assert process.wait(20) == 0
    job = shop.state.job("job")
    assert (job.status, job.secondary) == ("Stopped", "Stopped")
    assert job.artifact_uri == "s3://bucket/out/job/output/model.tar.gz"
    assert shop.archive("out/job/output/model.tar.gz") == {"saved": b"in the grace"}


def test_a_script_that_ignores_sigterm_is_killed_after_the_grace(shop: Any) -> None:
    shop.environment["RECONCILER_LOCAL_GRACE"] = "0.2"
    shop.accept(
        "import signal, time; signal.signal(15, signal.SIG_IGN); print('ready'); time.sleep(60)"
    )
    process = shop.supervise()
    shop.wait_for(lambda: "ready" in shop.log())
    shop.state.request_stop("job")
    assert process.wait(20) == 0
    assert shop.state.job("job").status == "Stopped"


def test_a_job_over_its_time_is_stopped_and_keeps_what_it_saved(shop: Any) -> None:
    job = shop.run(SAVE_ON_TERM, StoppingCondition={"MaxRuntimeInSeconds": 1})
    assert (job.status, job.secondary) == ("Stopped", "MaxRuntimeExceeded")
    assert shop.archive("out/job/output/model.tar.gz") == {"saved": b"in the grace"}


def test_a_job_stopped_before_it_trained_leaves_nothing(plain_shop: Any) -> None:
    plain_shop.accept("print('never')")
    plain_shop.state.request_stop("job")
    job = plain_shop.finished()
    assert (job.status, job.artifact_uri) == ("Stopped", None)
    assert plain_shop.log() == ""


TALK = """
import json, os, socket, time
hosts, me = json.loads(os.environ["SM_HOSTS"]), os.environ["SM_CURRENT_HOST"]
mine = sorted(os.listdir(os.environ["SM_CHANNEL_TRAIN"]))
if me == hosts[0]:
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind((me, 29511))
    server.listen()
    other, _ = server.accept()
    theirs = json.loads(other.makefile().readline())
    with open(os.environ["SM_MODEL_DIR"] + "/shards", "w") as file:
        json.dump([mine, theirs, socket.gethostname()], file)
else:
    for _ in range(200):
        client = socket.socket()
        try:
            client.connect((hosts[0], 29511))
            break
        except ConnectionRefusedError:
            time.sleep(0.05)
    client.sendall((json.dumps(mine) + "\\n").encode())
print("done", me)
"""


def test_two_hosts_talk_by_name_and_share_the_data(shop: Any) -> None:
    for name in "abc":
        shop.put(f"data/{name}", name)
    job = shop.run(
        TALK,
        hosts=2,
        InputDataConfig=[
            channel("train", "s3://bucket/data", S3DataDistributionType="ShardedByS3Key")
        ],
    )
    assert job.status == "Completed", job.failure_reason
    assert "done algo-1" in shop.log(host=1)
    assert "done algo-2" in shop.log(host=2)
    shards = json.loads(shop.archive("out/job/output/model.tar.gz")["shards"])
    assert shards == [["a", "c"], ["b"], "algo-1"]


def test_the_failure_of_one_host_ends_the_others(shop: Any) -> None:
    job = shop.run(
        "import os, sys, time\n"
        "if os.environ['SM_CURRENT_HOST'] == 'algo-2': sys.exit('host 2 is broken')\n"
        "time.sleep(60)",
        hosts=2,
    )
    assert job.status == "Failed"
    assert "host 2 is broken" in (job.failure_reason or "")


def test_models_of_two_hosts_are_merged_and_the_first_host_wins(plain_shop: Any) -> None:
    plain_shop.run(
        "import os; me, out = os.environ['SM_CURRENT_HOST'], os.environ['SM_MODEL_DIR']\n"
        "for name in (me, 'both'): open(f'{out}/{name}', 'w').write(me)",
        hosts=2,
    )
    assert plain_shop.archive("out/job/output/model.tar.gz") == {
        "algo-1": b"algo-1",
        "algo-2": b"algo-2",
        "both": b"algo-1",
    }


def test_the_job_sees_its_own_environment_and_no_credentials(shop: Any) -> None:
    shop.environment["AWS_SECRET_ACCESS_KEY"] = "hidden"
    shop.run(
        "import os; print(os.environ['COLOUR'], os.environ.get('AWS_SECRET_ACCESS_KEY'))",
        Environment={"COLOUR": "blue"},
    )
    assert "blue None" in shop.log()


def test_without_a_sandbox_the_log_says_that_opt_ml_does_not_exist(plain_shop: Any) -> None:
    plain_shop.run("pass")
    assert "/opt/ml does not exist" in plain_shop.log()


def test_a_mapped_image_runs_its_entrypoint_with_container_paths(shop: Any) -> None:
    shop.put("code/main.py", "import sys; open(sys.argv[1] + '/m', 'w').write('own')")
    shop.accept(
        "",
        AlgorithmSpecification={
            "TrainingImage": "python:3",
            "TrainingInputMode": "File",
            "ContainerEntrypoint": ["python3", "/opt/ml/input/data/code/main.py"],
            "ContainerArguments": ["/opt/ml/model"],
        },
        InputDataConfig=[channel("code", "s3://bucket/code/main.py")],
        HyperParameters={},
    )
    job = shop.finished()
    assert job.status == "Completed", job.failure_reason
    assert shop.archive("out/job/output/model.tar.gz") == {"m": b"own"}
