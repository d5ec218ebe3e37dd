"""What is watched: metrics and gates, debugger, profiler, TensorBoard, experiments."""

import re
from typing import Annotated, Literal

from pydantic import Field

from reconciler.core.model import QUOTED, Model, Text
from reconciler.core.wording import shown, spelled
from reconciler.kinds.values import InstanceType, Milliseconds, S3Uri, Size


class Gate(Model):
    """Bounds of the final value of one metric."""

    min: float | None = None
    """Least value that passes."""
    max: float | None = None
    """Greatest value that passes."""
    better_than: Literal["previous"] | None = None
    """The newest completed run before it, whose gates did not fail. Needs `goal`."""
    goal: Literal["maximize", "minimize"] | None = None
    """Which of two values is the better one."""


class Rule(Model):
    """One rule that a processing job of SageMaker evaluates while the job runs."""

    rule_evaluator_image: Text | None = None
    """Image that evaluates the rule."""
    rule_parameters: Annotated[dict[str, Text] | None, Field(max_length=100)] = None
    """Parameters; `rule_to_invoke` names the rule."""
    local_path: Text | None = None
    """Folder of the rule's output in its container."""
    s3_output_path: S3Uri | None = None
    """S3 prefix of the rule's output."""
    instance_type: InstanceType | None = None
    """Processing instance type. Default: chosen by SageMaker."""
    volume_size: Size | None = None
    """Volume of that instance."""


class Debugger(Model):
    """SageMaker Debugger: tensors saved by its hook, and rules on them."""

    s3_output_path: S3Uri | None = None
    """S3 prefix of the tensors."""
    local_path: Text | None = None
    """Folder of the tensors in the container."""
    hook_parameters: Annotated[dict[str, Text] | None, Field(max_length=20)] = None
    """Parameters of the hook."""
    collections: Annotated[dict[str, dict[str, Text]] | None, Field(max_length=20)] = None
    """Collections of tensors to save: name to parameters."""
    rules: Annotated[dict[str, Rule] | None, Field(max_length=20)] = None
    """Rules by name."""


class Profiler(Model):
    """SageMaker Profiler. It can be changed while the job runs."""

    s3_output_path: S3Uri | None = None
    """S3 prefix of the profile."""
    profiling_interval: Milliseconds | None = None
    """Interval of system metrics: 100ms, 200ms, 500ms, 1s, 5s, 60s."""
    profiling_parameters: Annotated[dict[str, Text] | None, Field(max_length=20)] = None
    """Parameters of framework profiling."""
    disable_profiler: bool | None = None
    """Switches the profiler off."""
    rules: Annotated[dict[str, Rule] | None, Field(max_length=20)] = None
    """Rules by name."""


class Tensorboard(Model):
    """TensorBoard output."""

    s3_output_path: S3Uri | None = None
    """S3 prefix of the event files."""
    local_path: Text | None = None
    """Folder in the container. Default /opt/ml/output/tensorboard."""


_NAME = r"^[a-zA-Z0-9](-*[a-zA-Z0-9])*$"


def _corrected_name(text: str) -> str | None:
    name = re.sub(r"[^a-zA-Z0-9]+", "-", text).strip("-")
    return shown(name) if name else None


ExperimentName = Annotated[
    str,
    Field(pattern=_NAME, max_length=120),
    spelled(_NAME, "SageMaker takes letters, digits and hyphens between them", _corrected_name),
    QUOTED,
]


class Experiment(Model):
    """SageMaker Experiments."""

    experiment_name: ExperimentName | None = None
    """Experiment that the job belongs to."""
    trial_name: ExperimentName | None = None
    """Trial that the job belongs to."""
    trial_component_display_name: ExperimentName | None = None
    """Name under which the job is shown."""
    run_name: ExperimentName | None = None
    """Run that the job belongs to."""


class Mlflow(Model):
    """MLflow tracking on SageMaker."""

    mlflow_resource_arn: Text | None = None
    """ARN of the tracking server or app."""
    mlflow_experiment_name: Text | None = None
    """MLflow experiment."""
    mlflow_run_name: Text | None = None
    """MLflow run."""


class ModelPackage(Model):
    """Model packages that a serverless job reads and makes."""

    model_package_group_arn: Text | None = None
    """Group that the result is registered in."""
    source_model_package_arn: Text | None = None
    """Model package that is customized further."""
