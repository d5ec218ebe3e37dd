"""`apply`, `status`, `logs`, `refresh`, `stop` and `local` on the local engine, end to end.

The job of the fixture `trained` really trains, once for all tests of this module; the tests of the
first part only look.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from typing import Any

import pytest

SLOW = """\
import os
import time
from pathlib import Path

print("up", flush=True)
time.sleep(1)
Path(os.environ["SM_MODEL_DIR"], "model").write_text("x")
"""
FAILING = """\
import sys

print("about to fail \\x1b[2J")
sys.exit("boom")
"""


def test_apply_waits_on_the_local_engine_and_tells_the_result(trained: Any) -> None:
    """The report is on stdout, one line per event on stderr."""
    repo, result = trained
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("✓ digits 3                 Completed in ")
    assert "  artifact s3://local-ml/jobs/digits/digits-" in result.stdout
    assert "Recorded in locks/local/digits.json; " in result.stdout
    events = [line.split()[1] for line in result.stderr.splitlines()]
    assert events[0] == "started" and "launched" in events and events[-1] == "ended"
    assert (repo.root / "locks/local/digits.json").is_file()
    assert "s3cr3t" not in result.output


def test_a_second_apply_does_nothing(trained: Any) -> None:
    """No call that changes anything, and not a byte in the lock."""
    repo, _ = trained
    before = (repo.root / "locks/local/digits.json").read_bytes()
    result = repo.run("apply", "-q")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == (
        "Nothing to do: everything is as the documents say.\n"
        "Nothing new to record; 0 mutating calls.\n"
    )
    assert (repo.root / "locks/local/digits.json").read_bytes() == before


def test_the_lock_holds_no_value_of_the_environment(trained: Any) -> None:
    """Keys and fingerprints only."""
    repo, _ = trained
    text = (repo.root / "locks/local/digits.json").read_text()
    assert "s3cr3t" not in text and "TOKEN" in text


def test_status_is_a_table_or_a_document(trained: Any) -> None:
    """Exit status 0 when nothing moves and nothing failed."""
    repo, _ = trained
    table = repo.run("status", "--exit-code")
    assert table.exit_code == 0
    assert "✓ digits  3        completed" in table.stdout
    document = json.loads(repo.run("status", "-o", "json", "--offline").stdout)
    assert document["format"] == "reconciler/status/v1"
    [row] = document["resources"]
    assert (row["state"], row["standing"]) == ("completed", "in_sync")
    assert repo.run("status", "--watch").stdout == table.stdout


def test_logs_can_be_cut_down(trained: Any) -> None:
    """By number, pattern, host and time."""
    repo, _ = trained
    lines = repo.run("logs", "digits").stdout.splitlines()
    [loss] = [line for line in lines if line.endswith(" loss=0.5")]
    assert loss.startswith("algo-1 ")
    assert repo.run("logs", "digits@3", "--tail", "1").stdout.splitlines() == lines[-1:]
    assert repo.run("logs", "digits", "--grep", "^loss=").stdout.splitlines() == [loss]
    assert repo.run("logs", "digits", "--host", "algo-1").stdout.splitlines() == lines
    other = repo.run("logs", "digits", "--host", "algo-9")
    assert (other.exit_code, other.stdout) == (1, "")
    assert "algo-9 wrote no line" in other.stderr and "there is: algo-1" in other.stderr
    assert repo.run("logs", "digits", "-f", "--tail", "1").stdout.splitlines() == lines[-1:]
    assert repo.run("logs", "digits", "--since", "1h").stdout.splitlines() == lines


def test_logs_of_what_never_ran_say_so(trained: Any) -> None:
    """Exit status 1."""
    repo, _ = trained
    result = repo.run("logs", "digits@9")
    assert result.exit_code == 1
    assert "digits@9" in result.stderr


def test_local_ls_counts_launches_and_lists_objects(trained: Any) -> None:
    """As text and as a document."""
    repo, _ = trained
    text = repo.run("local", "ls").stdout
    assert text.startswith("1 launch\n  digits-")
    assert "model.tar.gz" in text
    document = json.loads(repo.run("local", "ls", "-o", "json").stdout)
    assert document["format"] == "reconciler/local/v1"
    assert document["launches"] == 1
    assert document["jobs"][0]["status"] == "Completed"


def test_refresh_launches_nothing(trained: Any) -> None:
    """There is nothing new to see."""
    repo, _ = trained
    result = repo.run("refresh")
    assert result.exit_code == 0
    assert "0 mutating calls" in result.stdout


def test_what_does_not_run_cannot_be_stopped(trained: Any) -> None:
    """And without a terminal the question needs its answer on the command line."""
    repo, _ = trained
    asked = repo.run("stop", "digits")
    assert asked.exit_code == 2 and "pass --yes" in asked.stderr
    result = repo.run("stop", "digits", "--yes")
    assert result.exit_code == 1
    assert "no running run of digits" in result.stderr


def test_an_edit_shows_which_field_differs_and_where(trained: Any) -> None:
    """Against the run that was launched last; nothing is asked of anyone."""
    repo, _ = trained
    path = repo.root / "jobs/digits.yaml"
    text = path.read_text()
    path.write_text(text.replace("eta: 0.10", "eta: 0.2").replace("s3cr3t-value", "0ther"))
    result = repo.run("plan", "--offline")
    path.write_text(text)
    told = [line.split() for line in result.stdout.splitlines()]
    assert ["hyperparameters.eta", "0.10", "→", "0.2", ":11"] in told
    [token] = [words for words in told if words[:1] == ["env.TOKEN"]]
    assert token[1].startswith("sha256:") and token[3].startswith("sha256:")
    assert token[1] != token[3] and token[4] == ":12"


def test_a_plan_that_was_not_approved_is_not_applied(trained: Any) -> None:
    """Exit status 5."""
    repo, _ = trained
    result = repo.run("apply", "--plan-digest", "0123456789")
    assert result.exit_code == 5
    assert "error[E309]" in result.stderr


def test_a_digest_too_short_to_mean_anything_is_wrong_usage(trained: Any) -> None:
    """Eight digits are what a plan shows."""
    repo, _ = trained
    assert repo.run("apply", "--plan-digest", "0123").exit_code == 2


@pytest.mark.slow
def test_events_for_machines_are_json_lines(repo: Any) -> None:
    """The first names the format; stdout has nothing else."""
    plan = json.loads(repo.run("plan", "-o", "json").stdout)
    approved = plan["digest"][:8]
    result = repo.run("apply", "-o", "jsonl", "--plan-digest", approved)
    assert result.exit_code == 0, result.output
    events = [json.loads(line) for line in result.stdout.splitlines()]
    assert events[0]["format"] == "reconciler/events/v1"
    assert [event["type"] for event in events if event["name"] == "digits"][-1] == "ended"
    assert result.stderr == ""


@pytest.mark.slow
def test_a_failed_job_shows_its_log_and_what_to_type(repo: Any) -> None:
    """Exit status 1; what the container wrote is inert."""
    repo.write({"code/train.py": FAILING})
    result = repo.run("apply")
    assert result.exit_code == 1
    assert result.stdout.startswith("✗ digits 3                 Failed in ")
    assert "  | about to fail \\x1b[2J\n" in result.stdout
    assert "\x1b" not in result.output
    assert "see all of it: reconciler logs digits@3 -e local" in result.stdout
    assert repo.run("status", "--exit-code").exit_code == 1


@pytest.mark.slow
def test_a_launched_job_can_be_left_watched_and_stopped(repo: Any) -> None:
    """`--no-wait` leaves it, `--timeout` gives up on it, `stop` ends it."""
    repo.write({"code/train.py": "import time\nprint('up', flush=True)\ntime.sleep(600)\n"})
    env = {"RECONCILER_LOCAL_GRACE": "1"}
    left = repo.run("apply", "--no-wait", env=env)
    assert left.exit_code == 0 and "digits 3" in left.stdout
    assert repo.run("status", "--exit-code").exit_code == 3
    waited = repo.run("apply", "--wait", "--timeout", "1s", env=env)
    assert waited.exit_code == 8
    assert repo.run("local", "reset", "--yes").exit_code == 1
    assert "Nothing new to do: 1 run goes on." in waited.stdout
    stopped = repo.run("stop", "digits", "--yes", env=env)
    assert stopped.exit_code == 0 and "asked to stop" in stopped.stdout
    assert (
        '"stopped_by": "Test <test@example.com>"'
        in (repo.root / "locks/local/digits.json").read_text()
    )
    ended = repo.run("apply", "--wait", env=env)
    assert "Stopped in " in ended.stdout


@pytest.mark.slow
def test_ctrl_c_leaves_the_jobs_and_says_how_to_resume(repo: Any) -> None:
    """Exit status 130; the same command takes up where it was."""
    repo.write({"code/train.py": SLOW})
    command = [sys.executable, "-m", "reconciler", "-C", str(repo.root), "apply"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "recorded" in line:
                break
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "interrupted: jobs go on" in told
    resumed = repo.run("apply")
    assert resumed.exit_code == 0 and "Completed in" in resumed.stdout
    assert json.loads(repo.run("local", "ls", "-o", "json").stdout)["launches"] == 1


@pytest.mark.slow
def test_on_a_terminal_rows_move_and_nothing_is_left_of_them(repo: Any) -> None:
    """Progress on the terminal, the report on stdout."""
    ours, theirs = os.openpty()
    command = [sys.executable, "-m", "reconciler", "-C", str(repo.root), "apply"]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
    ) as process:
        os.close(theirs)
        told = b"".join(iter(lambda: _read(ours), b""))
        assert process.stdout is not None
        report = process.stdout.read()
    os.close(ours)
    assert process.returncode == 0
    assert report.decode().startswith("✓ digits 3")
    assert "launched" in told.decode() and "\x1b[2K" in told.decode()
    assert told.decode().rstrip().endswith("\x1b[?25h\r\x1b[1A\x1b[2K")


def _read(terminal: int) -> bytes:
    """What was written; nothing when the other side is closed (Linux says so by EIO)."""
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""


@pytest.mark.slow
def test_an_endpoint_of_ones_own_is_reached_over_http(repo: Any) -> None:
    """With AWS_ENDPOINT_URL no hook is installed: the server launches, not this process."""
    serve = [sys.executable, "-m", "reconciler", "-C", str(repo.root), "local", "serve"]
    with subprocess.Popen(serve, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as server:
        assert server.stdout is not None
        found = re.search(rb"AWS_ENDPOINT_URL=(\S+)", server.stdout.readline())
        assert found
        try:
            result = repo.run("apply", env={"AWS_ENDPOINT_URL": os.fsdecode(found[1])})
        finally:
            server.send_signal(signal.SIGINT)
    assert result.exit_code == 0, result.output
    assert "Completed in" in result.stdout
    assert repo.run("apply").stdout.startswith("Nothing to do")


@pytest.mark.slow
def test_reset_forgets_jobs_objects_and_their_records(repo: Any) -> None:
    """A record of an artifact that is gone would be drift."""
    assert repo.run("apply").exit_code == 0
    asked = repo.run("local", "reset")
    assert asked.exit_code == 2 and "pass --yes" in asked.stderr
    assert repo.run("local", "reset", "--yes").exit_code == 0
    assert repo.run("local", "ls").stdout == "0 launches\n0 objects\n"
    assert not (repo.root / "locks/local").exists()
