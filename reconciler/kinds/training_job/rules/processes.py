"""Processes: whether a way of distributing can work with this code, framework and instances."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.core.environment import Environment
from reconciler.core.kind import Finding
from reconciler.kinds.code import program
from reconciler.kinds.findings import exactly_one
from reconciler.kinds.images import is_accelerated, is_trainium
from reconciler.kinds.training_job.algorithm import Script
from reconciler.kinds.training_job.code import code_of
from reconciler.kinds.training_job.distributed import STRATEGIES
from reconciler.kinds.training_job.distribution import instance_type
from reconciler.kinds.training_job.spec import TrainingJobSpec

FRAMEWORKS: dict[str, frozenset[str]] = {
    "torchrun": frozenset({"huggingface", "pytorch", "pytorch-amzn2023", "pytorch-neuron"}),
    "smddp": frozenset({"huggingface", "pytorch", "tensorflow"}),
    "pytorch_ddp": frozenset({"huggingface", "pytorch"}),
    "parameter_server": frozenset({"mxnet", "tensorflow"}),
    "multi_worker_mirrored": frozenset({"tensorflow"}),
}
"""Frameworks whose training images start each strategy (SageMaker Python SDK v2)."""

SMDDP_VERSIONS = {"pytorch": ((1, 6), (2, 3, 0)), "tensorflow": ((2, 3), (2, 11))}
"""First and last framework version whose image has the library: the last one by the developer
guide (SMDDP, supported frameworks; 2.3.1 has it in images of the model parallel library only), the
first one by the SageMaker Python SDK v2 (`fw_utils.py`)."""

SMDDP_FAMILIES = ("p3dn", "p4d", "p4de")
SMDDP_TYPES = ("ml.p3.16xlarge",)
"""What the library runs on: the guide names the three families, the SDK also the one type."""

FIRST_MIRRORED = (2, 9)
"""First TensorFlow version with `multi_worker_mirrored` (SageMaker Python SDK v2, which refuses
earlier ones; the toolkit itself names none)."""


def one_strategy(spec: TrainingJobSpec, _: Environment) -> Iterator[Finding]:
    """E202: exactly one way to start the processes."""
    if spec.distributed is not None:
        yield from exactly_one(spec.distributed, STRATEGIES, ("distributed",))


def needs_script(spec: TrainingJobSpec, _: Environment) -> Iterator[Finding]:
    """E236: the training toolkit starts the processes, and it does so for a script only."""
    if spec.distributed is not None and code_of(spec) is None and spec.serverless is None:
        message = "`distributed` needs an `entry_script`, which AWS's training toolkit starts"
        yield Finding("E236", message, ("distributed",), "let the own image start its processes")


def python_script(spec: TrainingJobSpec, _: Environment) -> Iterator[Finding]:
    """E233: torchrun starts Python files only (SageMaker Python SDK v2 refuses others)."""
    code = code_of(spec)
    torchrun = spec.distributed and spec.distributed.torchrun
    if code is not None and torchrun is not None and not program(code[1]).endswith(".py"):
        message = f"torchrun starts Python files, not `{program(code[1])}`"
        yield Finding("E233", message, (*code[0], "entry_script"))


def framework_fits(spec: TrainingJobSpec, _: Environment) -> Iterator[Finding]:
    """E236: the framework's image knows the strategy."""
    script, strategy = _on_framework_image(spec), _strategy(spec)
    if script is None or strategy not in FRAMEWORKS:
        return
    if script.framework not in FRAMEWORKS[strategy]:
        message = f"`{strategy}` does not work on the images of {script.framework}"
        fitting = ", ".join(sorted(FRAMEWORKS[strategy]))
        yield Finding("E236", message, ("distributed", strategy), f"it works on {fitting}")


def torchrun_on_accelerators(spec: TrainingJobSpec, _: Environment) -> Iterator[Finding]:
    """E236: torchrun needs GPUs or Trainium on AWS's images (SageMaker Python SDK v2)."""
    instance = instance_type(spec)
    if _on_framework_image(spec) is None or _strategy(spec) != "torchrun" or instance is None:
        return
    if not is_accelerated(instance):
        message = f"torchrun starts one process for each GPU, and {instance} has none"
        yield Finding("E236", message, ("distributed", "torchrun"), "use a GPU type, or `mpi`")


def torchrun_on_trainium(spec: TrainingJobSpec, _: Environment) -> Iterator[Finding]:
    """E236: AWS's images for Trainium start torchrun only (SageMaker Python SDK v2:
    `TRAINIUM_SUPPORTED_DISTRIBUTION_STRATEGIES`)."""
    instance, strategy = instance_type(spec), _strategy(spec)
    if _on_framework_image(spec) is None or strategy in (None, "torchrun"):
        return
    if is_trainium(instance):
        message = f"`{strategy}` does not work on {instance}"
        yield Finding("E236", message, ("distributed", str(strategy)), "use `torchrun`")


def smddp(spec: TrainingJobSpec, _: Environment) -> Iterator[Finding]:
    """E236: the data parallel library is in some images and runs on some instances only."""
    script = _on_framework_image(spec)
    if script is None or _strategy(spec) != "smddp":
        return
    path = ("distributed", "smddp")
    framework, version = _base(script)
    first, last = SMDDP_VERSIONS.get(framework, ((0, 0), (99, 0)))
    if version and not first <= version[: len(last)] <= last:
        span = f"{_text(first)} to {_text(last)}"
        message = f"the image of {framework} {_text(version)} has no SMDDP; those of {span} do"
        yield Finding("E236", message, path, "use `torchrun`, or give `script.image`")
    instance = instance_type(spec) or ""
    family = instance.removeprefix("ml.").partition(".")[0]
    if instance and family not in SMDDP_FAMILIES and instance not in SMDDP_TYPES:
        message = f"SMDDP does not run on {instance}"
        known = ", ".join((*SMDDP_TYPES, *(f"ml.{name}.*" for name in SMDDP_FAMILIES)))
        yield Finding("E236", message, path, f"it runs on {known}")


def mirrored_version(spec: TrainingJobSpec, _: Environment) -> Iterator[Finding]:
    """E236: MultiWorkerMirroredStrategy is set up by images from TensorFlow 2.9 on."""
    script = _on_framework_image(spec)
    if script is None or _strategy(spec) != "multi_worker_mirrored":
        return
    version = _base(script)[1]
    if script.framework == "tensorflow" and version and version[:2] < FIRST_MIRRORED:
        message = f"the image of TensorFlow {_text(version)} does not set it up; 2.9 and later do"
        yield Finding("E236", message, ("distributed", "multi_worker_mirrored"))


def smp_version(spec: TrainingJobSpec, _: Environment) -> Iterator[Finding]:
    """E236: `torchrun.smp` needs PyTorch's own images of the model parallel library."""
    script = _on_framework_image(spec)
    torchrun = spec.distributed and spec.distributed.torchrun
    if script is None or not torchrun or torchrun.smp is None or script.framework == "pytorch":
        return
    message = f"`smp` has images for pytorch, not for {script.framework}"
    yield Finding("E236", message, ("distributed", "torchrun", "smp"), "or give `script.image`")


def _strategy(spec: TrainingJobSpec) -> str | None:
    distributed = spec.distributed
    given = (key for key in STRATEGIES if distributed and getattr(distributed, key) is not None)
    return next(given, None)


def _on_framework_image(spec: TrainingJobSpec) -> Script | None:
    """The script if it runs on an image of AWS; who brings an own image knows what it can do."""
    script = spec.script
    return script if script and script.image is None and script.framework else None


def _base(script: Script) -> tuple[str, tuple[int, ...]]:
    """The framework that does the computing, and its version."""
    if script.framework == "huggingface":
        return script.base_framework or "pytorch", _numbers(script.base_framework_version)
    return str(script.framework), _numbers(script.framework_version)


def _numbers(version: str | None) -> tuple[int, ...]:
    parts = (version or "").split(".")
    return tuple(int(part) for part in parts) if all(p.isdigit() for p in parts) else ()


def _text(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))


RULES = (
    one_strategy,
    needs_script,
    python_script,
    framework_fits,
    torchrun_on_accelerators,
    torchrun_on_trainium,
    smddp,
    mirrored_version,
    smp_version,
)
