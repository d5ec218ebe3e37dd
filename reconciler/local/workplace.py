"""The folders and commands of a job's hosts: the container contract, on disk.

`<job>/work/algo-<n>/ml` is `/opt/ml` of a host. Every start of a job begins with an empty `work`
folder; it is removed when the job has ended.
"""

from __future__ import annotations

import ipaddress
import json
import os
import shutil
import socket
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reconciler.local import archive, cluster, hostnames, requirements, sandbox, scriptmode
from reconciler.local.channels import split_uri
from reconciler.local.container import command_of_image
from reconciler.local.errors import EngineError
from reconciler.local.failure import client_error
from reconciler.local.host import Command
from reconciler.local.storage import Storage

_FIRST_ADDRESS = ipaddress.IPv4Address("127.0.0.2")


@dataclass(frozen=True, slots=True)
class Workplace:
    """Where and how one start of a job runs."""

    request: Mapping[str, Any]
    folder: Path
    """The job's `work` folder."""
    bwrap: str | None
    """The bubblewrap program, or None when nothing is hidden."""

    @property
    def hosts(self) -> tuple[cluster.Host, ...]:
        """The hosts of the job."""
        return cluster.hosts(self.request)

    @property
    def views(self) -> list[sandbox.View]:
        """What each host sees, in the order of the hosts."""
        isolated = bool(self.request.get("EnableNetworkIsolation")) and len(self.hosts) == 1
        return [
            sandbox.View(self.folder / host.name, host.name, network=not isolated)
            for host in self.hosts
        ]

    @property
    def packages(self) -> Path:
        """Packages that were installed for this job."""
        return self.folder / "packages"

    def seen(self, view: sandbox.View) -> str:
        """The path of the container root, as the host's processes see it."""
        return str(view.ml) if self.bwrap is None else sandbox.CONTAINER_ROOT


@dataclass(frozen=True, slots=True)
class Setting:
    """What this machine lends to a job."""

    interpreter: str
    machine: scriptmode.Machine
    addresses: Mapping[str, str]
    """The address of each host, by its name."""


def make(place: Workplace, setting: Setting) -> None:
    """Make the empty folders of all hosts, with their files of configuration."""
    shutil.rmtree(place.folder, ignore_errors=True)
    lines = ["127.0.0.1 localhost", "::1 localhost"]
    lines += [f"{address} {name}" for name, address in setting.addresses.items()]
    for host, view in zip(place.hosts, place.views, strict=True):
        sandbox.make_folders(view, hosts="\n".join(lines) + "\n")
        files = {
            "hyperparameters": place.request.get("HyperParameters", {}),
            "inputdataconfig": cluster.input_data_config(place.request, host),
            "resourceconfig": cluster.resource_config(place.hosts, host, setting.machine.interface),
        }
        for name, content in files.items():
            path = view.ml / "input" / "config" / f"{name}.json"
            path.write_text(json.dumps(content), encoding="utf-8")


def fetch_code(storage: Storage, place: Workplace, setting: Setting) -> None:
    """Unpack the code of script mode on each host, and install what it requires.

    Raises JobFailed when there is no such archive or a requirement cannot be installed.
    """
    program = scriptmode.entry_point(place.request)
    if program is None:
        return
    if not scriptmode.entry_point_is_valid(program):
        raise client_error(f"the entry point {program!r} is not a plain path inside the code")
    directory = scriptmode.module_directory(place.request)
    for view in place.views:
        code = view.ml / "code"
        if directory and not any(code.iterdir()):
            archive.unpack(_code_archive(storage, directory, view), code)
    wanted = place.views[0].ml / "code" / "requirements.txt"
    if program.endswith(".py") and wanted.is_file():
        network = not place.request.get("EnableNetworkIsolation")
        requirements.install(setting.interpreter, wanted, place.packages, network=network)


def commands(place: Workplace, setting: Setting, logs: Path) -> list[Command]:
    """The command of each host; raises JobFailed for a distribution that cannot run here."""
    readable = (*sandbox.interpreter_folders(setting.interpreter), place.packages)
    made = []
    for host, view in zip(place.hosts, place.views, strict=True):
        ml = place.seen(view)
        argv = _argv(place, setting, host, view)
        made.append(
            Command(
                view=view,
                argv=tuple(sandbox.localised(argument, ml) for argument in argv),
                environment=_environment(place, setting, host, view),
                directory=f"{ml}/code",
                readable=readable,
                log=logs / f"{host.name}.log",
            )
        )
    return made


def notices(place: Workplace) -> list[str]:
    """What is not as on SageMaker here, in lines for the job's log."""
    lines = []
    if place.bwrap is None:
        lines.append(
            "no sandbox on this machine: /opt/ml does not exist, the SM_* variables name the real "
            "folders, and the names algo-1, algo-2, … are known to Python's own sockets only"
        )
    if place.request.get("EnableNetworkIsolation") and place.views[0].network:
        lines.append("EnableNetworkIsolation has no effect with several hosts on one machine")
    elif place.request.get("EnableNetworkIsolation") and place.bwrap is None:
        lines.append("EnableNetworkIsolation has no effect without a sandbox")
    return [f"[local engine] {line}" for line in lines]


def this_machine() -> scriptmode.Machine:
    """The processors, GPUs and loopback interface of this machine."""
    affinity = getattr(os, "sched_getaffinity", None)
    cpus = len(affinity(0)) if affinity else os.cpu_count() or 1
    gpus = len(list(Path("/dev").glob("nvidia[0-9]*")))
    return scriptmode.Machine(cpus, gpus, "lo" if sys.platform == "linux" else "lo0")


def addresses_of(hosts: Sequence[cluster.Host]) -> dict[str, str]:
    """An address of the loopback network for each host; one for all where the system has no other
    (macOS), so that two hosts cannot listen on one port there."""
    with socket.socket() as probe:
        try:
            probe.bind((str(_FIRST_ADDRESS), 0))
        except OSError:
            return {host.name: "127.0.0.1" for host in hosts}
    return {host.name: str(_FIRST_ADDRESS + number) for number, host in enumerate(hosts)}


def _code_archive(storage: Storage, directory: str, view: sandbox.View) -> Path:
    if not directory.startswith("s3://"):
        path = Path(sandbox.localised(directory, str(view.ml)))
        if not path.is_file():
            raise client_error(f"the code {directory} is not in the container")
        return path
    bucket, key = split_uri(directory)
    path = view.folder / "sourcedir.tar.gz"
    try:
        storage.download(bucket, key, path)
    except EngineError as error:
        raise client_error(f"the code {directory} cannot be read: {error.message}") from error
    return path


def _argv(place: Workplace, setting: Setting, host: cluster.Host, view: sandbox.View) -> list[str]:
    own = command_of_image(place.request)
    program = scriptmode.entry_point(place.request)
    if own is not None or program is None:
        return own or []
    decoded = scriptmode.decode_hyperparameters(place.request.get("HyperParameters", {}))
    args = scriptmode.arguments(scriptmode.own_hyperparameters(decoded))
    kind = scriptmode.distribution(decoded)
    _, names = scriptmode.distribution_hosts(place.hosts, host, decoded)
    if kind is None or host.name not in names:
        is_package = (view.ml / "code" / "setup.py").is_file()
        return scriptmode.command(program, args, python=setting.interpreter, is_package=is_package)
    _check_distribution(kind, setting.interpreter)
    per_node = decoded.get(scriptmode.PROCESSES_PER_HOST) or setting.machine.gpus or 1
    # Native code resolves the name itself, and knows it only under bubblewrap.
    master = names[0] if place.bwrap else setting.addresses[names[0]]
    return scriptmode.torchrun_command(
        program, args, python=setting.interpreter, rank=names.index(host.name), nodes=len(names),
        per_node=int(per_node), master=master,
    )  # fmt: skip


def _check_distribution(kind: str, interpreter: str) -> None:
    if kind != scriptmode.TORCHRUN:
        raise client_error(
            f"the distribution that {kind} asks for is not available on the local engine; "
            "it runs torchrun, or one plain process per host"
        )
    if not requirements.has_module(interpreter, "torch"):
        raise client_error(f"torchrun needs torch, which {interpreter} does not have")


def _environment(
    place: Workplace, setting: Setting, host: cluster.Host, view: sandbox.View
) -> dict[str, str]:
    ml, inside = place.seen(view), place.bwrap is not None
    asked = dict(place.request.get("Environment", {}))
    paths = [f"{ml}/code", str(place.packages)]
    if not inside:
        paths.append(str(Path(hostnames.__file__).parent))
    if "PYTHONPATH" in asked:
        paths.append(asked.pop("PYTHONPATH"))
    variables = sandbox.plain_environment(view, setting.interpreter, inside=inside)
    variables["TRAINING_JOB_NAME"] = place.request["TrainingJobName"]
    if not inside:
        variables["RECONCILER_LOCAL_HOSTS"] = json.dumps(dict(setting.addresses))
    variables |= asked
    # On SageMaker the toolkit sets them, which an image of one's own need not have.
    if not inside or scriptmode.entry_point(place.request):
        variables |= scriptmode.environment(place.request, host, setting.machine, ml=ml)
    return variables | {"PYTHONPATH": os.pathsep.join(paths)}
