"""How the processes of a job on several computers find each other and share the work."""

from typing import Annotated

from pydantic import Field

from reconciler.core.model import Model, Text
from reconciler.kinds.values import Scalars

Processes = Annotated[int | None, Field(ge=1)]


class Torchrun(Model):
    """PyTorch's own launcher: DDP, FSDP, and with `smp` SageMaker's model parallel library v2."""

    process_count_per_node: Processes = None
    """Processes per instance. Default: one for each GPU."""
    smp: Scalars = None
    """Parameters of the model parallel library v2, such as `tensor_parallel_degree`."""


class Mpi(Model):
    """mpirun: Horovod, and with `smp` SageMaker's model parallel library v1."""

    process_count_per_node: Processes = None
    """Processes per instance."""
    custom_mpi_options: Text | None = None
    """Further options of mpirun."""
    smp: Scalars = None
    """Parameters of the model parallel library v1, such as `partitions`."""


class Smddp(Model):
    """SageMaker's distributed data parallel library."""

    custom_mpi_options: Text | None = None
    """Further options of mpirun."""


class PytorchDdp(Model):
    """PyTorch DDP started by mpirun, on Hugging Face images."""


class ParameterServer(Model):
    """Parameter servers, one on each instance (TensorFlow, MXNet)."""


class MultiWorkerMirrored(Model):
    """TensorFlow's MultiWorkerMirroredStrategy."""


class Distributed(Model):
    """Exactly one way to start the processes."""

    torchrun: Torchrun | None = None
    """PyTorch's launcher, one process per GPU."""
    mpi: Mpi | None = None
    """mpirun, for Horovod and others."""
    smddp: Smddp | None = None
    """SageMaker's distributed data parallel library."""
    pytorch_ddp: PytorchDdp | None = None
    """PyTorch DDP started by mpirun, on Hugging Face images."""
    parameter_server: ParameterServer | None = None
    """Parameter servers, one on each instance."""
    multi_worker_mirrored: MultiWorkerMirrored | None = None
    """TensorFlow's MultiWorkerMirroredStrategy."""
    instance_groups: Annotated[list[Text] | None, Field(min_length=1, max_length=5)] = None
    """Instance groups that take part. Default: all instances."""


STRATEGIES = tuple(key for key in Distributed.model_fields if key != "instance_groups")
"""Keys of which exactly one is given."""
