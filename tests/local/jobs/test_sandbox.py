"""The sandbox: found once, and built so that an interpreter works wherever it lies."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from reconciler.local import hostnames, sandbox


def test_what_the_probe_found_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr("shutil.which", lambda name: "/usr/bin/bwrap")
    (tmp_path / "sandbox.json").write_text(
        json.dumps({"program": "/usr/bin/bwrap", "works": False})
    )
    assert sandbox.find(tmp_path) is None
    (tmp_path / "sandbox.json").write_text(json.dumps({"program": "/usr/bin/bwrap", "works": True}))
    assert sandbox.find(tmp_path) == "/usr/bin/bwrap"


@pytest.mark.parametrize("torn", ["", "{", "[]", "null"])
def test_a_torn_cache_is_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, torn: str
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr("shutil.which", lambda name: "/nowhere/bwrap")
    (tmp_path / "sandbox.json").write_text(torn)
    assert sandbox.find(tmp_path) is None
    assert json.loads((tmp_path / "sandbox.json").read_text())["works"] is False


def test_the_switch_turns_the_sandbox_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECONCILER_LOCAL_SANDBOX", "none")
    assert sandbox.find(tmp_path) is None
    assert not (tmp_path / "sandbox.json").exists()


def test_the_folders_of_an_interpreter_follow_its_links(tmp_path: Path) -> None:
    base = tmp_path / "python3.11" / "bin" / "python3"
    link = tmp_path / "venv" / "bin" / "python"
    for path in (base, link):
        path.parent.mkdir(parents=True)
    base.write_text("")
    link.symlink_to(Path("../../python3.11/bin/python3"))
    assert sandbox.interpreter_folders(str(link)) == (tmp_path / "venv", tmp_path / "python3.11")


def test_the_network_of_an_isolated_host_is_its_own(tmp_path: Path) -> None:
    def made(*, network: bool) -> list[str]:
        view = sandbox.View(tmp_path, "algo-1", network=network)
        return sandbox.wrapped("bwrap", view, ["x"], directory="/", readable=(), info_fd=3)

    assert "--unshare-net" in made(network=False)
    assert "--unshare-net" not in made(network=True)


def test_without_a_running_command_there_is_no_process_to_signal() -> None:
    assert sandbox.inner_pid("") is None
    assert sandbox.inner_pid('{"child-pid": 999999999}') is None


def test_sockets_of_a_job_know_its_hosts_and_leave_other_names_alone() -> None:
    code = (
        "import socket\n"
        "print(socket.gethostbyname('algo-2'), socket.gethostbyname('127.0.0.9'))\n"
        "server = socket.socket(); server.bind(('algo-1', 0)); server.listen()\n"
        "client = socket.create_connection(('algo-1', server.getsockname()[1]))\n"
        "print(client.getpeername()[0], socket.gethostname())"
    )
    environment = {
        "PYTHONPATH": str(Path(hostnames.__file__).parent),
        "RECONCILER_LOCAL_HOSTS": '{"algo-1": "127.0.0.1", "algo-2": "127.0.0.3"}',
        "SM_CURRENT_HOST": "algo-1",
    }
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["127.0.0.3", "127.0.0.9", "127.0.0.1", "algo-1"]
