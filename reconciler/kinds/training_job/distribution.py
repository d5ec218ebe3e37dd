"""Distribution: the hyperparameters by which AWS's training toolkit starts several processes.

Taken from what the SageMaker Python SDK v2 sends. Two things go beyond it, since the toolkit reads
them and the SDK drops them: torchrun's processes per instance, and its instance groups. Where
instances differ no type is sent: the toolkit takes that of the instance it runs on.
"""

from __future__ import annotations

import json
from typing import Any

from reconciler.kinds.training_job.distributed import Distributed, Mpi, Torchrun
from reconciler.kinds.training_job.hyperparameters import json_text
from reconciler.kinds.training_job.spec import TrainingJobSpec

_DATAPARALLEL = "sagemaker_distributed_dataparallel_enabled"
_PROCESSES = "sagemaker_mpi_num_of_processes_per_host"


def distribution_hyperparameters(spec: TrainingJobSpec) -> dict[str, str]:
    """The hyperparameters that `distributed` stands for, JSON-encoded; empty without it."""
    distributed = spec.distributed
    if distributed is None:
        return {}
    values = _strategy(distributed, spec.compute.instance_type if spec.compute else None)
    if distributed.instance_groups:
        values["sagemaker_distribution_instance_groups"] = distributed.instance_groups
    sent = {key: json.dumps(value) for key, value in values.items() if value is not None}
    parameters = smp_parameters(distributed)
    if parameters:
        sent["mp_parameters"] = json_text(parameters)
    return sent


def smp_parameters(distributed: Distributed | None) -> dict[str, Any] | None:
    """Parameters of SageMaker's model parallel library, v1 or v2; None without it."""
    part = distributed and (distributed.torchrun or distributed.mpi)
    return part.smp if part else None


def instance_type(spec: TrainingJobSpec) -> str | None:
    """The instance type that processes run on: the job's, or that of the first group they use."""
    compute = spec.compute
    if compute is None:
        return None
    if compute.instance_type:
        return compute.instance_type
    groups = compute.instance_groups or {}
    taking_part = (spec.distributed and spec.distributed.instance_groups) or list(groups)
    for name in taking_part:
        if name in groups:
            return groups[name].instance_type
    for preference in compute.instance_preferences or []:
        return preference.instance_type
    return None


def _strategy(distributed: Distributed, instance: str | None) -> dict[str, Any]:
    """The hyperparameters of the one strategy that is given; None stands for none."""
    if distributed.torchrun is not None:
        return _torchrun(distributed.torchrun, instance)
    if distributed.mpi is not None:
        return _mpi(distributed.mpi, instance)
    if distributed.smddp is not None:
        return {
            _DATAPARALLEL: True,
            "sagemaker_distributed_dataparallel_custom_mpi_options": (
                distributed.smddp.custom_mpi_options or ""
            ),
            "sagemaker_instance_type": instance,
        }
    ddp = distributed.pytorch_ddp is not None
    return {
        "sagemaker_pytorch_ddp_enabled": ddp or None,
        "sagemaker_instance_type": instance if ddp else None,
        "sagemaker_parameter_server_enabled": distributed.parameter_server is not None or None,
        "sagemaker_multi_worker_mirrored_strategy_enabled": (
            distributed.multi_worker_mirrored is not None or None
        ),
    }


def _torchrun(torchrun: Torchrun, instance: str | None) -> dict[str, Any]:
    return {
        "sagemaker_torch_distributed_enabled": True,
        "sagemaker_instance_type": instance,
        _PROCESSES: torchrun.process_count_per_node,
        _DATAPARALLEL: None if torchrun.smp is None else False,
    }


def _mpi(mpi: Mpi, instance: str | None) -> dict[str, Any]:
    return {
        "sagemaker_mpi_enabled": True,
        _PROCESSES: mpi.process_count_per_node,
        "sagemaker_mpi_custom_mpi_options": mpi.custom_mpi_options or "",
        "sagemaker_instance_type": None if mpi.smp is None else instance,
        _DATAPARALLEL: None if mpi.smp is None else False,
    }
