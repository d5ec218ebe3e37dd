"""Script mode: what AWS's training toolkit makes of a request, as pure functions.

A framework image runs the script that the hyperparameter `sagemaker_program` names, with the
other hyperparameters as arguments and everything about the job in `SM_*` variables. The rules
are those of the `sagemaker-training` toolkit 5.1.4, whose own output is in the tests. Nothing
here reads a file or starts a process; `workplace.py` calls these functions.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.local import cluster

RESERVED_PREFIX = "sagemaker_"
PROGRAM = "sagemaker_program"
SUBMIT_DIRECTORY = "sagemaker_submit_directory"
PROCESSES_PER_HOST = "sagemaker_mpi_num_of_processes_per_host"
DISTRIBUTION_GROUPS = "sagemaker_distribution_instance_groups"
TORCHRUN = "sagemaker_torch_distributed_enabled"
MASTER_PORT = "7777"

_TOOLKIT_OWN = frozenset(
    {
        PROGRAM,
        SUBMIT_DIRECTORY,
        "sagemaker_region",
        "sagemaker_container_log_level",
        "sagemaker_job_name",
        "sagemaker_enable_cloudwatch_metrics",
        "sagemaker_s3_output",
        "_tuning_objective_metric",
        "default_user_module_name",
    }
)
_DISTRIBUTIONS = (
    TORCHRUN,
    "sagemaker_distributed_dataparallel_enabled",
    "sagemaker_pytorch_ddp_enabled",
    "sagemaker_mpi_enabled",
    "sagemaker_parameter_server_enabled",
    "sagemaker_multi_worker_mirrored_strategy_enabled",
)
_ENTRY_POINT = re.compile(r"(?![-/])(?!.*\.\.)[A-Za-z0-9._+/-]+")
_DEFAULT_LOG_LEVEL = 20


@dataclass(frozen=True, slots=True)
class Machine:
    """What the toolkit asks the machine, not the request."""

    cpus: int
    gpus: int
    interface: str
    """Name of the network interface that reaches the other hosts."""


def decode_hyperparameters(raw: Mapping[str, str]) -> dict[str, Any]:
    """Each value read as JSON, or kept as text where it is none (as the toolkit does)."""
    decoded = {}
    for key, text in raw.items():
        try:
            decoded[key] = json.loads(text)
        except ValueError:
            decoded[key] = text
    return decoded


def own_hyperparameters(decoded: Mapping[str, Any]) -> dict[str, Any]:
    """The hyperparameters that reach the script."""
    return {
        key: value
        for key, value in decoded.items()
        if not key.startswith(RESERVED_PREFIX) and key not in _TOOLKIT_OWN
    }


def framework_parameters(decoded: Mapping[str, Any]) -> dict[str, Any]:
    """The `sagemaker_*` hyperparameters that the framework's container reads."""
    return {
        key: value
        for key, value in decoded.items()
        if key.startswith(RESERVED_PREFIX) and key not in _TOOLKIT_OWN
    }


def arguments(hyperparameters: Mapping[str, Any]) -> list[str]:
    """The command-line arguments of a script, sorted by name; `-k` for a name of one letter."""
    args = []
    for key in sorted(hyperparameters):
        args += [f"-{key}" if len(key) == 1 else f"--{key}", _argument(hyperparameters[key])]
    return args


def _argument(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        return ",".join(f"{key}={value[key]}" for key in sorted(value))
    return str(value)


def entry_point(request: Mapping[str, Any]) -> str | None:
    """The script that the request names, or None when it is not in script mode.

    The variable SAGEMAKER_PROGRAM beats the hyperparameter, as in the toolkit.
    """
    decoded = decode_hyperparameters(request.get("HyperParameters", {}))
    program = request.get("Environment", {}).get("SAGEMAKER_PROGRAM") or decoded.get(PROGRAM)
    return str(program) if program else None


def entry_point_is_valid(program: str) -> bool:
    """Whether the toolkit accepts this entry point (it refuses `..`, spaces, a leading `/`)."""
    return _ENTRY_POINT.fullmatch(program) is not None


def module_directory(request: Mapping[str, Any]) -> str | None:
    """Where the code comes from: an S3 URI, or a path in the container; None when it is there."""
    decoded = decode_hyperparameters(request.get("HyperParameters", {}))
    directory = decoded.get(SUBMIT_DIRECTORY)
    return str(directory) if directory else None


def distribution(decoded: Mapping[str, Any]) -> str | None:
    """The hyperparameter that switches a distribution on, or None."""
    return next((name for name in _DISTRIBUTIONS if decoded.get(name) is True), None)


def command(
    program: str, args: Sequence[str], *, python: str, is_package: bool = False
) -> list[str]:
    """The command of one process: a package with setup.py, a Python file, or a shell command."""
    if is_package:
        return [python, "-m", program.removesuffix(".py").replace("/", "."), *args]
    if program.endswith(".py"):
        return [python, "--", program, *args]
    return ["/bin/sh", "-c", f"./{program} {shlex.join(args)}"]


def torchrun_command(
    program: str, args: Sequence[str], *, python: str, rank: int, nodes: int, per_node: int,
    master: str,
) -> list[str]:  # fmt: skip
    """The toolkit's torchrun line, through the module so that it needs no script on PATH."""
    return [
        python, "-m", "torch.distributed.run",
        "--nnodes", str(nodes), "--nproc_per_node", str(per_node),
        "--master_addr", master, "--master_port", MASTER_PORT, "--node_rank", str(rank),
        program, *args,
    ]  # fmt: skip


def distribution_hosts(
    cluster_hosts: Sequence[cluster.Host], current: cluster.Host, decoded: Mapping[str, Any]
) -> tuple[list[str], list[str]]:
    """The instance groups, and the hosts in them, that the distribution spans as this host sees
    it: those that the request names, else the host's own group; none without a distribution."""
    if distribution(decoded) is None:
        return [], []
    groups = list(decoded.get(DISTRIBUTION_GROUPS) or [current.group])
    return groups, [host.name for host in cluster_hosts if host.group in groups]


def environment(
    request: Mapping[str, Any], current: cluster.Host, machine: Machine, *, ml: str = "/opt/ml"
) -> dict[str, str]:
    """The `SM_*` variables of one host; `ml` is where its container root `/opt/ml` lies."""
    facts = _facts(request, current, machine, ml)
    variables = {name: facts[name] for name in _PUBLISHED}
    variables |= {
        "hps": facts["hyperparameters"],
        "framework_params": facts["additional_framework_parameters"],
        "channels": sorted(facts["channel_input_dirs"]),
        "user_args": arguments(facts["hyperparameters"]),
        "training_env": facts,
    }
    for channel, directory in facts["channel_input_dirs"].items():
        variables[f"channel_{channel}"] = directory
    for key, value in facts["hyperparameters"].items():
        variables[f"hp_{key}"] = value
    return {f"SM_{name.upper()}": _variable(value) for name, value in variables.items()}


def _variable(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


_PUBLISHED = (
    "hosts", "current_host", "current_instance_type", "current_instance_group",
    "current_instance_group_hosts", "instance_groups", "instance_groups_dict",
    "distribution_instance_groups", "is_hetero", "network_interface_name", "log_level",
    "resource_config", "input_data_config", "input_dir", "input_config_dir", "output_dir",
    "output_data_dir", "output_intermediate_dir", "model_dir", "module_dir", "module_name",
    "user_entry_point", "framework_module", "num_cpus", "num_gpus", "num_neurons",
)  # fmt: skip


def _facts(
    request: Mapping[str, Any], current: cluster.Host, machine: Machine, ml: str
) -> dict[str, Any]:
    """The content of SM_TRAINING_ENV, from which the other variables are taken."""
    everyone = cluster.hosts(request)
    decoded = decode_hyperparameters(request.get("HyperParameters", {}))
    inputs = cluster.input_data_config(request, current)
    program = entry_point(request)
    directory = module_directory(request)
    facts = _cluster_facts(everyone, current, decoded)
    facts |= {
        "additional_framework_parameters": framework_parameters(decoded),
        "channel_input_dirs": {name: f"{ml}/input/data/{name}" for name in inputs},
        "framework_module": None,
        "hyperparameters": own_hyperparameters(decoded),
        "input_config_dir": f"{ml}/input/config",
        "input_data_config": inputs,
        "input_dir": f"{ml}/input",
        "is_modelparallel_enabled": True if "mp_parameters" in decoded else None,
        "is_smddpmprun_installed": False,
        "is_smddprun_installed": False,
        "job_name": request["TrainingJobName"],
        "log_level": decoded.get("sagemaker_container_log_level", _DEFAULT_LOG_LEVEL),
        "model_dir": f"{ml}/model",
        "module_dir": directory and directory.replace("/opt/ml", ml, 1),
        "module_name": program and program.removesuffix(".py"),
        "network_interface_name": machine.interface,
        "num_cpus": machine.cpus,
        "num_gpus": machine.gpus,
        "num_neurons": 0,
        "output_data_dir": f"{ml}/output/data",
        "output_dir": f"{ml}/output",
        "output_intermediate_dir": f"{ml}/output/intermediate",
        "resource_config": cluster.resource_config(everyone, current, machine.interface),
        "topology": [],
        "user_entry_point": program,
    }
    return facts


def _cluster_facts(
    everyone: Sequence[cluster.Host], current: cluster.Host, decoded: Mapping[str, Any]
) -> dict[str, Any]:
    groups = cluster.instance_groups(everyone)
    spanned_groups, spanned_hosts = distribution_hosts(everyone, current, decoded)
    master = (spanned_hosts or [everyone[0].name])[0]
    return {
        "current_host": current.name,
        "current_instance_group": current.group,
        "current_instance_group_hosts": [h.name for h in everyone if h.group == current.group],
        "current_instance_type": current.instance_type,
        "distribution_hosts": spanned_hosts,
        "distribution_instance_groups": spanned_groups,
        "hosts": [host.name for host in everyone],
        "instance_groups": [group["instance_group_name"] for group in groups],
        "instance_groups_dict": {group["instance_group_name"]: group for group in groups},
        "is_hetero": len(groups) > 1,
        "is_master": current.name == master,
        "master_hostname": master,
    }
