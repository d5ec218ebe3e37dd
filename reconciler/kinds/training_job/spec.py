"""The spec of a training job: all that CreateTrainingJob can say, and what only we say."""

from typing import Annotated

from pydantic import Field

from reconciler.core.environment import Networking
from reconciler.core.kind import Spec
from reconciler.core.model import Text
from reconciler.kinds.training_job.algorithm import Builtin, Container, Script, Serverless
from reconciler.kinds.training_job.compute import Compute, Retry, RetryStrategy, StoppingCondition
from reconciler.kinds.training_job.data import Checkpoint, Input, InputMode, Output
from reconciler.kinds.training_job.distributed import Distributed
from reconciler.kinds.training_job.watching import (
    Debugger,
    Experiment,
    Gate,
    Mlflow,
    ModelPackage,
    Profiler,
    Tensorboard,
)
from reconciler.kinds.values import Scalars, without_name


class TrainingJobSpec(Spec):
    """A training job: data, compute, code, output and what is recorded of it."""

    tags: dict[str, Text] | None = None
    """Tags of the job on AWS."""
    role_arn: Text | None = None
    """Execution role. Inherited from the environment."""
    script: Script | None = None
    """Script mode: code of this repository on a framework image of AWS."""
    container: Container | None = None
    """An own image."""
    builtin: Builtin | None = None
    """An algorithm of SageMaker or of the AWS Marketplace."""
    serverless: Serverless | None = None
    """Customization or evaluation of a foundation model without own instances."""
    hyperparameters: Scalars = None
    """Hyperparameters; they reach the container with the characters written here."""
    env: dict[str, Text] | None = None
    """Environment variables of the container. No secrets: SageMaker shows them to every reader."""
    inputs: Annotated[dict[str, Input] | None, Field(max_length=20)] = None
    """Input channels by name."""
    training_input_mode: InputMode | None = None
    """Input mode of channels that do not say theirs. Default File."""
    output: Output | None = None
    """Where artifacts go."""
    checkpoint: Checkpoint | None = None
    """Checkpoints, kept in step with S3 while the job runs."""
    compute: Compute | None = None
    """Instances, their volumes, and how they are paid for."""
    distributed: Distributed | None = None
    """How processes on several instances find each other."""
    stopping_condition: StoppingCondition | None = None
    """How long the job may take."""
    retry_strategy: RetryStrategy | None = None
    """Retries by SageMaker, inside the same job, after its internal errors."""
    retry: Retry | None = None
    """New attempts by the reconciler, after lack of capacity or an internal error."""
    networking: Networking | None = None
    """VPC and isolation. Inherited from the environment."""
    metrics: Annotated[dict[str, Text] | None, Field(max_length=40)] = None
    """Metrics: name to the regular expression that finds the value in the log."""
    metrics_time_series: bool | None = None
    """Whether SageMaker keeps the time series of the metrics."""
    gates: dict[str, Gate] | None = None
    """Bounds on final metrics; an artifact that fails one is recorded as refused."""
    debugger: Debugger | None = None
    """SageMaker Debugger."""
    profiler: Profiler | None = None
    """SageMaker Profiler."""
    tensorboard: Tensorboard | None = None
    """TensorBoard output."""
    experiment: Experiment | None = None
    """SageMaker Experiments."""
    mlflow: Mlflow | None = None
    """MLflow tracking on SageMaker."""
    model_package: ModelPackage | None = None
    """Model packages that a serverless job reads and makes."""
    remote_debug: bool | None = None
    """Allows a shell into the running container through Systems Manager."""
    infra_check: bool | None = None
    """Health checks of the instances before training."""
    session_tag_chaining: bool | None = None
    """Passes session tags on to the job's role session."""
    api_overrides: Annotated[Scalars, without_name("TrainingJobName")] = None
    """Members of CreateTrainingJob by AWS's own names, merged last into the request; in the job's
    own body null removes a member."""
