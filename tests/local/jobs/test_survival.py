"""Any process of the engine may be killed at any time; the job still ends, and once."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

from reconciler.local import layout, progress
from reconciler.local.host import Ending

WAITS_ONCE = """
import os, pathlib, sys, time
kept = pathlib.Path(os.environ["SM_MODEL_DIR"]).parent / "checkpoints" / "seen"
if not kept.exists():
    kept.write_text("1")
    print("pid", os.getpid(), flush=True)
    time.sleep(60)
pathlib.Path(os.environ["SM_MODEL_DIR"], "m").write_text("restored")
"""
CHECKPOINTS = {"CheckpointConfig": {"S3Uri": "s3://bucket/checkpoints/job"}}


def kill(process: Any) -> None:
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


def test_a_job_whose_supervisor_was_killed_starts_again_with_its_checkpoints(shop: Any) -> None:
    shop.accept(WAITS_ONCE, **CHECKPOINTS)
    first = shop.supervise()
    shop.wait_for(lambda: "pid" in shop.log())
    kill(first)
    job = shop.finished()
    assert job.status == "Completed", job.failure_reason
    assert shop.archive("out/job/output/model.tar.gz") == {"m": b"restored"}
    stages = [stage.status for stage in job.transitions]
    assert stages.count("Training") == 2
    assert stages.count("Completed") == 1
    assert "Restarting" in stages


def test_the_processes_of_a_killed_supervisor_are_gone_when_the_next_one_starts(
    plain_shop: Any,
) -> None:
    script = (
        "import os, subprocess, time\n"
        "if not os.path.exists(os.environ['SM_MODEL_DIR'] + '/../checkpoints/x'):\n"
        "    open(os.environ['SM_MODEL_DIR'] + '/../checkpoints/x', 'w')\n"
        "    child = subprocess.Popen(['sleep', '60'])\n"
        "    print('child', child.pid, flush=True)\n"
        "    time.sleep(60)\n"
    )
    plain_shop.accept(script, **CHECKPOINTS)
    first = plain_shop.supervise()
    plain_shop.wait_for(lambda: "child" in plain_shop.log())
    child = int(plain_shop.log().partition("child ")[2].split()[0])
    kill(first)
    assert plain_shop.finished().status == "Completed"
    plain_shop.wait_for(lambda: not is_alive(child))


def is_alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_checkpoints_are_in_s3_after_the_job(shop: Any) -> None:
    shop.put("checkpoints/job/seen", "1")
    job = shop.run(WAITS_ONCE.replace("restored", "found"), **CHECKPOINTS)
    assert job.status == "Completed", job.failure_reason
    assert shop.keys("checkpoints/") == ["checkpoints/job/seen"]
    assert shop.archive("out/job/output/model.tar.gz") == {"m": b"found"}


def test_a_job_whose_supervisor_is_killed_at_any_moment_ends_once(shop: Any) -> None:
    shop.accept("import os; open(os.environ['SM_MODEL_DIR'] + '/m', 'w').write('x' * 10**6)")
    for moment in (0.08, 0.16, 0.24):
        process = shop.supervise()
        time.sleep(moment)
        kill(process)
    job = shop.finished()
    assert job.status == "Completed", job.failure_reason
    assert [stage.status for stage in job.transitions].count("Completed") == 1
    assert shop.archive("out/job/output/model.tar.gz") == {"m": b"x" * 10**6}


def test_a_job_that_was_interrupted_four_times_fails(plain_shop: Any) -> None:
    plain_shop.accept("pass")
    folder = layout.job_folder(plain_shop.root, "job")
    folder.mkdir(parents=True)
    progress.save(folder, progress.Progress(starts=4))
    job = plain_shop.finished()
    assert job.failure_reason == "InternalServerError: the job was interrupted 4 times"


def test_a_job_to_be_stopped_is_not_started_again(plain_shop: Any) -> None:
    plain_shop.accept(WAITS_ONCE)
    first = plain_shop.supervise()
    plain_shop.wait_for(lambda: "pid" in plain_shop.log())
    kill(first)
    plain_shop.state.request_stop("job")
    job = plain_shop.finished()
    assert job.status == "Stopped"
    assert plain_shop.log().count("pid") == 1


def test_a_kill_during_the_upload_leads_to_the_same_upload_and_no_second_training(
    plain_shop: Any,
) -> None:
    plain_shop.accept("print('must not run')")
    folder = layout.job_folder(plain_shop.root, "job")
    model = folder / "work" / "algo-1" / "ml" / "model"
    model.mkdir(parents=True)
    (model / "m").write_text("made before the kill")
    progress.save(folder, progress.Progress(starts=1, ending=Ending("exited")))
    job = plain_shop.finished()
    assert job.status == "Completed"
    assert plain_shop.archive("out/job/output/model.tar.gz") == {"m": b"made before the kill"}
    assert plain_shop.log() == ""


def test_a_second_supervisor_leaves_the_job_to_the_first(plain_shop: Any) -> None:
    plain_shop.accept("import time; print('running'); time.sleep(1.2)")
    first = plain_shop.supervise()
    plain_shop.wait_for(lambda: "running" in plain_shop.log())
    second = plain_shop.supervise()
    assert second.wait(20) == 0
    assert plain_shop.state.job("job").secondary == "Training"
    assert first.wait(20) == 0
    assert plain_shop.log().count("running") == 1


def test_a_job_that_has_ended_is_left_alone(plain_shop: Any) -> None:
    ended = plain_shop.run("pass")
    assert plain_shop.finished() == ended


def test_the_folders_of_a_job_are_removed_when_it_has_ended(plain_shop: Any) -> None:
    plain_shop.run("pass")
    folder = layout.job_folder(plain_shop.root, "job")
    assert not (folder / "work").exists()
    assert (folder / "logs" / "algo-1.log").exists()
